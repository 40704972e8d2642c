/**
 * Runs the `performBatch` of an Actions definition: many events in one go, with a result for each.
 *
 * What an event's fields were filled with is kept for its retries, as for a single attempt; the request is rendered
 * anew, since the events that share it differ from one time to the next.
 */
import { actionsCore } from './actions-core.ts'
import type { HttpClient } from './http.ts'
import type { Outcome } from './outcome.ts'
import type { JsonObject } from './prepared-action.ts'
import { RecordingClient } from './request-client.ts'
import {
  type ActionRun,
  type Attempt,
  actionOf,
  bundleOf,
  clientFor,
  type FrozenAttempt,
  failed,
  mapEvent,
  NOTHING_TO_SEND,
  outcomeOfError,
} from './run.ts'
import { secretsOf } from './secrets.ts'

export interface BatchItem {
  /** A Segment event as it was accepted. */
  readonly event: object
  readonly frozen: FrozenAttempt | null
}

export interface BatchRun extends Omit<ActionRun, 'event'> {
  readonly items: readonly BatchItem[]
  readonly http: HttpClient
  /** Milliseconds for all of it, what the definition waits for included. */
  readonly msMax: number
}

/** What came of one event of a batch; `alone`: nothing yet, and it is to be sent by itself. */
export type BatchResult = Attempt | 'alone'

/** What a definition of ours may answer, beside the framework's `MultiStatusResponse`: an end for each event. */
export type BatchEnd = 'delivered' | 'alone'

/** What a definition's `performBatch` gets beside what the framework gives it. */
export interface BatchExtras {
  /** Resolves after so many milliseconds, or rejects when the time of the batch is over. */
  wait(ms: number): Promise<void>
}

interface Filled {
  readonly index: number
  readonly event: object
  readonly payload: JsonObject
}

/** One result for each item, in the order given. Does not throw. */
export async function runBatch(run: BatchRun): Promise<readonly BatchResult[]> {
  const action = actionOf(run)
  if (action?.performBatch === undefined) return run.items.map(() => 'alone')
  const results: BatchResult[] = run.items.map(() => 'alone')
  const filled: Filled[] = []
  for (const [index, { event, frozen }] of run.items.entries()) {
    const mapped = frozen?.payload ? { payload: frozen.payload } : mapEvent(action, { ...run, event })
    if ('problem' in mapped) results[index] = failed({ kind: 'unmapped', reason: mapped.problem }, null)
    else filled.push({ index, event, payload: mapped.payload })
  }
  const deadline = new AbortController()
  const timer = run.http.clock.after(run.msMax, () => deadline.abort())
  try {
    for (const group of Map.groupBy(filled, ({ payload }) => keyOf(run.mapping, payload)).values()) {
      const ends = await sendTogether(run, group, deadline.signal)
      for (const [at, { index }] of group.entries()) results[index] = ends[at] ?? 'alone'
    }
  } finally {
    timer.cancel()
  }
  return results
}

/** Segment's `batch_keys`: only events with equal values of these fields go together. */
function keyOf(mapping: ActionRun['mapping'], payload: JsonObject): string {
  const keys = mapping['batch_keys']
  return Array.isArray(keys) ? JSON.stringify(keys.map((key) => payload[String(key)])) : ''
}

async function sendTogether(
  run: BatchRun,
  group: readonly Filled[],
  signal: AbortSignal,
): Promise<readonly BatchResult[]> {
  const action = actionOf(run)
  const [first] = group
  if (action?.performBatch === undefined || first === undefined) return []
  const core = actionsCore()
  const shared = bundleOf(action, { ...run, event: first.event }, first.payload, signal)
  const { syncMode } = shared
  const bundle = {
    ...shared,
    rawData: group.map(({ event }) => event),
    payload: group.map(({ payload }) => payload),
    audienceMembership: group.map(({ event }) => core.resolveAudienceMembership(event as never, syncMode as never)),
    wait: (ms: number) => waitFor(run.http, ms, signal),
  }
  const client = clientFor(run, shared, run.http, null)
  if (!(client instanceof RecordingClient)) return group.map(({ payload }) => failed(client, payload))
  let result: unknown
  let whole: Outcome
  try {
    result = await action.performBatch(client.request, bundle as never)
    whole = client.lastOutcome ?? NOTHING_TO_SEND
  } catch (error) {
    whole = signal.aborted ? { kind: 'ambiguous', reason: 'ETIMEDOUT' } : outcomeOfError(error, client.lastOutcome)
  }
  const secrets = secretsOf(run.definition, run.settings)
  const request = client.last && secrets.maskRequest(client.last)
  const ends = endsIn(result, group.length)
  return group.map(({ payload }, at): BatchResult => {
    const outcome = ends?.[at] ?? (isRefusedAsAWhole(whole, group.length) ? 'alone' : whole)
    return outcome === 'alone' ? 'alone' : { outcome, request, payload, frozen: { payload, request: null } }
  })
}

/** What the definition says about each event; undefined where it says nothing about them one by one. */
function endsIn(result: unknown, count: number): readonly (Outcome | 'alone')[] | undefined {
  if (isEnds(result)) return result.map((end) => (end === 'alone' ? 'alone' : NOTHING_TO_SEND))
  const { responses } = Object(result)
  if (!Array.isArray(responses) || !responses.some((each) => typeof each?.value === 'function')) return undefined
  return Array.from({ length: count }, (_, at): Outcome => {
    const value = responses[at]?.value?.()
    const { status, errormessage } = Object(value)
    if (typeof status !== 'number') {
      // As in the framework: an event that the definition says nothing about has failed, and may be tried again.
      return answered(500, 'The destination said nothing about this event.')
    }
    return status >= 400 ? answered(status, String(errormessage ?? '')) : NOTHING_TO_SEND
  })
}

function isEnds(result: unknown): result is readonly BatchEnd[] {
  return Array.isArray(result) && result.every((end) => end === 'delivered' || end === 'alone')
}

function answered(status: number, body: string): Outcome {
  return { kind: 'answered', status, headers: {}, body, truncated: false }
}

/** Statuses that say nothing about the events: the credentials are wrong, or it is not the time. */
const NOT_ABOUT_EVENTS: ReadonlySet<number> = new Set([401, 402, 403, 408, 423, 425, 429])

/** One bad event must not make dead letters of the others: each is sent by itself and gets its own verdict. */
function isRefusedAsAWhole(whole: Outcome, count: number): boolean {
  if (count === 1) return false
  if (whole.kind === 'invalid' || whole.kind === 'unmapped') return true
  return whole.kind === 'answered' && whole.status >= 400 && whole.status < 500 && !NOT_ABOUT_EVENTS.has(whole.status)
}

function waitFor({ clock }: HttpClient, ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      timer.cancel()
      reject(signal.reason)
    }
    const timer = clock.after(ms, () => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    })
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
