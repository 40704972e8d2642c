/**
 * From a mapped call to the event that Extole gets. Pure. `extole.md` 4 and 13, the Segment page's tables.
 *
 * Names and types stay as they came: whatever is in `data` of an identify becomes a public parameter of the person's
 * profile under that name, so nothing of ours is added. What a call says explicitly, in Extole's own words, wins.
 */
import { hash } from 'node:crypto'
import { type ExtoleSettings, isTraitSent } from './settings.ts'

export interface ExtoleEvent {
  readonly event_name: string
  /** ISO 8601. */
  readonly event_time: string | number | undefined
  readonly data: Readonly<Record<string, unknown>>
}

/** Who a call is about, where traits or properties do not say so in Extole's words. */
export interface Person {
  readonly partner_user_id?: string
  readonly email?: string
  readonly first_name?: string
  readonly last_name?: string
}

export interface IdentifyPayload extends Person {
  readonly traits?: Readonly<Record<string, unknown>>
  readonly event_time?: string | number
}

export interface TrackPayload extends Person {
  readonly event_name: string
  /** Segment's id of the call. */
  readonly message_id?: string
  readonly properties?: Readonly<Record<string, unknown>>
  readonly event_time?: string | number
}

/** Segment's spelling of traits that have their own name at Extole. */
const RENAMED_TRAITS: ReadonlySet<string> = new Set(['firstName', 'lastName'])
const STANDARD_KEYS = ['partner_user_id', 'email', 'first_name', 'last_name'] as const

export function identifyEvent(payload: IdentifyPayload, settings: ExtoleSettings): ExtoleEvent {
  const data: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(payload.traits ?? {})) {
    if (RENAMED_TRAITS.has(name)) continue
    const isStandard = STANDARD_KEYS.includes(name as keyof Person)
    if (isStandard || isTraitSent(settings.publicTraits, name)) define(data, name, value)
  }
  fillIn(data, payload)
  return { event_name: 'identify', event_time: payload.event_time, data }
}

export function trackEvent(payload: TrackPayload, settings: ExtoleSettings): ExtoleEvent {
  const data: Record<string, unknown> = { ...payload.properties }
  fillIn(data, payload)
  const name = settings.eventNames.get(payload.event_name) ?? payload.event_name
  if (settings.derivesConversionId && name === 'conversion' && isSilent(data['partner_conversion_id'])) {
    if (payload.message_id !== undefined) data['partner_conversion_id'] = derivedId(payload.message_id)
  }
  if (settings.trackEventName === 'name') return { event_name: name, event_time: payload.event_time, data }
  return { event_name: 'track', event_time: payload.event_time, data: { ...data, event: name } }
}

/** Adds what is known of the person and is not said already. Null and '' say nothing. */
function fillIn(data: Record<string, unknown>, person: Person): void {
  for (const key of STANDARD_KEYS) {
    const known = person[key]
    if (isSilent(data[key]) && known !== undefined) data[key] = known
  }
}

function isSilent(said: unknown): boolean {
  return said === undefined || said === null || said === ''
}

/** Fits into the 38 characters that Extole's guides name as the limit. */
function derivedId(messageId: string): string {
  return hash('sha256', messageId, 'hex').slice(0, 32)
}

/** Also for a name like `__proto__`, which an assignment would not store. */
function define(data: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(data, name, { value, enumerable: true, configurable: true })
  else data[name] = value
}
