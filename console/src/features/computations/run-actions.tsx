import { Group, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { count, counted } from '../../shared/format.ts'
import { ConfirmedActButton } from '../../shared/ui/act.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import type { Computation, Named } from './api/computations.ts'
import { reconcile, spaceDestinationsQuery, sync, undo } from './api/destinations.ts'
import { LookFirst } from './look-first.tsx'
import { useRefresh } from './refresh.ts'

/** Runs that tell destinations of many at once. */
export function RunActions({ computation, one }: { computation: Computation; one: Named }) {
  const refresh = useRefresh(one)
  const { enabled, destinationConnections, progress, size } = computation
  const isUntold = destinationConnections.length === 0
  // What is being worked out is told as it is, and nobody knows yet of how many.
  const cannotRun = !enabled || isUntold || progress !== undefined
  return (
    <Group gap="xs">
      <Reconcile one={one} isDisabled={cannotRun} />
      <ConfirmedActButton
        label="Resync all"
        right="api:write"
        size="xs"
        variant="default"
        disabled={cannotRun}
        consequence={`${counted(destinationConnections.length, 'destination')} ${destinationConnections.length === 1 ? 'is' : 'are'} told of ${counted(size.count, 'profile')} once more, also of those they know of. Reconcile tells them only what they do not know.`}
        confirm={`Tell ${counted(destinationConnections.length, 'destination')} of ${counted(size.count, 'profile')}`}
        act={() => sync(one)}
        done={`Destinations are told of ${counted(size.count, 'profile')} once more.`}
        onDone={refresh}
      />
      <Undo one={one} isDisabled={isUntold} />
    </Group>
  )
}

/** Who drifted, and where. */
function Reconcile({ one, isDisabled }: { one: Named; isDisabled: boolean }) {
  const refresh = useRefresh(one)
  return (
    <LookFirst
      label="Reconcile"
      title="Reconcile"
      isDisabled={isDisabled}
      looking="Comparing what destinations know"
      look={async () => (await reconcile(one, true)).drift}
      act={() => reconcile(one, false)}
      onDone={refresh}
      confirm={({ drifted }) => (drifted === 0 ? undefined : `Tell ${counted(drifted, 'profile')}`)}
    >
      {(drift) => <Drift drift={drift} one={one} />}
    </LookFirst>
  )
}

type Drift = Awaited<ReturnType<typeof reconcile>>['drift']

function Drift({ drift, one }: { drift: Drift; one: Named }) {
  const { data: destinations = [] } = useQuery(spaceDestinationsQuery(one.space))
  return (
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
                <Table.Td>{destinations.find(({ id }) => id === destinationId)?.name ?? destinationId}</Table.Td>
                <Table.Td ta="right">{count(neverTold)}</Table.Td>
                <Table.Td ta="right">{count(differs)}</Table.Td>
                <Table.Td ta="right">{count(undelivered)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  )
}

const RUNS = {
  sync: 'the sync',
  reconcile: 'the reconcile',
  exits: 'the exits',
  definition: 'what followed from the definition',
} as const

/** What the last run told, and of how many it can be taken back. */
function Undo({ one, isDisabled }: { one: Named; isDisabled: boolean }) {
  const refresh = useRefresh(one)
  return (
    <LookFirst
      label="Undo"
      title="Undo the last run"
      isDisabled={isDisabled}
      looking="Looking for the last run"
      look={async () => (await undo(one, true)).undo}
      act={() => undo(one, false)}
      onDone={refresh}
      confirm={({ takesBack }) => (takesBack === 0 ? undefined : `Take back ${counted(takesBack, 'profile')}`)}
      isDangerous
    >
      {({ run, takesBack, changedSince }) => (
        <Text size="sm" component="div">
          This takes back {RUNS[run.what]}, begun <Ago at={run.startedAt} />: destinations get what they had been told
          before of {counted(takesBack, 'profile')}.{' '}
          {changedSince > 0 && `${counted(changedSince, 'profile')} changed since and stay. `}
          The definition stays as it is.
        </Text>
      )}
    </LookFirst>
  )
}
