import { Anchor, Button, Code, Group, Menu, Stack, Switch, Table, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useMay } from '../../../shared/session.ts'
import { ConfirmedActButton } from '../../../shared/ui/act.tsx'
import { Empty } from '../../../shared/ui/empty.tsx'
import { LookOnly } from '../../../shared/ui/for-those.tsx'
import { ProblemPanel } from '../../../shared/ui/problem-panel.tsx'
import { type Destination, forgetDestinations } from '../api/destinations.ts'
import { changeMapping, deleteMapping } from '../api/mappings.ts'
import { useDestination } from '../use-destination.ts'

/** Which events become which requests. */
export function MappingsTab() {
  const destination = useDestination()
  const { id, subscriptions } = destination
  const client = useQueryClient()
  const turn = useMutation({
    mutationFn: ({ mapping, enabled }: { mapping: string; enabled: boolean }) =>
      changeMapping(id, mapping, { enabled }),
    onSuccess: () => forgetDestinations(client),
  })
  return (
    <Stack>
      <LookOnly right="api:write" />
      <Group justify="space-between">
        <Text size="sm">An event is sent once for each mapping that is on and whose trigger matches it.</Text>
        <AddMapping destination={destination} />
      </Group>
      {turn.isError && <ProblemPanel problem={turn.error} />}
      {subscriptions.length === 0 ? (
        <Empty title="No mappings" hint="Nothing is sent until there is one: add one of the destination's actions." />
      ) : (
        <Table.ScrollContainer minWidth={720} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table verticalSpacing="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Mapping</Table.Th>
                <Table.Th>Trigger</Table.Th>
                <Table.Th>On</Table.Th>
                <Table.Th aria-label="Actions" />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {subscriptions.map((each) => (
                <Row
                  key={each.id}
                  destination={destination}
                  mapping={each}
                  isTurning={turn.isPending && turn.variables.mapping === each.id}
                  onTurn={(enabled) => turn.mutate({ mapping: each.id, enabled })}
                />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Stack>
  )
}

interface MappingRow {
  readonly destination: Destination
  readonly mapping: Destination['subscriptions'][number]
  readonly isTurning: boolean
  readonly onTurn: (enabled: boolean) => void
}

function Row({ destination: { id, metadata }, mapping, isTurning, onTurn }: MappingRow) {
  const may = useMay('api:write')
  const client = useQueryClient()
  const { name, trigger, enabled, actionSlug } = mapping
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} to={`/destinations/${id}/mappings/${mapping.id}`} fw={600}>
          {name}
        </Anchor>
        <Text size="xs">{metadata.actions.find(({ slug }) => slug === actionSlug)?.name ?? actionSlug}</Text>
      </Table.Td>
      <Table.Td>
        <Code>{trigger}</Code>
      </Table.Td>
      <Table.Td>
        <Switch
          aria-label={`${name} is on`}
          checked={enabled}
          disabled={!may || isTurning}
          onChange={(event) => onTurn(event.currentTarget.checked)}
        />
      </Table.Td>
      <Table.Td>
        <ConfirmedActButton
          label={`Delete ${name}`}
          confirm="Delete the mapping"
          right="api:write"
          size="xs"
          act={() => deleteMapping(id, mapping.id)}
          onDone={() => void forgetDestinations(client)}
          done={`${name} is deleted.`}
          consequence={`Events are not sent by ${name} any more, and what it has not delivered yet ends as dead letters (invalid). To pause it, switch it off.`}
        />
      </Table.Td>
    </Table.Tr>
  )
}

function AddMapping({ destination: { id, metadata } }: { destination: Destination }) {
  const may = useMay('api:write')
  const navigate = useNavigate()
  const actions = metadata.actions.filter(({ hidden, platform }) => !hidden && platform === 'CLOUD')
  if (!may || actions.length === 0) return null
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button leftSection={<IconPlus size={16} aria-hidden />}>Add mapping</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {actions.map(({ slug, name }) => (
          <Menu.Item
            key={slug}
            onClick={() =>
              void navigate({ to: '/destinations/$id/mappings/new', params: { id }, search: { action: slug } })
            }
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
