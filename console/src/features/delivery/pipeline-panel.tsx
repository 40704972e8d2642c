import { Code, Group, Paper, Progress, Select, Stack, Table, Text, Title } from '@mantine/core'
import { useQueries } from '@tanstack/react-query'
import { count } from '../../shared/format.ts'
import type { RangeName } from '../../shared/range.ts'
import { Loading } from '../../shared/ui/loading.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { RangePicker } from '../../shared/ui/range-picker.tsx'
import {
  COUNTED_STEPS,
  type Counted,
  type CountedStep,
  type StepCounts,
  stepBeforeQuery,
  stepQuery,
} from './api/steps.ts'
import { changeWords, type PipelineRow, percent, pipelineOf, reasonText } from './pipeline.ts'

const COLORS = { neutral: 'grape', 'left out': 'gray', bad: 'red', good: 'green' } as const
const REASONS_SHOWN = 5

/** From the arrival to the delivery: how many came to each step, and why the others did not. */
export function PipelinePanel(props: {
  of: Counted
  mappings: readonly { readonly id: string; readonly name: string }[]
  pending: number
  range: RangeName
  onRange: (range: RangeName) => void
  onMapping: (id: string | undefined) => void
}) {
  const { of, mappings, pending, range, onRange, onMapping } = props
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="steps">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} id="steps">
            From arrival to delivery
          </Title>
          <Group gap="sm">
            {mappings.length > 1 && (
              <Select
                size="xs"
                w={200}
                aria-label="Mapping"
                placeholder="All mappings"
                clearable
                data={mappings.map(({ id, name }) => ({ value: id, label: name }))}
                value={of.mappingId ?? null}
                onChange={(id) => onMapping(id ?? undefined)}
              />
            )}
            <RangePicker value={range} onChange={onRange} />
          </Group>
        </Group>
        {of.mappingId !== undefined && (
          <Text size="sm">
            Failed and successful deliveries are those of this mapping; what comes before is not of one.
          </Text>
        )}
        <Steps of={of} pending={pending} range={range} />
      </Stack>
    </Paper>
  )
}

function Steps({ of, pending, range }: { of: Counted; pending: number; range: RangeName }) {
  const before = useQueries({ queries: COUNTED_STEPS.map((step) => stepBeforeQuery(step, of, range)) })
  const places: readonly string[] = COUNTED_STEPS
  const beforeOf = ({ step }: PipelineRow) => before[places.indexOf(step)]?.data ?? null
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
              <Table.Th w="30%">Part</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {pipelineOf(counts, pending).map((row) => (
              <StepRow key={row.step} row={row} before={beforeOf(row)} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  )
}

function StepRow({ row, before }: { row: PipelineRow; before: number | null }) {
  const { step, label, says, total, part, reasons, tone } = row
  return (
    <Table.Tr data-step={step}>
      <Table.Td>
        <Text size="sm" fw={600}>
          {label}
        </Text>
        {reasons.slice(0, REASONS_SHOWN).map(({ reason, total: each }) => (
          <Text key={reason} size="xs">
            <b>{count(each)}</b>: {reasonText(step, reason)} <Code>{reason}</Code>
          </Text>
        ))}
        {reasons.length > REASONS_SHOWN && <Text size="xs">and {reasons.length - REASONS_SHOWN} more reasons</Text>}
      </Table.Td>
      <Table.Td ta="right">
        <Text ff="monospace" fw={600}>
          {count(total)}
        </Text>
        <Text size="xs" c="dimmed" mih={18}>
          {changeWords(total, before)}
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
