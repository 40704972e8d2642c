/**
 * Runs the `performBatch` of an Actions definition: many events in one go, with a result for each.
 *
 * What an event's fields were filled with is kept for its retries, as for a single attempt; the request is rendered
 * anew, since the events that share it differ from one time to the next.
 */
import type { RequestClient } from '@segment/actions-core'
import { actionsCore } from './actions-core.ts'
import type { Settings, Settling, Wait } from './definition.ts'
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
  /** Rejects when the time of the batch is over. */
  readonly wait: Wait
}

/** Bytes of the filled fields of one request, where the mapping does not say (`batch_bytes`). */
export const BATCH_BYTES_DEFAULT = 4 * 1024 ** 2

export interface BatchAttempt {
  /** One for each event, in the order given. */
  readonly results: readonly BatchResult[]
  /** What came of each request the events were sent with, in the order made. Empty where nothing was sent. */
  readonly requests: readonly Outcome[]
}

interface Filled {
  readonly index: number
  readonly event: object
  readonly payload: JsonObject
}

/** Does not throw. */
export async function runBatch(run: BatchRun): Promise<BatchAttempt> {
  const action = actionOf(run)
  const results: BatchResult[] = run.items.map(() => 'alone')
  const requests: Outcome[] = []
  if (action?.performBatch === undefined) return { results, requests }
  const filled: Filled[] = []
  for (const [index, { event, frozen }] of run.items.entries()) {
    const mapped = frozen?.payload ? { payload: frozen.payload } : mapEvent(action, { ...run, event })
    if ('problem' in mapped) results[index] = failed({ kind: 'unmapped', reason: mapped.problem }, null)
    else filled.push({ index, event, payload: mapped.payload })
  }
  await within(run.http, run.msMax, async (signal) => {
    for (const group of groupsOf(filled, run.mapping)) {
      const { ends, outcome } = await sendTogether(run, group, signal)
      for (const [at, { index }] of group.entries()) results[index] = ends[at] ?? 'alone'
      if (outcome !== null) requests.push(outcome)
    }
  })
  return { results, requests }
}

/** Runs a destination's `Settling`. Null: nothing is running there; else why that cannot be seen. Does not throw. */
export async function runSettling(run: {
  readonly definition: ActionRun['definition']
  readonly settings: Settings
  readonly settling: Settling
  readonly http: HttpClient
  readonly msMax: number
}): Promise<Outcome | null> {
  return within(run.http, run.msMax, async (signal) => {
    const bundle = { settings: run.settings, payload: {}, auth: {} as never, signal }
    const client = clientFor(run, bundle, run.http, null)
    if (!(client instanceof RecordingClient)) return client
    try {
      await run.settling.settle(client.request as RequestClient, run.settings, (ms) => waitFor(run.http, ms, signal))
      return null
    } catch (error) {
      return signal.aborted ? TIMED_OUT : outcomeOfError(error, client.lastOutcome)
    }
  })
}

const TIMED_OUT: Outcome = { kind: 'ambiguous', reason: 'ETIMEDOUT' }

async function within<T>({ clock }: HttpClient, ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = new AbortController()
  const timer = clock.after(ms, () => deadline.abort())
  try {
    return await work(deadline.signal)
  } finally {
    timer.cancel()
  }
}

/** Events that may share a request: of equal keys (`batch_keys`), and no more bytes than one may have (`batch_bytes`). */
function groupsOf(filled: readonly Filled[], mapping: ActionRun['mapping']): readonly (readonly Filled[])[] {
  const asked = Number(mapping['batch_bytes'])
  const bytesMax = asked >= 1 ? asked : BATCH_BYTES_DEFAULT
  const groups: Filled[][] = []
  for (const alike of Map.groupBy(filled, ({ payload }) => keyOf(mapping, payload)).values()) {
    let bytes = Number.POSITIVE_INFINITY
    for (const each of alike) {
      const own = Buffer.byteLength(JSON.stringify(each.payload))
      if (bytes + own > bytesMax) {
        groups.push([])
        bytes = 0
      }
      bytes += own
      groups.at(-1)?.push(each)
    }
  }
  return groups
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
): Promise<{ readonly ends: readonly BatchResult[]; readonly outcome: Outcome | null }> {
  const action = actionOf(run)
  const [first] = group
  if (action?.performBatch === undefined || first === undefined) return { ends: [], outcome: null }
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
  if (!(client instanceof RecordingClient))
    return { ends: group.map(({ payload }) => failed(client, payload)), outcome: null }
  let result: unknown
  let whole: Outcome
  try {
    result = await action.performBatch(client.request, bundle as never)
    whole = client.lastOutcome ?? NOTHING_TO_SEND
  } catch (error) {
    whole = signal.aborted ? TIMED_OUT : outcomeOfError(error, client.lastOutcome)
  }
  const secrets = secretsOf(run.definition, run.settings)
  const said = endsIn(result, group.length)
  const ends = group.map(({ payload }, at): BatchResult => {
    const outcome = said?.[at] ?? (isRefusedAsAWhole(whole, group.length) ? 'alone' : whole)
    if (outcome === 'alone') return 'alone'
    return {
      outcome,
      payload,
      frozen: { payload, request: null },
      // Made when it is looked at. What others said in the same request is theirs.
      get request() {
        return (
          client.first && {
            ...secrets.maskRequest(client.first),
            body: secrets.mask(JSON.stringify({ partOfBatch: payload })),
          }
        )
      },
    }
  })
  return { ends, outcome: client.first === null ? null : whole === NOTHING_TO_SEND ? null : whole }
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
