import { Badge, Group, Paper, Progress, Stack, Table, Text, Title } from '@mantine/core'
import { useQueries } from '@tanstack/react-query'
import { count } from '../../shared/format.ts'
import type { RangeName } from '../../shared/range.ts'
import { Loading } from '../../shared/ui/loading.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { RangePicker } from '../../shared/ui/range-picker.tsx'
import { COUNTED_STEPS, type CountedStep, type StepCounts, stepQuery } from './api/steps.ts'
import { type PipelineRow, percent, pipelineOf } from './pipeline.ts'

const COLORS = { neutral: 'grape', 'left out': 'gray', bad: 'red', good: 'green' } as const
const REASONS_SHOWN = 5

/** From the arrival to the delivery: how many came to each step, and why the others did not. */
export function PipelinePanel(props: {
  of: { id: string; sourceId: string }
  pending: number
  range: RangeName
  onRange: (range: RangeName) => void
}) {
  const { of, pending, range, onRange } = props
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="steps">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} id="steps">
            From arrival to delivery
          </Title>
          <RangePicker value={range} onChange={onRange} />
        </Group>
        <Steps of={of} pending={pending} range={range} />
      </Stack>
    </Paper>
  )
}

function Steps({ of, pending, range }: Omit<Parameters<typeof PipelinePanel>[0], 'onRange'>) {
  const queries = useQueries({ queries: COUNTED_STEPS.map((step) => stepQuery(step, of, range)) })
  const failed = queries.find(({ isError }) => isError)
  const retry = () => {
    for (const { isError, refetch } of queries) if (isError) void refetch()
  }
  const problem = failed === undefined ? null : <ProblemPanel problem={failed.error} onRetry={retry} />
  const answered = queries.flatMap(({ data }) => (data === undefined ? [] : [data]))
  if (answered.length < COUNTED_STEPS.length) return problem ?? <Loading label="Loading the steps" rows={9} />
  const counts = Object.fromEntries(COUNTED_STEPS.map((step, place) => [step, answered[place]])) as Record<
    CountedStep,
    StepCounts
  >
  return (
    <>
      {problem}
      <Table.ScrollContainer minWidth={520} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Step</Table.Th>
              <Table.Th ta="right">Events</Table.Th>
              <Table.Th w="40%">Part</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {pipelineOf(counts, pending).map((row) => (
              <StepRow key={row.step} row={row} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  )
}

function StepRow({ row: { step, label, says, total, part, reasons, tone } }: { row: PipelineRow }) {
  return (
    <Table.Tr data-step={step}>
      <Table.Td>
        <Text size="sm" fw={600}>
          {label}
        </Text>
        <Group gap={4}>
          {reasons.slice(0, REASONS_SHOWN).map(({ reason, total: each }) => (
            <Badge key={reason} color={tone === 'bad' ? 'red' : 'gray'} size="sm">
              {reason}: {count(each)}
            </Badge>
          ))}
          {reasons.length > REASONS_SHOWN && <Text size="xs">and {reasons.length - REASONS_SHOWN} more reasons</Text>}
        </Group>
      </Table.Td>
      <Table.Td ta="right">
        <Text ff="monospace" fw={600}>
          {count(total)}
        </Text>
      </Table.Td>
      <Table.Td>
        {part !== undefined && (
          <Progress value={part * 100} color={COLORS[tone]} aria-label={`${label}: ${percent(part)} ${says}`} />
        )}
        <Text size="xs" c="dimmed">
          {part === undefined ? (step === 'pending-retry' ? says : 'none') : `${percent(part)} ${says}`}
        </Text>
      </Table.Td>
    </Table.Tr>
  )
}
