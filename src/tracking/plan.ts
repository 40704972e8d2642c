/** What of a request goes into the log. Pure: time and fresh ids are in the context. */
import type { NewRecord } from '../log/index.ts'
import {
  BATCH_EVENTS_MAX,
  isJsonObject,
  type Normalised,
  normalise,
  RefusalTally,
  type RequestContext,
  type Warning,
} from '../spec/index.ts'
import type { Suppression } from './deps.ts'

export interface IngestPlan {
  /** The accepted events in order, then the report about the others if there are any. Empty: nothing to store. */
  readonly records: readonly NewRecord[]
  readonly accepted: number
  readonly tally: RefusalTally
  readonly warnings: ReadonlyMap<Warning, number>
  /** Events that named another write key than their request. */
  readonly foreignKeys: number
}

export interface PlanOptions {
  /** The key that the request was let in by. */
  readonly writeKey: string
  readonly suppression: Suppression | undefined
  /** Bytes of JSON that may be stored. What a batch shares is stored with each event, so that a small one can grow. */
  readonly storedBytesMax: number
}

export function planIngest(items: readonly unknown[], context: RequestContext, options: PlanOptions): IngestPlan {
  const { sourceId } = context
  const records: NewRecord[] = []
  const tally = new RefusalTally()
  const warnings = new Map<Warning, number>()
  let foreignKeys = 0
  let storedBytes = 0
  const seen = Math.min(items.length, BATCH_EVENTS_MAX)
  for (let index = 0; index < seen; index++) {
    const item = items[index]
    if (isJsonObject(item) && item.writeKey !== undefined && item.writeKey !== options.writeKey) foreignKeys++
    const result = normalise(item, context)
    if (options.suppression !== undefined && isSuppressed(item, result, sourceId, options.suppression)) {
      tally.suppress()
      continue
    }
    if (!result.ok) {
      tally.reject(result.reason, item)
      continue
    }
    const body = Buffer.from(JSON.stringify(result.event))
    storedBytes += body.length
    if (storedBytes > options.storedBytesMax) {
      tally.rejectUnseen('batch_overflow', seen - index)
      break
    }
    records.push({ kind: 'event', sourceId, body })
    for (const warning of result.warnings) warnings.set(warning, (warnings.get(warning) ?? 0) + 1)
  }
  tally.rejectUnseen('batch_overflow', items.length - seen)
  const accepted = records.length
  const report = tally.report(context.receivedAt)
  if (report !== undefined) records.push({ kind: 'rejected', sourceId, body: Buffer.from(JSON.stringify(report)) })
  return { records, accepted, tally, warnings, foreignKeys }
}

/** Refused events are looked at as well: the report would keep a sample of them. */
function isSuppressed(item: unknown, result: Normalised, sourceId: string, suppression: Suppression): boolean {
  if (result.ok) {
    const { userId, anonymousId, timestamp } = result.event
    return suppression.covers({ sourceId, userId, anonymousId, timestamp })
  }
  if (!isJsonObject(item)) return false
  const userId = typeof item.userId === 'string' ? item.userId : undefined
  const anonymousId = typeof item.anonymousId === 'string' ? item.anonymousId : undefined
  return suppression.covers({ sourceId, userId, anonymousId, timestamp: undefined })
}
