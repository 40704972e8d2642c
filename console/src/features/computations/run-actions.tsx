import { Button, Group, Modal, Stack, Table, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery } from '@tanstack/react-query'
import { count, counted } from '../../shared/format.ts'
import { Problem } from '../../shared/problem.ts'
import { ActButton, Permitted } from '../../shared/ui/act.tsx'
import { Loading } from '../../shared/ui/loading.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import type { Computation, Named } from './api/computations.ts'
import { reconcile, spaceDestinationsQuery, sync, undo } from './api/destinations.ts'
import { useRefresh } from './refresh.ts'

/** Runs that tell destinations of many at once. */
export function RunActions({ computation, one }: { computation: Computation; one: Named }) {
  const refresh = useRefresh(one)
  const isIdle = !computation.enabled || computation.destinationConnections.length === 0
  return (
    <Group gap="xs">
      <Reconcile one={one} isDisabled={isIdle} />
      <ActButton
        label="Resync all"
        right="api:write"
        size="xs"
        variant="default"
        disabled={isIdle}
        act={() => sync(one)}
        done={`Destinations are told of ${counted(computation.size.count, 'profile')} once more.`}
        onDone={refresh}
      />
      <Undo one={one} isDisabled={computation.destinationConnections.length === 0} />
    </Group>
  )
}

/** Looks first: who drifted, and where. */
function Reconcile({ one, isDisabled }: { one: Named; isDisabled: boolean }) {
  const [isOpen, { open, close }] = useDisclosure(false)
  const { data: destinations = [] } = useQuery(spaceDestinationsQuery(one.space))
  const refresh = useRefresh(one)
  const look = useMutation({ mutationFn: () => reconcile(one, true) })
  const tell = useMutation({
    mutationFn: () => reconcile(one, false),
    onSuccess: () => {
      close()
      refresh()
    },
  })
  const drift = look.data?.drift
  return (
    <>
      <Permitted right="api:write">
        {(may) => (
          <Button
            size="xs"
            variant="default"
            disabled={!may || isDisabled}
            onClick={() => {
              look.mutate()
              open()
            }}
          >
            Reconcile
          </Button>
        )}
      </Permitted>
      <Modal opened={isOpen} onClose={close} title="Reconcile" centered size="lg">
        <Stack>
          {look.isPending && <Loading label="Comparing what destinations know" rows={3} />}
          {look.isError && <ProblemPanel problem={look.error} onRetry={() => look.mutate()} />}
          {tell.isError && <ProblemPanel problem={tell.error} />}
          {drift !== undefined && (
            <>
              <Text size="sm">
                {drift.drifted === 0
                  ? `Destinations know what holds of all ${counted(drift.profiles, 'profile')}.`
                  : `Destinations know ${count(drift.drifted)} of ${counted(drift.profiles, 'profile')} otherwise than they are. Those are told, and nobody else.`}
              </Text>
              <Table.ScrollContainer minWidth={420} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
                <Table aria-label="Drift by destination">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>Destination</Table.Th>
                      <Table.Th ta="right">Never told</Table.Th>
                      <Table.Th ta="right">Told otherwise</Table.Th>
                      <Table.Th ta="right">Not delivered</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {drift.destinations.map(({ destinationId, neverTold, differs, undelivered }) => (
                      <Table.Tr key={destinationId}>
                        <Table.Td>
                          {destinations.find(({ id }) => id === destinationId)?.name ?? destinationId}
                        </Table.Td>
                        <Table.Td ta="right">{count(neverTold)}</Table.Td>
                        <Table.Td ta="right">{count(differs)}</Table.Td>
                        <Table.Td ta="right">{count(undelivered)}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            </>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              Close
            </Button>
            {drift !== undefined && drift.drifted > 0 && (
              <Button loading={tell.isPending} onClick={() => tell.mutate()}>
                Tell {counted(drift.drifted, 'profile')}
              </Button>
            )}
          </Group>
        </Stack>
      </Modal>
    </>
  )
}

const RUNS = {
  sync: 'the sync',
  reconcile: 'the reconcile',
  exits: 'the exits',
  definition: 'what followed from the definition',
} as const

/** Looks first: what the last run told, and of how many it can be taken back. */
function Undo({ one, isDisabled }: { one: Named; isDisabled: boolean }) {
  const [isOpen, { open, close }] = useDisclosure(false)
  const refresh = useRefresh(one)
  const look = useMutation({ mutationFn: () => undo(one, true) })
  const take = useMutation({
    mutationFn: () => undo(one, false),
    onSuccess: () => {
      close()
      refresh()
    },
  })
  const found = look.data?.undo
  return (
    <>
      <Permitted right="api:write">
        {(may) => (
          <Button
            size="xs"
            variant="default"
            disabled={!may || isDisabled}
            onClick={() => {
              look.mutate()
              open()
            }}
          >
            Undo
          </Button>
        )}
      </Permitted>
      <Modal opened={isOpen} onClose={close} title="Undo the last run" centered>
        <Stack>
          {look.isPending && <Loading label="Looking for the last run" rows={2} />}
          {look.isError && <NoUndo problem={look.error} />}
          {take.isError && <ProblemPanel problem={take.error} />}
          {found !== undefined && (
            <Text size="sm" component="div">
              This takes back {RUNS[found.run.what]}, begun <Ago at={found.run.startedAt} />: destinations get what they
              had been told before of {counted(found.takesBack, 'profile')}.{' '}
              {found.changedSince > 0 && `${counted(found.changedSince, 'profile')} changed since and stay. `}
              The definition stays as it is.
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              Leave it
            </Button>
            {found !== undefined && (
              <Button color="red.9" loading={take.isPending} onClick={() => take.mutate()}>
                Take back {counted(found.takesBack, 'profile')}
              </Button>
            )}
          </Group>
        </Stack>
      </Modal>
    </>
  )
}

/** That there is nothing to take back is an answer, and no failure. */
function NoUndo({ problem }: { problem: Error }) {
  if (problem instanceof Problem && problem.status === 409) return <Text size="sm">{problem.message}</Text>
  return <ProblemPanel problem={problem} />
}
