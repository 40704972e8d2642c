/** At length how far a deletion is: for people. */
import type { LedgerRow } from '../state/index.ts'
import * as answers from './answers/regulations.ts'
import type { ApiDeps, ApiStatus, Routes } from './deps.ts'
import { waitsFor } from './explain.ts'
import { searchLedger } from './ledger-search.ts'
import { callsOf, finishedAt, notBegun, statusOf, type Tasks } from './regulations.ts'
import { sharedAccounts } from './shared-accounts.ts'

/** Calls of one destination that are shown. */
export const CALLS_SHOWN_MAX = 20
/** Deliveries that are counted before it is said that there are at least so many. */
const COUNTED_MAX = 10_000

export const regulationLookRoutes: Routes = (app, deps, guard) => {
  app.get<{ Params: { id: string } }>(
    '/regulations/:id/progress',
    { onRequest: guard('api:read'), config: answers.getRegulationProgress },
    async ({ params, authenticated }) => {
      const view = await deps.state.regulation(params.id)
      if (view === null) throw notBegun()
      const mayRead = authenticated?.rights.has('pii:read') === true
      const { states } = await deps.status()
      // What waits ends with the time of the request, in the commit that begins it.
      const { rows, next } = await searchLedger(
        deps,
        {
          query: { state: 'cancelled', reason: 'erasure_requested' },
          isRowWanted: ({ endedAtMs }) => endedAtMs === view.createdAtMs,
        },
        { before: undefined, count: COUNTED_MAX },
      )
      const tasksOf = Map.groupBy(view.tasks, ({ destinationId }) => destinationId)
      const cancelledOf = Map.groupBy(rows, ({ instance }) => idOf(deps, instance))
      const sharesAccountWith = sharedAccounts(deps)
      const destinations = [...new Set([...tasksOf.keys(), ...cancelledOf.keys()])].map(async (id) => {
        const tasks = id === null ? [] : (tasksOf.get(id) ?? [])
        const look = { deps, states, mayRead, destinationId: id }
        return {
          destinationId: id !== null && deps.config().destinations.has(id) ? id : null,
          name: nameOf(deps, id),
          sharesAccountWith: sharesAccountWith(id ?? ''),
          cancelled: cancelledOf.get(id)?.length ?? 0,
          calls: callsOf(tasks),
          latest: await Promise.all(worstFirst(tasks).map((task) => shownCall(task, look))),
        }
      })
      return {
        data: {
          id: view.id,
          subjectCount: view.subjects,
          status: statusOf(callsOf(view.tasks)),
          createdAt: iso(view.createdAtMs),
          finishedAt: finishedAt(view.tasks),
          isCancelledComplete: next === null,
          destinations: await Promise.all(destinations),
        },
      }
    },
  )
}

const RANK = { dead: 0, pending: 1, cancelled: 2, erased: 2, delivered: 3 } as const
const worstFirst = (tasks: Tasks) => tasks.toSorted((a, b) => RANK[a.state] - RANK[b.state]).slice(0, CALLS_SHOWN_MAX)

interface Look {
  readonly deps: ApiDeps
  readonly states: ApiStatus['states']
  readonly mayRead: boolean
  readonly destinationId: string | null
}

async function shownCall({ position, route, ...task }: Tasks[number], { deps, states, mayRead, destinationId }: Look) {
  const rows = await deps.state.ledger({ position, limit: 1_000 })
  const row = rows.find((each) => each.route === route)
  const detail = mayRead ? await deps.state.detail({ position, route }) : null
  const instance = deps.config().destinations.get(destinationId ?? '')
  const isWaiting = task.state === 'pending' && row !== undefined
  return {
    id: `${position}.${route}`,
    state: task.state,
    attempts: row === undefined ? 0 : row.attempts + row.attemptsBefore,
    status: task.status,
    reason: task.reason,
    waitsFor: isWaiting ? waitsFor(row, instance, states, deps.clock.nowMs()) : null,
    endedAt: task.endedAtMs === null ? null : iso(task.endedAtMs),
    request: parsed(detail?.request),
    answer: parsed(detail?.response),
  }
}

/** Null for an instance that is there no more. */
const idOf = ({ config }: ApiDeps, instance: LedgerRow['instance']) =>
  [...config().destinations.values()].find(({ number }) => number === instance)?.id ?? null

const nameOf = ({ config }: ApiDeps, id: string | null) =>
  config().destinations.get(id ?? '')?.name ?? 'a destination that was deleted'

const parsed = (text: string | null | undefined): unknown => (text == null ? null : JSON.parse(text))
const iso = (ms: number) => new Date(ms).toISOString()
