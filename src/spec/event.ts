import type { Warning } from './reasons.ts'

export const EVENT_TYPES = ['identify', 'track', 'page', 'screen', 'group', 'alias'] as const
export type EventType = (typeof EVENT_TYPES)[number]

/** Who sent an event: a browser or a phone, or a server. Decided by the path it was posted to. */
export type Channel = 'client' | 'server'

export type JsonObject = { readonly [key: string]: unknown }

/**
 * One event as the log holds it and everything behind the log reads it (Segment's Spec, common fields). Fields that the
 * Spec does not know are kept; `writeKey` is not. An id, name or container that was sent as `null` is absent.
 */
export interface NormalisedEvent {
  readonly type: EventType
  /** 1 to 100 characters. Made by the server when the sender had none. */
  readonly messageId: string
  /** 1 to 500 characters. At least one of `userId` and `anonymousId` is there. */
  readonly userId?: string
  readonly anonymousId?: string
  readonly groupId?: string
  readonly previousId?: string
  /** The name of a `track` call; never empty there. */
  readonly event?: string
  /** There on `track`, `page` and `screen`, if only as `{}`. */
  readonly properties?: JsonObject
  /** There on `identify` and `group`, if only as `{}`. */
  readonly traits?: JsonObject
  readonly name?: string
  readonly category?: string
  readonly context: JsonObject
  readonly integrations: JsonObject
  /** When it happened by the server's clock: ISO 8601, UTC, milliseconds, years 0000 to 9999. */
  readonly timestamp: string
  /** When it happened by the sender's clock, as sent; where that was not readable, `sentAt`. */
  readonly originalTimestamp: string
  /** When it was sent by the sender's clock, as sent; where that was not readable, `receivedAt`. */
  readonly sentAt: string
  /** When it arrived: ISO 8601, UTC, milliseconds. One value for all events of a request. */
  readonly receivedAt: string
  readonly channel: Channel
  /** Id of the source. */
  readonly projectId: string
  readonly version: 2
  /** What was mended on the way in, for the source debugger. Absent when nothing was. Not for destinations. */
  readonly _warnings?: readonly Warning[]
  readonly [field: string]: unknown
}

/** Tells one user's events from another's: ids of the two kinds never meet. Order is kept per key. */
export type UserKey = `u:${string}` | `a:${string}`

/** `userId` if there is one, else `anonymousId`. */
export function userKeyOf(event: Pick<NormalisedEvent, 'userId' | 'anonymousId'>): UserKey {
  return event.userId === undefined ? `a:${event.anonymousId ?? ''}` : `u:${event.userId}`
}

export function isEventType(value: unknown): value is EventType {
  return typeof value === 'string' && TYPE_SET.has(value)
}

const TYPE_SET: ReadonlySet<string> = new Set(EVENT_TYPES)
