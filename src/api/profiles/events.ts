/** Events of a profile as the Profile API shows them. Pure. */
import type { StoredRecord } from '../../log/index.ts'
import type { NormalisedEvent } from '../../spec/index.ts'
import type { Collection, EventIds } from '../../unify/index.ts'

/** How far back events go where `start` does not say: Segment's 14 days. */
export const EVENTS_LOOKBACK_DAYS = 14

/** Calls that say that something happened. The others tell who somebody is. */
export const HAPPENING_TYPES: ReadonlySet<string> = new Set(['track', 'page', 'screen'])

export interface ShownEvent {
  readonly position: number
  readonly sourceId: string
  readonly atMs: number
  /** Of a page or screen its name; null where it has none. */
  readonly name: string | null
  readonly event: NormalisedEvent
}

export interface EventsWanted {
  /** Types of calls; undefined for all. */
  readonly types: ReadonlySet<string> | undefined
  /** Unix milliseconds; the first instant that counts. */
  readonly startMs: number
  /** The first instant that counts no more. */
  readonly endMs: number
  readonly include: ReadonlySet<string> | undefined
  readonly exclude: ReadonlySet<string> | undefined
}

/** Undefined for a record that is not asked for. */
export function shownEvent(record: StoredRecord, wanted: EventsWanted): ShownEvent | undefined {
  if (record.kind !== 'event') return undefined
  const event = JSON.parse(record.body) as NormalisedEvent
  if (wanted.types?.has(event.type) === false) return undefined
  const atMs = Date.parse(event.timestamp)
  const name = event.event ?? event.name ?? null
  if (atMs < wanted.startMs || atMs >= wanted.endMs) return undefined
  if (wanted.include !== undefined && (name === null || !wanted.include.has(name))) return undefined
  if (name !== null && wanted.exclude?.has(name)) return undefined
  return { position: record.position, sourceId: record.sourceId, atMs, name, event }
}

/** Oldest first. */
export const compareEvents = (a: ShownEvent, b: ShownEvent): number => a.atMs - b.atMs || a.position - b.position

/** @param owner number of the person whose event it is, null for nobody's */
export function eventAnswer({ sourceId, name, event }: ShownEvent, ids: EventIds, owner: number | null) {
  const { type, messageId, timestamp, properties = {}, context } = event
  const idsOf = (collection: Collection) =>
    ids[collection].map(({ type, value }) => ({ collection, type, id: value, encoding: 'none' }))
  return {
    external_ids: [...idsOf('users'), ...idsOf('accounts')],
    context,
    type,
    message_id: messageId,
    source_id: sourceId,
    timestamp,
    properties,
    event: name,
    related: owner === null ? {} : { users: `use_${owner}` },
  }
}
