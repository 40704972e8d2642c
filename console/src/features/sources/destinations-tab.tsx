import { Anchor, Group, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { counted } from '../../shared/format.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { DestinationBadge } from '../../shared/ui/destination-badge.tsx'
import { Empty } from '../../shared/ui/empty.tsx'
import { PermittedLink } from '../../shared/ui/permitted-link.tsx'
import { sourceDestinationsQuery } from './api/sources.ts'
import { useSource } from './use-source.ts'

/** Where the events of this source go. */
export function DestinationsTab() {
  const { id } = useSource()
  const query = useQuery(sourceDestinationsQuery(id))
  const add = (
    <PermittedLink right="api:write" to={`/destinations/add?source=${encodeURIComponent(id)}`} variant="default">
      Add Destination
    </PermittedLink>
  )
  return (
    <Answered query={query} label="Loading the destinations">
      {(destinations) =>
        destinations.length === 0 ? (
          <Empty
            title="Its events go nowhere yet"
            hint="They are kept in the log and in profiles. A destination gets those that come after it was added."
          >
            {add}
          </Empty>
        ) : (
          <>
            <Table.ScrollContainer minWidth={480} tabIndex={0} aria-label="Destinations of this source">
              <Table verticalSpacing="sm">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Destination</Table.Th>
                    <Table.Th>State</Table.Th>
                    <Table.Th>Mappings</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {destinations.map((each) => (
                    <Table.Tr key={each.id}>
                      <Table.Td>
                        <Anchor component={Link} to={`/destinations/${each.id}`} fw={600}>
                          {each.name}
                        </Anchor>
                        <Text size="xs" c="dimmed">
                          {each.metadata.name}
                        </Text>
                      </Table.Td>
                      <Table.Td>
                        <DestinationBadge destination={each} />
                      </Table.Td>
                      <Table.Td>{counted(each.subscriptions.length, 'mapping')}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            <Group>{add}</Group>
          </>
        )
      }
    </Answered>
  )
}
