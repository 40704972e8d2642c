import { Group, NativeSelect, Paper, SegmentedControl, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense } from 'react'
import { counted } from '../../shared/format.ts'
import { useNow } from '../../shared/now.ts'
import { type RangeName, rangeCalled } from '../../shared/range.ts'
import type { DestinationStatus } from '../../shared/status.ts'
import { Loading } from '../../shared/ui/loading.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { RangePicker } from '../../shared/ui/range-picker.tsx'
import { type ChartRows, chartRows, failuresText, latencyText } from './chart-rows.ts'
import { RowsTable } from './rows-table.tsx'
import { type Volume, volumeQuery } from './volume.ts'

const ThroughputChart = lazy(async () => ({ default: (await import('./charts.tsx')).ThroughputChart }))
const LatencyChart = lazy(async () => ({ default: (await import('./charts.tsx')).LatencyChart }))
const FailuresChart = lazy(async () => ({ default: (await import('./charts.tsx')).FailuresChart }))

/** As high as a chart, so that nothing moves when it comes. */
const CHART_HEIGHT = 200

export interface Shown {
  readonly range: RangeName
  readonly destinationId: string | undefined
  readonly isTable: boolean
}

/** How much came and went, how long it took and what failed, over time. */
export function ChartsPanel(props: {
  destinations: readonly DestinationStatus[]
  sourceName: (id: string) => string
  shown: Shown
  onShow: (shown: Shown) => void
}) {
  const { destinations, sourceName, shown, onShow } = props
  const { range, destinationId, isTable } = shown
  const nowMs = useNow()
  const destination = destinations.find(({ id }) => id === destinationId)
  const query = useQuery(volumeQuery({ range, destinationId: destination?.id, sourceId: destination?.sourceId }))
  const shownOnes = destination === undefined ? destinations : [destination]
  const waitedMs = Math.max(0, ...shownOnes.map(({ oldestWaitingMs }) => nowMs - (oldestWaitingMs ?? nowMs)))
  const options = destinations.map(({ id, name, sourceId }) => ({
    value: id,
    label: `${name}, from ${sourceName(sourceId)}`,
  }))
  return (
    <Stack gap="sm" component="section" aria-labelledby="over-time">
      <Group justify="space-between">
        <Title order={2} id="over-time">
          Over time
        </Title>
        <Group gap="xs">
          <NativeSelect
            size="xs"
            aria-label="Destination shown"
            value={destination?.id ?? ''}
            onChange={({ currentTarget }) => onShow({ ...shown, destinationId: currentTarget.value || undefined })}
            data={[{ value: '', label: 'All destinations' }, ...options]}
          />
          <SegmentedControl
            size="xs"
            aria-label="How it is shown"
            value={isTable ? 'table' : 'charts'}
            onChange={(view) => onShow({ ...shown, isTable: view === 'table' })}
            data={[
              { value: 'charts', label: 'Charts' },
              { value: 'table', label: 'Table' },
            ]}
          />
          <RangePicker value={range} onChange={(next) => onShow({ ...shown, range: next })} />
        </Group>
      </Group>
      {query.isError && <ProblemPanel problem={query.error} onRetry={() => void query.refetch()} />}
      {!isTable && <Charts volume={query.data} range={range} waitedMs={waitedMs} />}
      {isTable && query.data !== undefined && <RowsTable {...chartRows(query.data, range)} />}
      {isTable && query.data === undefined && !query.isError && <Loading label="Loading the figures" rows={10} />}
    </Stack>
  )
}

/** @param waitedMs for how long the oldest waits that is not delivered yet */
function Charts({ volume, range, waitedMs }: { volume: Volume | undefined; range: RangeName; waitedMs: number }) {
  const { label } = rangeCalled(range)
  const received = volume?.received.reduce((sum, each) => sum + each.count, 0) ?? 0
  const says = {
    throughput: `${counted(received, 'event')} received, ${counted(volume?.delivered ?? 0, 'delivery', 'deliveries')} made in ${label}.`,
    latency: latencyText(volume?.latency ?? { p50Ms: null, p95Ms: null }, label, waitedMs),
    failures: failuresText(volume ?? { failures: [], retries: [] }, label),
  }
  const drawn: ChartRows | undefined = volume === undefined ? undefined : chartRows(volume, range)
  return (
    <SimpleGrid cols={{ base: 1, lg: 3 }} spacing="sm">
      <ChartCard title="Throughput" says={says.throughput}>
        {drawn && <ThroughputChart rows={drawn.rows} label={`Throughput: ${says.throughput}`} />}
      </ChartCard>
      <ChartCard title="Latency" says={says.latency}>
        {drawn && <LatencyChart rows={drawn.rows} label={`Latency: ${says.latency}`} />}
      </ChartCard>
      <ChartCard title="Failures by reason" says={says.failures}>
        {drawn && <FailuresChart {...drawn} label={`Failures: ${says.failures}`} />}
      </ChartCard>
    </SimpleGrid>
  )
}

function ChartCard({ title, says, children }: { title: string; says: string; children: ReactNode }) {
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Title order={3}>{title}</Title>
        <Text size="sm" lineClamp={2} mih={44} title={says}>
          {children ? says : ' '}
        </Text>
        <Suspense fallback={<Skeleton height={CHART_HEIGHT} />}>
          {children || <Skeleton height={CHART_HEIGHT} />}
        </Suspense>
      </Stack>
    </Paper>
  )
}
