import { Anchor, Table, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { destinationsQuery } from '../../shared/destinations.ts'
import { counted } from '../../shared/format.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { Empty } from '../../shared/ui/empty.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { PermittedLink } from '../../shared/ui/permitted-link.tsx'
import { StateBadge } from '../../shared/ui/state-badge.tsx'
import { useDestinationState } from '../../shared/use-destination-state.ts'
import type { Destination } from './api/destinations.ts'
import { SourceLink } from './source-link.tsx'

export function DestinationsPage() {
  const query = useQuery(destinationsQuery)
  return (
    <Page
      title="Destinations"
      purpose="Where the events of your sources are sent."
      help="destinations"
      actions={<AddDestination />}
    >
      <Answered query={query} label="Loading destinations" rows={6}>
        {(destinations) =>
          destinations.length === 0 ? (
            <Empty title="No destinations yet" hint="Add one, and it gets the events of a source from then on.">
              <AddDestination />
            </Empty>
          ) : (
            <List destinations={destinations} />
          )
        }
      </Answered>
    </Page>
  )
}

const AddDestination = () => (
  <PermittedLink right="api:write" to="/destinations/add" leftSection={<IconPlus size={16} aria-hidden />}>
    Add Destination
  </PermittedLink>
)

function List({ destinations }: { destinations: readonly Destination[] }) {
  return (
    <Table.ScrollContainer minWidth={320} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table highlightOnHover verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th visibleFrom="sm">Mappings</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {destinations.map((each) => (
            <Row key={each.id} destination={each} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

function Row({ destination }: { destination: Destination }) {
  const { id, name, sourceId, metadata, subscriptions } = destination
  const { words } = useDestinationState(destination)
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} to={`/destinations/${id}`} fw={600}>
          {name}
        </Anchor>
        <Text size="xs">
          {metadata.name}
          {', from '}
          <SourceLink id={sourceId} size="xs" />
        </Text>
      </Table.Td>
      <Table.Td maw={360}>
        <StateBadge words={words} />
        <Text size="xs" mt={4}>
          {words.sentences[0]}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        {counted(subscriptions.filter(({ enabled }) => enabled).length, 'is on', 'are on')}
      </Table.Td>
    </Table.Tr>
  )
}
