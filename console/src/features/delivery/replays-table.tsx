import { Anchor, Badge, Paper, Stack, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Replay } from '../../../../src/api/answers/deliveries.ts'
import { count } from '../../shared/format.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { replaysQuery } from './api/replays.ts'

const COLORS: Readonly<Record<string, string>> = { RUNNING: 'blue', FINISHED: 'green', CANCELLED: 'gray' }
const WORDS: Readonly<Record<string, string>> = { RUNNING: 'Under way', FINISHED: 'Finished', CANCELLED: 'Cancelled' }

export function ReplayStatus({ status }: { status: string }) {
  return <Badge color={COLORS[status] ?? 'gray'}>{WORDS[status] ?? status}</Badge>
}

/** Of a destination; nothing while there were none. */
export function ReplaysOf({ destinationId }: { destinationId: string }) {
  const query = useQuery(replaysQuery)
  const own = query.data?.filter((replay) => replay.destinationId === destinationId) ?? []
  if (own.length === 0 && !query.isError) return null
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="replays">
      <Stack gap="sm">
        <Title order={2} id="replays">
          Replays
        </Title>
        <Answered query={query} label="Loading replays">
          {() => <ReplaysTable replays={own} />}
        </Answered>
      </Stack>
    </Paper>
  )
}

/** @param nameOf of a destination; left out where all are of one */
export function ReplaysTable(props: { replays: readonly Replay[]; nameOf?: (id: string | null) => string }) {
  const { replays, nameOf } = props
  return (
    <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Begun</Table.Th>
            {nameOf !== undefined && <Table.Th>Destination</Table.Th>}
            <Table.Th>Of</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th ta="right">Done</Table.Th>
            <Table.Th ta="right">Delivered</Table.Th>
            <Table.Th ta="right">Dead again</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {replays.map((replay) => (
            <Table.Tr key={replay.id}>
              <Table.Td>
                <Anchor component={Link} to={`/replays/${replay.id}`} size="sm">
                  <Ago at={replay.createdAt} />
                </Anchor>
              </Table.Td>
              {nameOf !== undefined && <Table.Td>{nameOf(replay.destinationId)}</Table.Td>}
              <Table.Td>
                <Text size="sm">{selectionWords(replay)}</Text>
              </Table.Td>
              <Table.Td>
                <ReplayStatus status={replay.status} />
              </Table.Td>
              <Table.Td ta="right">
                {count(replay.done)} of {count(replay.total)}
              </Table.Td>
              <Table.Td ta="right">{count(replay.delivered)}</Table.Td>
              <Table.Td ta="right">{count(replay.dead)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

/** What was selected, in a few words. */
export function selectionWords({ kind, selection }: Pick<Replay, 'kind' | 'selection'>): string {
  const { reasons = [], event, type, isOnePerson, messages } = selection
  return [
    kind === 'dead' ? 'dead letters' : 'history',
    ...(reasons.length === 0 ? [] : [reasons.join(', ')]),
    ...(event === undefined ? [] : [event]),
    ...(type === undefined ? [] : [type]),
    ...(isOnePerson === true ? ['one person'] : []),
    ...(messages === undefined ? [] : [`${messages} events by name`]),
  ].join(', ')
}
