/** One event, and every step it took: what was decided about it for each destination, and what came of it there. */
import { applyFilters, enabledFilters, eventFor, FILTER_TEXTS, type FilterReason } from '../connections/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import type { LedgerRow } from '../state/index.ts'
import type { DestinationInstance } from '../workspace/index.ts'
import * as answers from './answers/deliveries.ts'
import type { ApiDeps, ApiStatus, Routes } from './deps.ts'
import { explainSpaces } from './explain-spaces.ts'
import { unacceptedWith } from './explain-unaccepted.ts'
import { LEDGER_ROWS_MAX, positionsOf, toDelivery } from './ledger.ts'
import { ApiError } from './problems.ts'

const NOT_FOUND =
  'No event has this messageId, neither accepted nor among the latest that were not. It may be older than the days kept.'

export const explainRoutes: Routes = (app, deps, guard) => {
  app.get<{ Params: { messageId: string } }>(
    '/explain/:messageId',
    { onRequest: guard('pii:read'), config: answers.explainEvent },
    async (request) => {
      // Before the positions: what was worked through by then and has none was not accepted.
      const status = await deps.status()
      const positions = await positionsOf(deps, request.params.messageId)
      const { messageId } = request.params
      const unaccepted = unacceptedWith(deps.log, messageId, positions, status.processedPosition)
      if (positions.length === 0 && unaccepted.length === 0) {
        throw new ApiError(404, [{ type: 'not-found', message: NOT_FOUND }])
      }
      const events = await Promise.all(positions.map((position) => explain(deps, position, status.states)))
      return { data: { events, unaccepted } }
    },
  )
}

async function explain(deps: ApiDeps, position: number, states: ApiStatus['states']): Promise<answers.Explanation> {
  const record = deps.log.reader.get(position)
  const event: Record<string, unknown> | null = record === undefined ? null : JSON.parse(record.body)
  const routing = await deps.state.routing(position)
  const rows = await deps.state.ledger({ position, limit: LEDGER_ROWS_MAX })
  const instances = [...deps.config().destinations.values()]
  const destinations = Object.entries(routing?.decisions ?? {}).map(([number, reason]) => {
    const instance = instances.find((each) => each.number === Number(number))
    return {
      destinationId: instance?.id ?? null,
      name: instance?.name ?? 'a destination that was deleted',
      filtered: reason,
      why: reason === null ? null : (filterWhy(reason, event, instance) ?? FILTER_TEXTS[reason as FilterReason]),
    }
  })
  const deliveries = await Promise.all(
    rows.map((row) =>
      explainDelivery(
        deps,
        row,
        event,
        instances.find((each) => each.number === row.instance),
        states,
      ),
    ),
  )
  return {
    position,
    sourceId: record?.sourceId ?? null,
    event,
    configVersion: routing?.configVersion ?? null,
    spaces:
      record === undefined || event === null
        ? []
        : explainSpaces(deps.config(), record.sourceId, event as unknown as NormalisedEvent),
    destinations,
    deliveries,
  }
}

/** Which filter it was, as far as the filters of now still say the same. */
function filterWhy(
  reason: string,
  event: Record<string, unknown> | null,
  instance: DestinationInstance | undefined,
): string | undefined {
  const isFilter = reason === 'FILTERED_BY_RULES' || reason === 'FILTER_NOT_EVALUATED'
  if (!isFilter || event === null || instance?.filters === undefined) return undefined
  const filtered = applyFilters(enabledFilters(instance.filters), event as NormalisedEvent)
  if (filtered.kind === 'dropped' && reason === 'FILTERED_BY_RULES') {
    return `The filter "${filtered.by.title}" dropped the event, or left it out of the sample.`
  }
  if (filtered.kind !== 'undecided' || reason !== 'FILTER_NOT_EVALUATED') return undefined
  return `The filter "${filtered.by.title}" cannot be evaluated: ${filtered.problem}. The event was kept back.`
}

async function explainDelivery(
  deps: ApiDeps,
  row: LedgerRow,
  event: Record<string, unknown> | null,
  instance: DestinationInstance | undefined,
  states: ApiStatus['states'],
) {
  const replay = row.replay === null ? undefined : (await deps.state.replays({ number: row.replay, limit: 1 }))[0]
  const detail = await deps.state.detail(row)
  const subscription = instance?.subscriptions.find((each) => each.number === row.route)
  const entry = instance && deps.catalog.find(instance.kind)
  const kept = detail?.request === null || detail === null ? null : JSON.parse(detail.request)
  // Requests of deliveries that succeeded are not kept: what the mapping makes of the event now stands in for them.
  const seen = event === null || instance === undefined ? null : eventFor(instance, event as NormalisedEvent)
  const rendered =
    kept === null && seen !== null && 'event' in seen && entry && instance && subscription
      ? await deps.runner.preview(entry, {
          action: subscription.action,
          settings: instance.settings,
          mapping: subscription.mapping,
          event: seen.event,
        })
      : null
  return {
    ...toDelivery(row, instance?.id ?? null),
    destination: instance?.name ?? null,
    mapping: subscription?.name ?? null,
    waitsFor: row.state === 'pending' ? waitsFor(row, instance, states, deps.clock.nowMs()) : null,
    replay: replay === undefined ? null : { id: replay.id, status: replay.state.toUpperCase() },
    request: kept ?? rendered?.request ?? null,
    isRequestRenderedNow: kept === null,
    response: detail?.response === null || detail === null ? null : JSON.parse(detail.response),
  }
}

/** Why a delivery has not ended, for people. */
export function waitsFor(
  row: Pick<LedgerRow, 'nextAttemptAtMs'>,
  instance: DestinationInstance | undefined,
  states: ApiStatus['states'],
  nowMs: number,
): string {
  if (instance === undefined) return 'The destination was deleted.'
  if (!instance.enabled) return 'The destination is switched off.'
  const {
    hold = null,
    breakerOpenSinceMs = null,
    requestsPerSecondMax = null,
    lastFailure = null,
  } = states[instance.id] ?? {}
  if (hold !== null) {
    const since = new Date(hold.sinceMs).toISOString()
    return `The destination is on hold since ${since} (${hold.reason}): correct its settings, or wait for the next try.`
  }
  if (breakerOpenSinceMs !== null) {
    const since = new Date(breakerOpenSinceMs).toISOString()
    const last = lastFailure === null ? '' : `, the last with ${lastFailure.status ?? lastFailure.reason}`
    return `The destination fails most requests since ${since}${last}: it gets one every few seconds until it answers again.`
  }
  if (row.nextAttemptAtMs > nowMs) return `The next attempt is at ${new Date(row.nextAttemptAtMs).toISOString()}.`
  const pace =
    requestsPerSecondMax === null ? '' : `, which takes ${requestsPerSecondMax.toPrecision(2)} requests a second`
  return `It is its turn soon: it waits for earlier events of the same person, or for the pace of the destination${pace}.`
}
