/** How many events arrived, over time: Segment's event volume. */
import { type Static, Type } from 'typebox'
import type { VolumeSeries } from '../../state/index.ts'
import type { ConfigSnapshot } from '../../workspace/index.ts'
import { getEventsVolume } from '../answers/volume.ts'
import type { Routes } from '../deps.ts'
import { PageQuery } from '../pages.ts'
import { invalid } from '../problems.ts'
import type { Labels } from './dataset.ts'
import { knownNames, namesIn, valuesIn, Words } from './query.ts'
import { GranularityText, rangeOf, TimeText } from './range.ts'
import { readVolume } from './read.ts'
import { STEPS } from './steps.ts'

const DIMENSIONS = ['eventName', 'eventType', 'source'] as const
type Dimension = (typeof DIMENSIONS)[number]

const Query = Type.Object(
  {
    granularity: GranularityText,
    startTime: TimeText,
    endTime: TimeText,
    groupBy: Words('What is to be told apart: `eventName`, `eventType`, `source`.'),
    sourceId: Words('Only these sources.'),
    eventName: Words('Only these names of track calls.'),
    eventType: Words('Only these types, such as `track`.'),
    appVersion: Words('Events are not counted by it: answers 422.'),
    ...PageQuery.properties,
  },
  { additionalProperties: false },
)

export const eventVolumeRoutes: Routes = (app, deps, guard) => {
  app.get<{ Querystring: Static<typeof Query> }>(
    '/events/volume',
    { onRequest: guard('api:read'), config: getEventsVolume, schema: { querystring: Query } },
    async ({ query }) => {
      const range = rangeOf(query, deps.clock.nowMs())
      const groupBy = knownNames(namesIn(query.groupBy), 'groupBy', 'event volume', DIMENSIONS)
      if (query.appVersion !== undefined) {
        throw invalid('appVersion', `cannot be asked for: event volume is counted by ${DIMENSIONS.join(', ')}`)
      }
      const filters = (
        [
          ['source', query.sourceId],
          ['eventName', query.eventName],
          ['eventType', query.eventType],
        ] as const
      ).flatMap(([dimension, text]) => {
        const values = valuesIn(text)
        return values === undefined ? [] : [{ dimension, values }]
      })
      const labelsOf = (series: VolumeSeries): Labels | undefined => {
        const isOut = filters.some(({ dimension, values }) => !values.has(valueBy(series, dimension) ?? ''))
        if (isOut) return undefined
        const values = groupBy.map((dimension) => [dimension, valueBy(series, dimension)] as const)
        return Object.fromEntries(values.filter((each): each is [Dimension, string] => each[1] !== undefined))
      }
      const { scope, facts } = STEPS['successfully-received']
      const asked = { scope, facts, range, labelsOf, isOne: groupBy.length === 0 }
      const { datasets, pagination } = await readVolume(deps, asked, query)
      const config = deps.config()
      const lists = { sourceId: query.sourceId, eventName: query.eventName, eventType: query.eventType }
      return {
        data: {
          path: '/events/volume',
          query: {
            workspaceId: (await deps.workspace()).id,
            granularity: range.granularity,
            startTime: query.startTime,
            endTime: query.endTime,
            ...(groupBy.length === 0 ? {} : { groupBy }),
            ...Object.fromEntries(
              Object.entries(lists).flatMap(([name, text]) => (text === undefined ? [] : [[name, [text].flat()]])),
            ),
          },
          result: datasets.map(({ labels: { source, ...labels }, total, points }) => ({
            ...(source === undefined ? {} : { source: sourceOf(config, source) }),
            ...labels,
            total,
            series: points.map(({ time, count }) => ({ time, count })),
          })),
          pagination,
        },
      }
    },
  )
}

function valueBy({ id, name, type }: VolumeSeries, dimension: Dimension): string | undefined {
  if (dimension === 'source') return id
  return (dimension === 'eventName' ? name : type) ?? undefined
}

/** Of one that was deleted only the id is known. */
function sourceOf(config: ConfigSnapshot, id: string) {
  const source = config.sources.get(id)
  return source === undefined ? { id } : { id, name: source.name, slug: source.slug }
}
