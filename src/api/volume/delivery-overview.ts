/** The six steps of Segment's delivery overview, over time. */
import { type Static, Type } from 'typebox'
import type { VolumeSeries } from '../../state/index.ts'
import type { ConfigSnapshot } from '../../workspace/index.ts'
import { deliveryOverview } from '../answers/volume.ts'
import type { ApiDeps, Routes } from '../deps.ts'
import { PageQuery } from '../pages.ts'
import { ApiError, invalid } from '../problems.ts'
import type { Dataset, Labels } from './dataset.ts'
import { knownNames, namesIn, valuesIn, Words } from './query.ts'
import { GranularityText, rangeOf, TimeText } from './range.ts'
import { readVolume } from './read.ts'
import { type Dimension, STEPS, type Step, type StepName, valueBy } from './steps.ts'

const Id = Type.String({ minLength: 1, maxLength: 255 })
/** Segment has more dimensions than are counted here: who names one of those is told so. */
const FILTERS = [
  ...['eventName', 'eventType', 'discardReason', 'appVersion', 'subscriptionId'],
  ...['activationId', 'audienceId', 'spaceId'],
]
const Query = Type.Object(
  {
    sourceId: Type.String({ minLength: 1, maxLength: 255, description: 'Id of the source.' }),
    startTime: TimeText,
    endTime: TimeText,
    granularity: GranularityText,
    groupBy: Words('What is to be told apart, such as `eventName`.'),
    ...Object.fromEntries(FILTERS.map((name) => [`filter.${name}`, Words(`Only these values of ${name}.`)])),
    ...PageQuery.properties,
  },
  { additionalProperties: false },
)
const OfDestination = Type.Object(
  {
    ...Query.properties,
    destinationConfigId: Type.String({ minLength: 1, maxLength: 255, description: 'Id of the destination.' }),
    subscriptionId: Type.Optional({ ...Id, description: 'Id of the mapping.' }),
  },
  { additionalProperties: false },
)
type Query = Static<typeof Query> & { destinationConfigId?: string; subscriptionId?: string }

type Asking = { Querystring: Query }

export const deliveryOverviewRoutes: Routes = (app, deps, guard) => {
  const answering = (name: StepName) => (request: { query: Query }) => answerTo(deps, name, request.query)
  app.get<Asking>(
    '/delivery-overview/successfully-received',
    { onRequest: guard('api:read'), ...saying('successfully-received') },
    answering('successfully-received'),
  )
  app.get<Asking>(
    '/delivery-overview/failed-on-ingest',
    { onRequest: guard('api:read'), ...saying('failed-on-ingest') },
    answering('failed-on-ingest'),
  )
  app.get<Asking>(
    '/delivery-overview/filtered-at-source',
    { onRequest: guard('api:read'), ...saying('filtered-at-source') },
    answering('filtered-at-source'),
  )
  app.get<Asking>(
    '/delivery-overview/filtered-at-destination',
    { onRequest: guard('api:read'), ...saying('filtered-at-destination') },
    answering('filtered-at-destination'),
  )
  app.get<Asking>(
    '/delivery-overview/failed-delivery',
    { onRequest: guard('api:read'), ...saying('failed-delivery') },
    answering('failed-delivery'),
  )
  app.get<Asking>(
    '/delivery-overview/successful-delivery',
    { onRequest: guard('api:read'), ...saying('successful-delivery') },
    answering('successful-delivery'),
  )
}

function saying(name: StepName) {
  const step = STEPS[name]
  return { config: deliveryOverview(step), schema: { querystring: step.scope === 'source' ? Query : OfDestination } }
}

async function answerTo(deps: ApiDeps, name: StepName, query: Query) {
  const step: Step = STEPS[name]
  const range = rangeOf(query, deps.clock.nowMs())
  const groupBy = knownNames(namesIn(query.groupBy), 'groupBy', name, step.dimensions)
  const filters = filtersOf(query, name, step)
  const { id, subscriptionIds } = ownerOf(deps.config(), step, query)
  const labelsOf = (series: VolumeSeries): Labels | undefined => {
    const isOut = filters.some(([dimension, values]) => {
      const value = valueBy(series, dimension, subscriptionIds)
      return value === undefined || !values.has(value)
    })
    if (isOut) return undefined
    const values = groupBy.map((dimension) => [dimension, valueBy(series, dimension, subscriptionIds)] as const)
    return Object.fromEntries(values.filter((each): each is [Dimension, string] => each[1] !== undefined))
  }
  const { scope, facts } = step
  const asked = { scope, id, facts, range, labelsOf, isOne: groupBy.length === 0 }
  const { total, datasets, pagination } = await readVolume(deps, asked, query)
  return { data: { total, dataset: datasets.map(step.hasRetries ? withRetries : withoutRetries), pagination } }
}

function filtersOf(query: Query, name: StepName, step: Step): [Dimension, ReadonlySet<string>][] {
  const given = Object.entries(query).flatMap(([key, text]) => {
    const values = valuesIn(text)
    return key.startsWith('filter.') && values !== undefined ? [[key.slice('filter.'.length), values] as const] : []
  })
  if (query.subscriptionId !== undefined) given.push(['subscriptionId', new Set([query.subscriptionId])])
  knownNames(
    given.map(([dimension]) => dimension),
    'filter',
    name,
    step.dimensions,
  )
  return given as [Dimension, ReadonlySet<string>][]
}

/** Whose counts they are. @throws ApiError 404 when it is not there */
function ownerOf(config: ConfigSnapshot, { scope }: Step, { sourceId, destinationConfigId }: Query) {
  if (!config.sources.has(sourceId)) throw notFound('source')
  if (scope === 'source') return { id: sourceId, subscriptionIds: new Map<number, string>() }
  const instance = config.destinations.get(destinationConfigId ?? '')
  if (instance === undefined) throw notFound('destination')
  if (instance.sourceId !== sourceId) throw invalid('sourceId', `must be that of the destination, ${instance.sourceId}`)
  const subscriptionIds = new Map(instance.subscriptions.map(({ number, id }) => [number, id]))
  return { id: String(instance.number), subscriptionIds }
}

const notFound = (what: string) => new ApiError(404, [{ type: 'not-found', message: `The ${what} does not exist.` }])

const withoutRetries = ({ labels, total, points }: Dataset) => ({
  ...labels,
  total,
  series: points.map(({ time, count }) => ({ time, count })),
})

const withRetries = ({ labels, total, retries, points }: Dataset) => ({
  ...labels,
  total,
  totalRetryCount: retries,
  series: points.map((point) => ({ time: point.time, count: point.count, retryCount: point.retries })),
})
