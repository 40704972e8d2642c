import { Group, SegmentedControl, Skeleton, Stack, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { count } from '../../shared/format.ts'
import { RANGE_DEFAULT, type RangeName, rangeCalled, rangeIn, timeLabel } from '../../shared/range.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { RangePicker } from '../../shared/ui/range-picker.tsx'
import { type Computation, isUnderWay, type Named } from './api/computations.ts'
import { sizeQuery } from './api/size.ts'
import type { OneSearch } from './kinds.ts'
import { type SizePoint, sizeWords } from './size-words.ts'

const SizeChart = lazy(async () => ({ default: (await import('./size-chart.tsx')).SizeChart }))

/** As high as the chart, or the rows of the table that are seen at once. */
const HEIGHT = 160

/** How many are in, over time, as a chart or as figures. */
export function SizePanel(props: { one: Named; computation: Computation; isDeleting: boolean }) {
  const { one, computation, isDeleting } = props
  const { range = RANGE_DEFAULT, view } = useSearch({ strict: false }) as OneSearch
  const navigate = useNavigate()
  const query = useQuery({ ...sizeQuery(one, range, isUnderWay(computation)), enabled: !isDeleting })
  const show = (next: Pick<OneSearch, 'range' | 'view'>) =>
    void navigate({
      to: '.',
      search: { space: one.space, ...rangeIn({ range: next.range }), view: next.view },
      replace: true,
      resetScroll: false,
    })
  return (
    <Stack gap="xs" component="section" aria-labelledby="size-over-time">
      <Group justify="space-between">
        <Title order={2} id="size-over-time">
          Size over time
        </Title>
        <Group gap="xs">
          <SegmentedControl
            size="xs"
            aria-label="How it is shown"
            value={view ?? 'chart'}
            onChange={(chosen) => show({ range, view: chosen === 'table' ? 'table' : undefined })}
            data={[
              { value: 'chart', label: 'Chart' },
              { value: 'table', label: 'Table' },
            ]}
          />
          <RangePicker value={range} onChange={(next) => show({ range: next, view })} />
        </Group>
      </Group>
      <Answered query={query} label="Loading the size over time" rows={4}>
        {(series) => <Drawn series={series} range={range} isTable={view === 'table'} one={one} />}
      </Answered>
    </Stack>
  )
}

function Drawn(props: { series: readonly SizePoint[]; range: RangeName; isTable: boolean; one: Named }) {
  const { series, range, isTable, one } = props
  const isAudience = one.kind.kind === 'audience'
  const says = sizeWords(series, rangeCalled(range).label, isAudience)
  const name = isAudience ? 'Members' : 'Profiles with a value'
  return (
    <>
      <Text size="sm">{says}</Text>
      {isTable ? (
        <Figures series={series} range={range} isAudience={isAudience} />
      ) : (
        <Suspense fallback={<Skeleton height={HEIGHT} />}>
          <SizeChart series={series} range={range} name={name} label={`${name} over time: ${says}`} />
        </Suspense>
      )}
    </>
  )
}

/** The newest first. */
function Figures(props: { series: readonly SizePoint[]; range: RangeName; isAudience: boolean }) {
  const { series, range, isAudience } = props
  const { granularity } = rangeCalled(range)
  const names = isAudience ? ['Members', 'Came in', 'Left'] : ['With a value', 'Got one', 'Lost it']
  return (
    <Table.ScrollContainer minWidth={340} maxHeight={2 * HEIGHT} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table stickyHeader aria-label="Size over time">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>From</Table.Th>
            {names.map((name) => (
              <Table.Th key={name} ta="right">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {series.toReversed().map(({ time, count: size, entered, left }) => (
            <Table.Tr key={time}>
              <Table.Th scope="row">{timeLabel(time, granularity)}</Table.Th>
              {[size, entered, left].map((figure, place) => (
                <Table.Td key={names[place]} ta="right">
                  {count(figure)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
