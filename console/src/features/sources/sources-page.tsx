import { Anchor, Badge, Button, Code, Group, Table, Text } from '@mantine/core'
import { IconActivity, IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { destinationsQuery } from '../../shared/destinations.ts'
import { count, counted } from '../../shared/format.ts'
import { sourcesQuery } from '../../shared/sources.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { Empty } from '../../shared/ui/empty.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { PermittedLink } from '../../shared/ui/permitted-link.tsx'
import type { Source } from './api/sources.ts'
import { LastEvent } from './last-event.tsx'

export function SourcesPage() {
  const query = useQuery(sourcesQuery)
  const add = (
    <PermittedLink right="api:write" to="/sources/add" leftSection={<IconPlus size={16} aria-hidden />}>
      Add Source
    </PermittedLink>
  )
  return (
    <Page
      title="Sources"
      purpose="Where events come from: your pages, apps and servers."
      help="console#sources"
      actions={
        <>
          <Button component={Link} to="/debugger" variant="default" leftSection={<IconActivity size={16} />}>
            Debugger
          </Button>
          {add}
        </>
      }
    >
      <Answered query={query} label="Loading the sources">
        {(sources) =>
          sources.length === 0 ? (
            <Empty title="No sources yet" hint="A source gives you a write key, by which events are taken.">
              {add}
            </Empty>
          ) : (
            <SourceTable sources={sources} />
          )
        }
      </Answered>
    </Page>
  )
}

function SourceTable({ sources }: { sources: readonly Source[] }) {
  const { data: destinations } = useQuery(destinationsQuery)
  return (
    <Table.ScrollContainer minWidth={760} tabIndex={0} aria-label="Sources">
      <Table highlightOnHover verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Source</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>Last event</Table.Th>
            <Table.Th>Destinations</Table.Th>
            <Table.Th>Write key</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sources.map((source) => (
            <Table.Tr key={source.id}>
              <Table.Td>
                <Anchor component={Link} to={`/sources/${source.id}`} fw={600}>
                  {source.name}
                </Anchor>
                <Text size="xs" c="dimmed">
                  {source.metadata.name} · {source.slug}
                </Text>
              </Table.Td>
              <Table.Td>
                <EnabledBadge isEnabled={source.enabled} />
              </Table.Td>
              <Table.Td>
                <LastEvent sourceId={source.id} />
              </Table.Td>
              <Table.Td>
                {destinations === undefined
                  ? '–'
                  : count(destinations.filter(({ sourceId }) => sourceId === source.id).length)}
              </Table.Td>
              <Table.Td>
                <WriteKeys keys={source.writeKeys} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

export function EnabledBadge({ isEnabled }: { isEnabled: boolean }) {
  return <Badge color={isEnabled ? 'green' : 'gray'}>{isEnabled ? 'Takes events' : 'Off'}</Badge>
}

function WriteKeys({ keys }: { keys: readonly string[] }) {
  // The newest is the one to keep.
  const newest = keys.at(-1)
  if (newest === undefined) return <Text size="sm">none</Text>
  return (
    <Group gap={6} wrap="nowrap">
      <Code>{newest}</Code>
      {keys.length > 1 && (
        <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
          and {counted(keys.length - 1, 'more', 'more')}
        </Text>
      )}
    </Group>
  )
}
