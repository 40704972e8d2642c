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
  const own = isObject(input.context) ? input.context : undefined
  const integrations = isObject(input.integrations) ? input.integrations : undefined
  // One literal: an object that grows key by key takes JSON.stringify a microsecond longer.
  const event: Record<string, unknown> = {
    ...(hasFieldToDrop(input) ? withoutDropped(input) : input),
    type,
    context: contextWithIp(shared?.context === undefined ? (own ?? {}) : { ...shared.context, ...own }, context),
    integrations:
      shared?.integrations === undefined ? (integrations ?? {}) : { ...shared.integrations, ...integrations },
    timestamp: time.timestamp,
    originalTimestamp: time.originalTimestamp,
    sentAt: time.sentAt,
    receivedAt: context.receivedAt,
    channel: context.channel,
    projectId: context.sourceId,
    version: 2,
  }
  event.messageId ??= context.newMessageId()
  if (type === 'identify' || type === 'group') event.traits ??= {}
  else if (type !== 'alias') event.properties ??= {}

  const hasBadContainer =
    (own === undefined && input.context != null) || (integrations === undefined && input.integrations != null)
  if (warnings === undefined && time.warning === undefined && !hasBadContainer && shared === undefined) {
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
const NOT_KEPT = ['writeKey', '_warnings'] as const
/** Several SDKs write `null` for what they do not know. */
const NULL_IS_ABSENT = [
  ...(['messageId', 'userId', 'anonymousId', 'groupId', 'previousId'] as const),
  ...(['event', 'name', 'category', 'properties', 'traits'] as const),
] as const

function hasFieldToDrop(input: JsonObject): boolean {
  for (const key of NOT_KEPT) if (input[key] !== undefined) return true
  for (const key of NULL_IS_ABSENT) if (input[key] === null) return true
  return false
}

function withoutDropped(input: JsonObject): JsonObject {
  const kept: Record<string, unknown> = { ...input }
  for (const key of NOT_KEPT) Reflect.deleteProperty(kept, key)
  for (const key of NULL_IS_ABSENT) if (kept[key] === null) Reflect.deleteProperty(kept, key)
  return kept
}

/** The sender's address belongs to what browsers and phones send, and to what a server asks it for. */
function contextWithIp(merged: JsonObject, { ip, channel }: RequestContext): JsonObject {
  if (ip === undefined || merged.ip != null) return merged
  return channel === 'client' || merged.direct === true ? { ...merged, ip } : merged
}

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
