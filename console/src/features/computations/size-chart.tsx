/** Loaded when the chart is drawn: its library is larger than the rest of the page. */
import '@mantine/charts/styles.css'
import { AreaChart } from '@mantine/charts'
import { count } from '../../shared/format.ts'
import { type RangeName, rangeCalled, timeLabel } from '../../shared/range.ts'
import type { SizePoint } from './size-words.ts'

/** Pixels. */
export const SIZE_CHART_HEIGHT = 160

export function SizeChart(props: { series: readonly SizePoint[]; range: RangeName; name: string; label: string }) {
  const { series, range, name, label } = props
  const { granularity } = rangeCalled(range)
  return (
    <AreaChart
      h={SIZE_CHART_HEIGHT}
      data={series.map(({ time, count: size }) => ({ at: timeLabel(time, granularity), size }))}
      dataKey="at"
      series={[{ name: 'size', label: name, color: 'grape.6' }]}
      curveType="linear"
      withDots={false}
      areaProps={{ isAnimationActive: false }}
      valueFormatter={count}
      xAxisProps={{ interval: 'preserveStartEnd', minTickGap: 40 }}
      yAxisProps={{ allowDecimals: false, tickCount: 3 }}
      accessibilityLayer={false}
      role="img"
      aria-label={label}
    />
  )
}
