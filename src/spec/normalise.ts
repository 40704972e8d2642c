/**
 * From what a sender posted to what the log keeps: every check and every repair of the reliability contract 4.2. Pure; the
 * clock's reading and fresh ids come in with the context. It works on the parsed value itself: the caller gives it away.
 */
import { type Channel, type EventType, isEventType, type JsonObject, type NormalisedEvent } from './event.ts'
import { inspect } from './inspect.ts'
import { EVENT_BYTES_MAX, ID_CHARS_MAX, MESSAGE_ID_CHARS_MAX, PROPERTIES_MAX } from './limits.ts'
import type { RejectReason, Warning } from './reasons.ts'
import { repair, truncateProperties } from './repair.ts'
import type { SharedFields } from './shared.ts'
import { correctTime } from './time.ts'

/** What is known about a request, for all of its events. */
export interface RequestContext {
  readonly receivedAtMs: number
  /** `receivedAtMs` as ISO 8601 in UTC with milliseconds. */
  readonly receivedAt: string
  readonly channel: Channel
  /** IPv4 address of the sender, if known. Put on client events, and on server events with `context.direct: true`. */
  readonly ip?: string | undefined
  readonly sourceId: string
  /** `sentAt` of the batch; it wins over one on the event. */
  readonly sentAt?: unknown
  /** What the batch shares with its events. */
  readonly shared?: SharedFields | undefined
  /** The type that the path stands for, where the event names none. */
  readonly defaultType?: EventType | undefined
  /** What `textMayNeedRepair` said about the request's text; true where there was none. */
  readonly checkStrings: boolean
  /** Makes an id for an event that came without one: 1 to 100 characters, never twice the same. */
  readonly newMessageId: () => string
  /** Default `EVENT_BYTES_MAX`. */
  readonly eventBytesMax?: number
}

export type Normalised =
  | { readonly ok: true; readonly event: NormalisedEvent; readonly warnings: readonly Warning[] }
  | { readonly ok: false; readonly reason: RejectReason }

/**
 * Several reasons may apply to an event; the first in this order counts: depth, shape, size, type, ids, messageId, then
 * what belongs to the type.
 */
export function normalise(input: unknown, context: RequestContext): Normalised {
  const inspection = inspect(input, context.checkStrings)
  if (inspection.isTooDeep) return TOO_DEEP
  if (!isObject(input)) return BAD_REQUEST
  const { shared } = context
  if (shared !== undefined && !shared.ok) return rejected(shared.reason)
  const bytesMax = context.eventBytesMax ?? EVENT_BYTES_MAX
  if (inspection.bytesBound > bytesMax && jsonBytes(input) > bytesMax) return rejected('event_too_large')
  let warnings: Set<Warning> | undefined
  if (inspection.needsRepair || inspection.keys > PROPERTIES_MAX) {
    warnings = new Set()
    if (inspection.needsRepair) repair(input, warnings)
    truncateProperties(input, warnings)
  }

  const type = input.type ?? context.defaultType
  if (!isEventType(type)) return BAD_REQUEST
  const reason = reasonAgainst(input, type)
  if (reason !== undefined) return rejected(reason)

  const time = correctTime(
    input.timestamp ?? input.originalTimestamp,
    context.sentAt ?? input.sentAt,
    context.receivedAtMs,
    context.receivedAt,
  )
  const event: Record<string, unknown> = {}
  for (const key in input) {
    const value = input[key]
    if (value === null && NULL_IS_ABSENT.has(key)) continue
    if (!NOT_KEPT.has(key)) event[key] = value
  }
  event.type = type
  event.messageId ??= context.newMessageId()
  if (type === 'identify' || type === 'group') event.traits ??= {}
  else if (type !== 'alias') event.properties ??= {}

  let hasBadContainer = false
  let own: JsonObject | undefined
  if (isObject(input.context)) own = input.context
  else if (input.context != null) hasBadContainer = true
  let merged: JsonObject = shared?.context === undefined ? (own ?? {}) : { ...shared.context, ...own }
  if (context.ip !== undefined && merged.ip == null && (context.channel === 'client' || merged.direct === true)) {
    merged = { ...merged, ip: context.ip }
  }
  event.context = merged
  let integrations: JsonObject | undefined
  if (isObject(input.integrations)) integrations = input.integrations
  else if (input.integrations != null) hasBadContainer = true
  event.integrations =
    shared?.integrations === undefined ? (integrations ?? {}) : { ...shared.integrations, ...integrations }

  event.timestamp = time.timestamp
  event.originalTimestamp = time.originalTimestamp
  event.sentAt = time.sentAt
  event.receivedAt = context.receivedAt
  event.channel = context.channel
  event.projectId = context.sourceId
  event.version = 2

  if (
    warnings === undefined &&
    time.warning === undefined &&
    !hasBadContainer &&
    shared?.warnings.length === undefined
  ) {
    return { ok: true, event: event as NormalisedEvent, warnings: NO_WARNINGS }
  }
  const all = new Set([...(shared?.warnings ?? []), ...(warnings ?? [])])
  if (hasBadContainer) all.add('context_invalid')
  if (time.warning !== undefined) all.add(time.warning)
  const list = [...all]
  if (list.length > 0) event._warnings = list
  return { ok: true, event: event as NormalisedEvent, warnings: list }
}

/** Bytes of the value's JSON as UTF-8. Only for values that are not too deep. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const NO_WARNINGS: readonly Warning[] = []
/** `writeKey` is a credential; `_warnings` is ours to write. */
const NOT_KEPT: ReadonlySet<string> = new Set(['writeKey', '_warnings'])
/** Several SDKs write `null` for what they do not know. */
const NULL_IS_ABSENT: ReadonlySet<string> = new Set([
  'messageId',
  'userId',
  'anonymousId',
  'groupId',
  'previousId',
  'event',
  'name',
  'category',
  'properties',
  'traits',
])

const BAD_REQUEST = { ok: false, reason: 'bad_request' } as const
const TOO_DEEP = { ok: false, reason: 'too_deep' } as const

function rejected(reason: RejectReason): Normalised {
  return { ok: false, reason }
}

function reasonAgainst(input: JsonObject, type: EventType): RejectReason | undefined {
  const { userId, anonymousId } = input
  const idReason =
    reasonAgainstId(userId) ??
    reasonAgainstId(anonymousId) ??
    reasonAgainstId(input.groupId) ??
    reasonAgainstId(input.previousId)
  if (idReason !== undefined) return idReason
  if (userId == null && anonymousId == null) return 'no_user_anon_id'
  const { messageId } = input
  if (
    messageId != null &&
    (typeof messageId !== 'string' || messageId === '' || isLonger(messageId, MESSAGE_ID_CHARS_MAX))
  ) {
    return 'message_id_invalid'
  }
  if (type === 'track') {
    const name = input.event
    if (name == null || name === '') return 'event_not_defined'
    if (typeof name !== 'string') return 'event_not_string'
  }
  if (input.properties != null && !isObject(input.properties)) return 'properties_not_object'
  if (input.traits != null && !isObject(input.traits)) return 'traits_not_object'
  if (type === 'page' || type === 'screen') {
    if (input.name != null && typeof input.name !== 'string') return 'name_not_string'
    if (input.category != null && typeof input.category !== 'string') return 'category_not_string'
  }
  return undefined
}

function reasonAgainstId(id: unknown): RejectReason | undefined {
  if (id == null) return undefined
  if (typeof id !== 'string' || id === '') return 'id_not_string'
  return isLonger(id, ID_CHARS_MAX) ? 'id_too_long' : undefined
}

function isLonger(text: string, charsMax: number): boolean {
  if (text.length <= charsMax) return false
  if (text.length > 2 * charsMax) return true
  let chars = 0
  for (const _ of text) chars++
  return chars > charsMax
}
