import { Badge, Group, Paper, Stack, Table, Text, Title } from '@mantine/core'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { Type } from 'typebox'
import { answering } from '../../../../src/api/answers/operation.ts'
import { ask } from '../../shared/api.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { Page } from '../../shared/ui/page.tsx'

const REFRESH_MS = 1_000

const status = answering('status', 'What waits', {
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
})
type Line = Awaited<ReturnType<typeof readStatus>>['data']['conservation']['lines'][number]

const readStatus = (signal: AbortSignal) => ask(status, '/status', { signal })

const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: ({ signal }) => readStatus(signal),
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
  const query = useQuery(statusQuery)
  return (
    <Answered query={query} label="Loading the counts">
      {({ data: { conservation } }) => (
        <Paper withBorder p="md">
          <Stack gap="xs">
            <Group>
              <Title order={2}>Nothing is lost</Title>
              <Badge color={conservation.holds ? 'green' : 'red'}>
                {conservation.holds ? 'It adds up' : 'It does not add up'}
              </Badge>
            </Group>
            <Table.ScrollContainer minWidth={480}>
              <Table>
                <Table.Tbody>
                  {conservation.lines.map((line) => (
                    <LineRow key={`${line.equation} ${line.id}`} line={line} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          </Stack>
        </Paper>
      )}
    </Answered>
  )
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
