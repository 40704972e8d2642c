import { Button, Group, Modal, NumberInput, Radio, Select, Stack, Table, Text, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Destination } from '../../../../src/api/answers/destinations.ts'
import { count, counted } from '../../shared/format.ts'
import { ActButton, ConfirmedActButton, Permitted } from '../../shared/ui/act.tsx'
import { Answered } from '../../shared/ui/answered.tsx'
import { Empty } from '../../shared/ui/empty.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import type { Computation, Named } from './api/computations.ts'
import { changeConnection, connect, disconnect, spaceDestinationsQuery, sync } from './api/destinations.ts'
import { RunActions } from './run-actions.tsx'

type Connection = Computation['destinationConnections'][number]

/** Every change of one asks for it anew. */
export function useRefresh({ space, kind }: Named) {
  const queryClient = useQueryClient()
  return () => void queryClient.invalidateQueries({ queryKey: ['spaces', space, kind.collection] })
}

/** Where it goes: how, how often, and what is under way there. */
export function Connections({ computation, one }: { computation: Computation; one: Named }) {
  const destinations = useQuery(spaceDestinationsQuery(one.space))
  const { destinationConnections: connections } = computation
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={2}>Destinations</Title>
        <RunActions computation={computation} one={one} />
      </Group>
      <Answered query={destinations} label="Loading the destinations" rows={2}>
        {(all) => (
          <>
            {connections.length === 0 ? (
              <Empty title="It goes nowhere" hint="Connect a destination, and everybody who is in is told there." />
            ) : (
              <Table.ScrollContainer minWidth={620} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
                <Table aria-label="Destinations">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>Destination</Table.Th>
                      <Table.Th>Form</Table.Th>
                      <Table.Th>How often</Table.Th>
                      <Table.Th>Sync</Table.Th>
                      <Table.Th />
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {connections.map((each) => (
                      <Row
                        key={each.destinationId}
                        connection={each}
                        destination={all.find(({ id }) => id === each.destinationId)}
                        computation={computation}
                        one={one}
                      />
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            )}
            <Connect all={all} connections={connections} one={one} />
          </>
        )}
      </Answered>
    </Stack>
  )
}

function Row(props: { connection: Connection; destination?: Destination; computation: Computation; one: Named }) {
  const { connection, destination, computation, one } = props
  const { destinationId, form, everyMinutes } = connection
  const refresh = useRefresh(one)
  const name = destination?.name ?? destinationId
  const run = computation.syncs.find(({ destinationIds }) => destinationIds.includes(destinationId))
  return (
    <Table.Tr>
      <Table.Td>{name}</Table.Td>
      <Table.Td>{form}</Table.Td>
      <Table.Td>{everyMinutes === undefined ? 'as it happens' : `every ${counted(everyMinutes, 'minute')}`}</Table.Td>
      <Table.Td>{stateOf(computation, destination, run)}</Table.Td>
      <Table.Td>
        <Group gap={6} wrap="nowrap" justify="flex-end">
          <Settings connection={connection} name={name} one={one} />
          <ActButton
            label="Resync"
            right="api:write"
            size="compact-sm"
            variant="default"
            disabled={!computation.enabled}
            act={() => sync(one, [destinationId])}
            done={`${name} is told of everybody who is in once more.`}
            onDone={refresh}
          />
          <ConfirmedActButton
            label="Disconnect"
            right="api:write"
            size="compact-sm"
            consequence={`${name} is told of it no more. What it was told of ${counted(computation.size.count, 'profile')} stays there as it is.`}
            confirm={`Disconnect ${name}`}
            act={() => disconnect(one, destinationId)}
            onDone={refresh}
          />
        </Group>
      </Table.Td>
    </Table.Tr>
  )
}

function stateOf(
  { status }: Computation,
  destination: Destination | undefined,
  run: Computation['syncs'][number] | undefined,
): string {
  if (run !== undefined) return `told of ${count(run.told)} so far`
  if (destination?.enabled === false) return 'switched off: hears nothing'
  if (status === 'Disabled') return 'hears nothing'
  return status === 'Live' ? 'up to date with every event' : 'begins when it is worked out'
}

/** In which form, and how often a destination is told. */
function Settings({ connection, name, one }: { connection: Connection; name: string; one: Named }) {
  const [isOpen, { open, close }] = useDisclosure(false)
  const [form, setForm] = useState(connection.form)
  const [minutes, setMinutes] = useState<number | null>(connection.everyMinutes ?? null)
  const refresh = useRefresh(one)
  const save = useMutation({
    mutationFn: () => changeConnection(one, connection.destinationId, { form, everyMinutes: minutes }),
    onSuccess: () => {
      close()
      refresh()
    },
  })
  const isOfAccounts = connection.form === 'group'
  return (
    <>
      <Permitted right="api:write">
        {(may) => (
          <Button size="compact-sm" variant="default" disabled={!may} onClick={open}>
            Settings
          </Button>
        )}
      </Permitted>
      <Modal opened={isOpen} onClose={close} title={`How ${name} is told`} centered>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            save.mutate()
          }}
        >
          <Stack>
            {save.isError && <ProblemPanel problem={save.error} />}
            {!isOfAccounts && (
              <Radio.Group
                label="Form"
                value={form}
                onChange={(chosen) => setForm(chosen === 'track' ? 'track' : 'identify')}
              >
                <Stack gap={6} mt={4}>
                  <Radio value="identify" label="Identify, with the key as a trait" />
                  <Radio
                    value="track"
                    label={
                      one.kind.kind === 'audience'
                        ? `Track, ${connection.enteredEvent} and ${connection.exitedEvent}`
                        : 'Track, Trait Computed'
                    }
                  />
                </Stack>
              </Radio.Group>
            )}
            <Radio.Group
              label="How often"
              value={minutes === null ? 'now' : 'every'}
              onChange={(chosen) => setMinutes(chosen === 'now' ? null : 15)}
            >
              <Stack gap={6} mt={4}>
                <Radio value="now" label="As it happens" />
                <Group gap="xs">
                  <Radio value="every" label="Collected, every so many minutes" />
                  {minutes !== null && (
                    <NumberInput
                      size="xs"
                      w={90}
                      aria-label="Minutes"
                      min={1}
                      max={1_440}
                      allowDecimal={false}
                      value={minutes}
                      onChange={(given) => {
                        if (typeof given === 'number') setMinutes(given)
                      }}
                    />
                  )}
                </Group>
              </Stack>
            </Radio.Group>
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Leave it
              </Button>
              <Button type="submit" loading={save.isPending}>
                Save
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  )
}

function Connect(props: { all: readonly Destination[]; connections: readonly Connection[]; one: Named }) {
  const { all, connections, one } = props
  const [chosen, setChosen] = useState<string | null>(null)
  const refresh = useRefresh(one)
  const free = all.filter(({ id }) => connections.every(({ destinationId }) => destinationId !== id))
  if (free.length === 0)
    return (
      <Text size="sm">
        {all.length === 0 ? 'The space has no destination.' : 'All destinations of the space are connected.'}
      </Text>
    )
  return (
    <Group gap="xs" align="flex-end">
      <Select
        size="xs"
        label="Connect a destination"
        placeholder="choose one"
        data={free.map(({ id, name }) => ({ value: id, label: name }))}
        value={chosen}
        onChange={setChosen}
      />
      <ActButton
        label="Connect"
        right="api:write"
        size="xs"
        variant="default"
        disabled={chosen === null}
        act={() => connect(one, chosen ?? '')}
        done="Connected: everybody who is in is told there."
        onDone={() => {
          setChosen(null)
          refresh()
        }}
      />
    </Group>
  )
}
