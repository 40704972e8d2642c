/** Loaded when charts are drawn: their library is larger than the rest of the page. */
import '@mantine/charts/styles.css'
import { AreaChart, BarChart, LineChart } from '@mantine/charts'
import { count, duration } from '../../shared/format.ts'
import type { ChartRow, ChartRows } from './chart-rows.ts'

const CHART_HEIGHT = 200
const COLORS = [
  'red.7',
  'orange.6',
  'yellow.6',
  'pink.6',
  'grape.6',
  'violet.6',
  'indigo.6',
  'cyan.6',
  'teal.6',
  'lime.7',
  'gray.6',
]
const AXIS = { interval: 'equidistantPreserveStart', minTickGap: 40 } as const
/** `1 min 30 s` in one line. */
const DURATION_AXIS = { width: 84 } as const

/** Of attempts that are made again. */
const RETRY_COLORS = ['blue.6', 'cyan.5', 'teal.6', 'indigo.4', 'lime.7']

interface Drawn {
  readonly rows: readonly ChartRow[]
  /** What it shows, for who does not see it. */
  readonly label: string
}

const common = ({ rows, label }: Drawn) => ({
  h: CHART_HEIGHT,
  data: [...rows],
  dataKey: 'at',
  withLegend: true,
  withDots: false,
  xAxisProps: AXIS,
  accessibilityLayer: false,
  role: 'img',
  'aria-label': label,
})

export function ThroughputChart(drawn: Drawn) {
  return (
    <AreaChart
      {...common(drawn)}
      valueFormatter={count}
      curveType="linear"
      areaProps={{ isAnimationActive: false }}
      series={[
        { name: 'received', label: 'Received', color: 'grape.6' },
        { name: 'delivered', label: 'Delivered', color: 'green.7' },
      ]}
    />
  )
}

export function LatencyChart(drawn: Drawn) {
  return (
    <LineChart
      {...common(drawn)}
      valueFormatter={duration}
      yAxisProps={DURATION_AXIS}
      curveType="linear"
      connectNulls={false}
      // A single point between two nothings would not be seen as a line.
      withDots
      dotProps={{ r: 2 }}
      lineProps={{ isAnimationActive: false }}
      series={[
        { name: 'p50', label: 'Half within', color: 'blue.6' },
        { name: 'p95', label: '95 % within', color: 'orange.7' },
      ]}
    />
  )
}

export function FailuresChart({ reasons, deadReasons, ...drawn }: Drawn & Omit<ChartRows, 'rows'>) {
  const { withDots: _, ...props } = common(drawn)
  const series =
    reasons.length === 0
      ? [{ name: 'dead', label: 'Dead letters', color: 'gray.6' }]
      : reasons.map((label, place) => ({
          name: `failed${place}`,
          label,
          color: (place < deadReasons ? COLORS[place] : RETRY_COLORS[place - deadReasons]) ?? 'gray.6',
        }))
  return (
    <BarChart
      {...props}
      type="stacked"
      valueFormatter={count}
      barProps={{ isAnimationActive: false }}
      series={series}
    />
  )
}
