/**
 * What the updates of a step come to for each delivery, for a database that is told in batches. Pure. Taking effect in
 * order, a spill or retry before an end shows in nothing but the status, and whatever follows an end is ignored.
 */
import type { DeliveryUpdate } from './port.ts'
import { idText } from './step.ts'

export type Retry = Extract<DeliveryUpdate, { kind: 'retry' }>
export type End = Extract<DeliveryUpdate, { kind: 'end' }>
export type Spill = Extract<DeliveryUpdate, { kind: 'spill' }>

export interface Collapsed {
  /** At most one of a delivery; `end.status` is that of an earlier retry where it had none. */
  readonly ends: readonly End[]
  /** At most one of a delivery, and none of one that ends. */
  readonly retries: readonly Retry[]
  readonly spills: readonly Spill[]
}

/** All in (position, route) order: neighbours in the log are neighbours on disk. */
export function collapseUpdates(updates: readonly DeliveryUpdate[]): Collapsed {
  const ends = new Map<string, End>()
  const retries = new Map<string, Retry>()
  const spills = new Map<string, Spill>()
  for (const update of updates) {
    const id = idText(update)
    if (ends.has(id)) continue
    if (update.kind === 'spill') spills.set(id, update)
    else if (update.kind === 'retry') retries.set(id, mergeRetries(retries.get(id), update))
    else {
      ends.set(id, { ...update, status: update.status ?? retries.get(id)?.status ?? null })
      retries.delete(id)
      spills.delete(id)
    }
  }
  return { ends: inOrder(ends), retries: inOrder(retries), spills: inOrder(spills) }
}

function mergeRetries(earlier: Retry | undefined, later: Retry): Retry {
  if (earlier === undefined) return later
  const { firstAttemptAtMs, pausedMsAtFirst } = earlier
  return { ...later, firstAttemptAtMs, pausedMsAtFirst, frozen: earlier.frozen ?? later.frozen }
}

function inOrder<T extends DeliveryUpdate>(updates: ReadonlyMap<string, T>): readonly T[] {
  return [...updates.values()].sort((a, b) => a.position - b.position || a.route - b.route)
}
