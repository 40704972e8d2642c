import { Anchor, Button, Code, Group, Stack, Switch, Table, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMay } from '../../../shared/session.ts'
import { ConfirmedActButton } from '../../../shared/ui/act.tsx'
import { Answered } from '../../../shared/ui/answered.tsx'
import { Empty } from '../../../shared/ui/empty.tsx'
import { LookOnly } from '../../../shared/ui/for-those.tsx'
import { ProblemPanel } from '../../../shared/ui/problem-panel.tsx'
import { changeFilter, deleteFilter, type Filter, filtersQuery } from '../api/filters.ts'
import { useDestination } from '../use-destination.ts'
import { actionWords } from './action-words.ts'

/** What is kept from the destination. */
export function FiltersTab() {
  const { id } = useDestination()
  const query = useQuery(filtersQuery(id))
  return (
    <Answered query={query} label="Loading filters" rows={4}>
      {(filters) => (
        <Stack>
          <LookOnly right="api:write" />
          <Group justify="space-between">
            <Text size="sm">A filter keeps events, or parts of them, from this destination.</Text>
            <AddFilter id={id} />
          </Group>
          {filters.length === 0 ? (
            <Empty title="No filters" hint="Everything that the mappings take is sent." />
          ) : (
            <List id={id} filters={filters} />
          )}
        </Stack>
      )}
    </Answered>
  )
}

function AddFilter({ id }: { id: string }) {
  if (!useMay('api:write')) return null
  return (
    <Button component={Link} to={`/destinations/${id}/filters/new`} leftSection={<IconPlus size={16} aria-hidden />}>
      Add filter
    </Button>
  )
}

function List({ id, filters }: { id: string; filters: readonly Filter[] }) {
  const may = useMay('api:write')
  const client = useQueryClient()
  const forget = () => client.invalidateQueries({ queryKey: filtersQuery(id).queryKey })
  const turn = useMutation({
    mutationFn: ({ filter, enabled }: { filter: string; enabled: boolean }) => changeFilter(id, filter, { enabled }),
    onSuccess: forget,
  })
  return (
    <>
      {turn.isError && <ProblemPanel problem={turn.error} />}
      <Table.ScrollContainer minWidth={760} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Filter</Table.Th>
              <Table.Th>If</Table.Th>
              <Table.Th>On</Table.Th>
              <Table.Th aria-label="Actions" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {filters.map((filter) => (
              <Table.Tr key={filter.id}>
                <Table.Td>
                  <Anchor component={Link} to={`/destinations/${id}/filters/${filter.id}`} fw={600}>
                    {filter.title}
                  </Anchor>
                  <Text size="xs">{filter.actions.map(actionWords).join('. ')}</Text>
                </Table.Td>
                <Table.Td>
                  <Code>{filter.if}</Code>
                </Table.Td>
                <Table.Td>
                  <Switch
                    aria-label={`${filter.title} is on`}
                    checked={filter.enabled}
                    disabled={!may || turn.isPending}
                    onChange={(event) => turn.mutate({ filter: filter.id, enabled: event.currentTarget.checked })}
                  />
                </Table.Td>
                <Table.Td>
                  <ConfirmedActButton
                    label={`Delete ${filter.title}`}
                    confirm="Delete the filter"
                    right="api:write"
                    size="xs"
                    act={() => deleteFilter(id, filter.id)}
                    onDone={() => void forget()}
                    done={`${filter.title} is deleted.`}
                    consequence="What it kept back is sent from the next event on. What it dropped so far stays dropped."
                  />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  )
}
