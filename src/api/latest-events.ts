/** The latest events of a source, to try mappings and filters with what really comes. */
import { type Static, Type } from 'typebox'
import { applyFilters, type Filtered, type FilterRule } from '../connections/index.ts'
import type { LogReader } from '../log/index.ts'
import type { Clock } from '../ports/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import { checkFilterRule, refuseInvalid } from '../workspace/index.ts'
import * as answers from './answers/latest-events.ts'
import type { Routes } from './deps.ts'
import { FilterActions, toAction } from './filters.ts'
import { ApiError } from './problems.ts'

/** Events of one answer. */
export const LATEST_EVENTS_MAX = 200
const LATEST_EVENTS_DEFAULT = 20
/** Records looked through from the end of the log, of all sources. */
export const LATEST_LOOKED_MAX = 20_000
/** Records read in one go: about a millisecond. */
const PAGE = 100
/** Events that a filter would not let pass as they are, shown with what would become of them. */
export const FILTER_SAMPLES_MAX = 20

const Count = Type.Integer({ minimum: 1, maximum: LATEST_EVENTS_MAX })
const Query = Type.Object(
  { count: Type.Optional(Type.String({ pattern: '^[0-9]{1,3}$', description: `From 1 to ${LATEST_EVENTS_MAX}.` })) },
  { additionalProperties: false },
)
const TestFilter = Type.Object(
  {
    filter: Type.Object({ if: Type.String(), actions: FilterActions }, { additionalProperties: false }),
    count: Type.Optional(Count),
  },
  { additionalProperties: false },
)

type One = { Params: { id: string } }

export const latestEventRoutes: Routes = (app, deps, guard) => {
  app.get<One & { Querystring: Static<typeof Query> }>(
    '/sources/:id/latest-events',
    { onRequest: guard('pii:read'), config: answers.listLatestEvents, schema: { querystring: Query } },
    async ({ params, query }) => {
      // A space is one, too: its destinations get what it says.
      if (!deps.config().sources.has(params.id)) {
        throw new ApiError(404, [{ type: 'not-found', message: 'The source does not exist.' }])
      }
      const count = Number(query.count ?? LATEST_EVENTS_DEFAULT)
      if (count < 1 || count > LATEST_EVENTS_MAX) {
        const message = `must be from 1 to ${LATEST_EVENTS_MAX}`
        throw new ApiError(422, [{ type: 'input-validation', field: 'count', message }])
      }
      return { data: { events: await latestEvents(deps.log.reader, deps.clock, params.id, count) } }
    },
  )

  app.post<One & { Body: Static<typeof TestFilter> }>(
    '/destinations/:id/filters/test',
    { onRequest: guard('pii:read'), config: answers.testFilter, schema: { body: TestFilter } },
    async ({ params, body: { filter, count = LATEST_EVENTS_MAX } }) => {
      const instance = deps.config().destinations.get(params.id)
      if (instance === undefined)
        throw new ApiError(404, [{ type: 'not-found', message: 'The destination does not exist.' }])
      const rule = { if: filter.if, actions: filter.actions.map(toAction) }
      refuseInvalid(checkFilterRule(rule))
      const events = await latestEvents(deps.log.reader, deps.clock, instance.sourceId, count)
      return { data: tested(rule, events) }
    },
  )
}

export interface LatestEvent {
  readonly position: number
  readonly event: NormalisedEvent
}

/** Newest first; of those that came before the latest 20,000 records none. */
export async function latestEvents(
  log: Pick<LogReader, 'read' | 'end' | 'start'>,
  clock: Pick<Clock, 'turn'>,
  sourceId: string,
  count: number,
): Promise<readonly LatestEvent[]> {
  const found: LatestEvent[] = []
  const end = log.end()
  const first = Math.max(log.start(), end - LATEST_LOOKED_MAX + 1)
  for (let to = end; to >= first && found.length < count; to -= PAGE) {
    const page: LatestEvent[] = []
    // Pages of large records are shorter than what was asked for.
    for (let after = Math.max(first, to - PAGE + 1) - 1; after < to; ) {
      const records = log.read(after, to - after)
      for (const { kind, position, sourceId: of, body } of records) {
        if (kind === 'event' && of === sourceId) page.push({ position, event: JSON.parse(body) as NormalisedEvent })
      }
      after = records.at(-1)?.position ?? to
    }
    found.push(...page.reverse())
    await clock.turn()
  }
  return found.slice(0, count)
}

function tested(rule: FilterRule, events: readonly LatestEvent[]): answers.TestedFilter {
  const outcomes = events.map((each) => ({ ...each, outcome: outcomeOf(applyFilters([rule], each.event), each.event) }))
  const counted = (kind: answers.FilterOutcome) => outcomes.filter(({ outcome }) => outcome.kind === kind).length
  return {
    events: events.length,
    kept: counted('KEPT'),
    dropped: counted('DROPPED'),
    changed: counted('CHANGED'),
    undecided: counted('UNDECIDED'),
    samples: outcomes
      .filter(({ outcome }) => outcome.kind !== 'KEPT')
      .slice(0, FILTER_SAMPLES_MAX)
      .map(({ position, event, outcome: { kind, result, problem } }) => ({
        position,
        event: { ...event },
        outcome: kind,
        result,
        problem,
      })),
  }
}

interface FilterOutcomeOf {
  readonly kind: answers.FilterOutcome
  readonly result: Record<string, unknown> | null
  readonly problem: string | null
}

function outcomeOf(filtered: Filtered<FilterRule>, event: NormalisedEvent): FilterOutcomeOf {
  if (filtered.kind === 'dropped') return { kind: 'DROPPED', result: null, problem: null }
  if (filtered.kind === 'undecided') return { kind: 'UNDECIDED', result: null, problem: filtered.problem }
  const isSame = JSON.stringify(filtered.event) === JSON.stringify(event)
  return { kind: isSame ? 'KEPT' : 'CHANGED', result: { ...filtered.event }, problem: null }
}
