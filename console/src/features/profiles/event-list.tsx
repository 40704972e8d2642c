import { Badge, Group, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import type { EventOutcome } from '../../../../src/api/answers/profiles.ts'
import { BECAME, callText } from '../../shared/delivery-words.ts'
import { useSourceName } from '../../shared/source-names.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { Empty } from '../../shared/ui/empty.tsx'
import { AnchorLink, ButtonLink } from '../../shared/ui/links.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { eventsQuery, type Named } from './api.ts'

/** The latest calls, and what became of each; one of them leads to every step it took. */
export function EventList({ one }: { one: Named }) {
  const { cursor } = useSearch({ from: '/signed-in/profiles/$lookup' })
  const query = useQuery(eventsQuery(one, cursor))
  const sourceName = useSourceName()
  return (
    <Answered query={query} label="Loading the events" rows={8}>
      {({ events, pagination }) =>
        events.length === 0 ? (
          <Empty title="There are no events here" hint="Those there were are older than the log keeps them." />
        ) : (
          <>
            <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
              <Table aria-label="Events" verticalSpacing="xs">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Event</Table.Th>
                    <Table.Th>What became of it</Table.Th>
                    <Table.Th>Source</Table.Th>
                    <Table.Th>When</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {events.map((event) => (
                    <Table.Tr key={event.position}>
                      <Table.Td>
                        <AnchorLink to="/events/$messageId" params={{ messageId: event.messageId }} size="sm" fw={600}>
                          {callText(event)}
                        </AnchorLink>
                      </Table.Td>
                      <Table.Td>
                        <Outcomes outcomes={event.outcomes} />
                      </Table.Td>
                      <Table.Td>{sourceName(event.sourceId)}</Table.Td>
                      <Table.Td>
                        <Ago at={event.timestamp} />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            <Group gap="xs" mt="sm">
              {cursor !== undefined && (
                <ButtonLink to="." search={{ space: one.space }} variant="default" size="compact-md">
                  Newest
                </ButtonLink>
              )}
              {pagination.next !== undefined && (
                <ButtonLink
                  to="."
                  search={{ space: one.space, cursor: pagination.next }}
                  variant="default"
                  size="compact-md"
                >
                  Older
                </ButtonLink>
              )}
              <Text size="xs">The newest 200 events of a profile are remembered.</Text>
            </Group>
          </>
        )
      }
    </Answered>
  )
}

function Outcomes({ outcomes }: { outcomes: readonly EventOutcome[] }) {
  if (outcomes.length === 0) return <Text size="sm">no destination</Text>
  return (
    <Group gap={6}>
      {outcomes.map(({ destination, became }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two mappings of one destination may have the same end
        <Badge key={at} color={BECAME[became].color}>
          {destination}: {BECAME[became].label.toLowerCase()}
        </Badge>
      ))}
    </Group>
  )
}
