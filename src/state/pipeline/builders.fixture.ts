/** Parts of steps with everything filled in. */
import type { DedupKey, DeliveryId, DeliveryUpdate, NewDelivery, OpenDelivery, PipelineStep } from './port.ts'

type Processed = NonNullable<PipelineStep['processed']>
type Retry = Extract<DeliveryUpdate, { kind: 'retry' }>
type End = Extract<DeliveryUpdate, { kind: 'end' }>

export const DAY_MS = 86_400_000
export const FIRST_DAY = 20_000
/** Before every delivery. */
export const NOTHING: DeliveryId = { position: 0, route: Number.MIN_SAFE_INTEGER }

export function aStep(parts: Partial<PipelineStep>): PipelineStep {
  return { updates: [], counts: [], runtimes: [], ...parts }
}

export function aProcessed(parts: Partial<Processed> & Pick<Processed, 'from' | 'to'>): Processed {
  const none = { accepted: [], routings: [], deliveries: [], cancelLanes: [] }
  return { ...none, tombstones: [], regulations: [], regulationTasks: [], ...parts }
}

/** A step of nothing but records. */
export const processed = (parts: Parameters<typeof aProcessed>[0]) => aStep({ processed: aProcessed(parts) })

export function delivery(parts: Partial<NewDelivery>): NewDelivery {
  return { position: 1, route: 1, instance: 1, lane: 3, ...parts }
}

/** As `open` answers it before the first attempt. */
export function anOpen(each: NewDelivery): OpenDelivery {
  const untried = { attempts: 0, firstAttemptAtMs: null, pausedMsAtFirst: 0, nextAttemptAtMs: 0 }
  return { ...each, ...untried, malformed: 0, frozen: null, replay: null }
}

/** The key with a number. It is the same on each day; `dayOffset` counts from FIRST_DAY. */
export function aKey(number: number, dayOffset = 0): DedupKey {
  // Spread over the key space, and not in the numbers' order.
  const key = Buffer.alloc(16, (number * 97) % 256)
  key.writeUInt32BE(number, 12)
  return { day: FIRST_DAY + dayOffset, key }
}

export function aRetry(each: NewDelivery, parts: Partial<Retry> = {}): Retry {
  const when = { firstAttemptAtMs: 1_000, pausedMsAtFirst: 10, nextAttemptAtMs: 2_000 }
  const what = { attempts: 1, malformed: 0, status: null, reason: 'timeout', frozen: null }
  return { ...each, ...when, ...what, ...parts, kind: 'retry' }
}

export function anEnd(each: NewDelivery, parts: Partial<End> = {}): End {
  const what = {
    state: 'delivered',
    attempts: 1,
    status: 200,
    reason: null,
    atMs: 5_000,
    detail: null,
    replay: null,
  } as const
  return { ...each, ...what, hasRetryRow: false, wasSpilled: false, ...parts, kind: 'end' }
}
