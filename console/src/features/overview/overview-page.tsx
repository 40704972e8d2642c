import { Badge, Group, Paper, Stack, Table, Text, Title } from '@mantine/core'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { type Static, Type } from 'typebox'
import { ask } from '../../shared/api.ts'
import { Loading } from '../../shared/ui/loading.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'

const REFRESH_MS = 1_000

const Status = Type.Object({
  data: Type.Object({
    conservation: Type.Object({
      holds: Type.Boolean(),
      lines: Type.Array(
        Type.Object({
          id: Type.String(),
          equation: Type.String(),
          left: Type.Number(),
          right: Type.Number(),
          parts: Type.Record(Type.String(), Type.Number()),
          holds: Type.Boolean(),
        }),
      ),
    }),
  }),
})
type Line = Static<typeof Status>['data']['conservation']['lines'][number]

const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: ({ signal }) => ask(Status, '/status', { signal }),
  refetchInterval: REFRESH_MS,
})

export function OverviewPage() {
  return (
    <Page title="Overview" purpose="Whether everything adds up, and what waits." help="operations">
      <Equations />
    </Page>
  )
}

function Equations() {
  const status = useQuery(statusQuery)
  switch (status.status) {
    case 'pending':
      return <Loading label="Loading the counts" />
    case 'error':
      return <ProblemPanel problem={status.error} onRetry={() => void status.refetch()} />
    case 'success': {
      const { holds, lines } = status.data.data.conservation
      return (
        <Paper withBorder p="md">
          <Stack gap="xs">
            <Group>
              <Title order={2}>Nothing is lost</Title>
              <Badge color={holds ? 'green' : 'red'}>{holds ? 'It adds up' : 'It does not add up'}</Badge>
            </Group>
            <Table.ScrollContainer minWidth={480}>
              <Table>
                <Table.Tbody>
                  {lines.map((line) => (
                    <LineRow key={`${line.equation} ${line.id}`} line={line} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          </Stack>
        </Paper>
      )
    }
  }
}

function LineRow({ line }: { line: Line }) {
  return (
    <Table.Tr>
      <Table.Td>{line.equation}</Table.Td>
      <Table.Td>
        <Text fw={600}>{line.left}</Text>
      </Table.Td>
      <Table.Td>
        {Object.entries(line.parts)
          .map(([name, value]) => `${value} ${name}`)
          .join(' + ')}
      </Table.Td>
    </Table.Tr>
  )
}
