import { Anchor, Button, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Status } from '../../../../src/api/answers/status.ts'
import { destinationWords } from '../../shared/destination-state.ts'
import { count } from '../../shared/format.ts'
import { useNow } from '../../shared/now.ts'
import { useSourceName } from '../../shared/source-names.ts'
import { deliveriesOf, statusQuery } from '../../shared/status.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { Empty } from '../../shared/ui/empty.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { PermittedLink } from '../../shared/ui/permitted-link.tsx'
import { StateBadge } from '../../shared/ui/state-badge.tsx'

/** All destinations beside each other: what each has got, what waits, what was refused. */
export function DeliveryPage() {
  const query = useQuery(statusQuery)
  return (
    <Page
      title="Delivery"
      purpose="What became of the events of every destination since it was added."
      help="operations#what-to-do-when"
      actions={
        <Button component={Link} to="/replays" variant="default" size="xs">
          Replays
        </Button>
      }
    >
      <Answered query={query} label="Loading destinations" rows={6}>
        {(status) =>
          status.destinations.length === 0 ? (
            <Empty title="No destinations yet" hint="Events are kept until there is one.">
              <PermittedLink right="api:write" to="/destinations/add">
                Add Destination
              </PermittedLink>
            </Empty>
          ) : (
            <Destinations status={status} />
          )
        }
      </Answered>
    </Page>
  )
}

function Destinations({ status }: { status: Status }) {
  const nowMs = useNow()
  const sourceName = useSourceName()
  return (
    <Table.ScrollContainer minWidth={720} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Destination</Table.Th>
            <Table.Th>State</Table.Th>
            {['Filtered', 'Pending', 'Dead letters', 'Delivered'].map((name) => (
              <Table.Th key={name} ta="right">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {status.destinations.map((destination) => {
            const parts = deliveriesOf(status, destination)
            const routing = status.conservation.lines.find(
              ({ equation, id }) => equation === 'routing' && id === String(destination.number),
            )
            const figures = [routing?.parts['filtered'], parts['pending'], parts['dead'], parts['delivered']]
            return (
              <Table.Tr key={destination.id}>
                <Table.Td>
                  <Anchor component={Link} to={`/destinations/${destination.id}/delivery`} size="sm">
                    {destination.name}
                  </Anchor>
                  <Text size="xs" c="dimmed">
                    from {sourceName(destination.sourceId)}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <StateBadge words={destinationWords(status, destination, nowMs)} />
                </Table.Td>
                {figures.map((figure = 0, place) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
                  <Table.Td key={place} ta="right">
                    <Text ff="monospace" size="sm">
                      {count(figure)}
                    </Text>
                  </Table.Td>
                ))}
              </Table.Tr>
            )
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
