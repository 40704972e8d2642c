import { Group, Select, Stack, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Destination } from '../../../../src/api/answers/destinations.ts'
import { counted } from '../../shared/format.ts'
import { useMay } from '../../shared/session.ts'
import { ActButton, ConfirmedActButton } from '../../shared/ui/act.tsx'
import { Answered } from '../../shared/ui/answered.tsx'
import { Empty } from '../../shared/ui/empty.tsx'
import { AnchorLink, ButtonLink } from '../../shared/ui/links.tsx'
import { StateBadge } from '../../shared/ui/state-badge.tsx'
import { useDestinationState } from '../../shared/use-destination-state.ts'
import type { Computation, Named } from './api/computations.ts'
import { connect, disconnect, spaceDestinationsQuery, sync } from './api/destinations.ts'
import { ConnectionSettingsButton } from './connection-settings.tsx'
import { useRefresh } from './refresh.ts'
import { RunActions } from './run-actions.tsx'
import { syncWords } from './sync-words.ts'

type Connection = Computation['destinationConnections'][number]

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
              <Table.ScrollContainer minWidth={780} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
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
  const enabled = destination?.enabled ?? true
  const { words, deliveries } = useDestinationState({ id: destinationId, enabled })
  const run = computation.syncs.find(({ destinationIds }) => destinationIds.includes(destinationId))
  return (
    <Table.Tr>
      <Table.Td>
        <AnchorLink to="/destinations/$id" params={{ id: destinationId }} size="sm">
          {name}
        </AnchorLink>
      </Table.Td>
      <Table.Td>{form}</Table.Td>
      <Table.Td>{everyMinutes === undefined ? 'as it happens' : `every ${counted(everyMinutes, 'minute')}`}</Table.Td>
      <Table.Td>
        {syncWords(computation, { enabled, tone: words.tone, deliveries }, run)}
        {words.tone !== 'good' && <StateBadge words={words} />}
      </Table.Td>
      <Table.Td>
        <Group gap={6} wrap="nowrap" justify="flex-end">
          <ConnectionSettingsButton connection={connection} name={name} one={one} />
          <ConfirmedActButton
            label="Resync"
            right="api:write"
            size="compact-sm"
            variant="default"
            disabled={!computation.enabled || computation.progress !== undefined}
            consequence={`${name} is told of ${counted(computation.size.count, 'profile')} once more, also of those it knows of. Reconcile tells it only what it does not know.`}
            confirm={`Tell ${name} of ${counted(computation.size.count, 'profile')}`}
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

function Connect(props: { all: readonly Destination[]; connections: readonly Connection[]; one: Named }) {
  const { all, connections, one } = props
  const [chosen, setChosen] = useState<string | null>(null)
  const mayAdd = useMay('api:write')
  const refresh = useRefresh(one)
  const free = all.filter(({ id }) => connections.every(({ destinationId }) => destinationId !== id))
  if (free.length === 0)
    return (
      <Group gap="sm">
        <Text size="sm">
          {all.length === 0 ? 'The space has no destination.' : 'All destinations of the space are connected.'}
        </Text>
        {mayAdd && (
          <ButtonLink to="/destinations/add" search={{ source: one.space }} size="xs" variant="default">
            Add Destination
          </ButtonLink>
        )}
      </Group>
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
