/**
 * What a replay selects: stored as JSON beside it, read again after a restart. Nothing in it names a person; their lane
 * stands for them.
 */
import type { EventType, NormalisedEvent } from '../spec/index.ts'

export interface ReplaySelection {
  /** Number of a mapping. */
  readonly mapping?: number
  /** Why they are dead letters; dead letters only. */
  readonly reasons?: readonly string[]
  /** One person's. */
  readonly lane?: number
  /** Those events only, by their positions in the log. */
  readonly positions?: readonly number[]
  /** Name of a track. */
  readonly event?: string
  readonly type?: EventType
  /** Received at or after, and before: Unix ms. */
  readonly fromMs?: number
  readonly toMs?: number
  /** Events up to here: what came after the replay was asked for is not history. */
  readonly untilPosition: number
  /** Dead letters that were such at this Unix ms: what dies while the replay runs is not part of it. */
  readonly diedByMs: number
}

export function parseSelection(json: string): ReplaySelection {
  return JSON.parse(json) as ReplaySelection
}

/** Whether the event itself must be read to tell. */
export function asksForEvent({ event, type, fromMs, toMs }: ReplaySelection): boolean {
  return event !== undefined || type !== undefined || fromMs !== undefined || toMs !== undefined
}

export function selectsEvent(selection: ReplaySelection, event: NormalisedEvent): boolean {
  const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = selection
  if (selection.event !== undefined && event.event !== selection.event) return false
  if (selection.type !== undefined && event.type !== selection.type) return false
  const receivedAtMs = Date.parse(event.receivedAt)
  return receivedAtMs >= fromMs && receivedAtMs < toMs
}
