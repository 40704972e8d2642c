/**
 * The default program (contract 14): which events count, what is kept of them, and which repeats are one event.
 * Pure: `events.ts` reads and writes.
 */
import { textOf } from './json.ts'

/** PUBLIC: anyone; PRIVATE: the person and the brand; CLIENT: the brand only (contract 7.2). */
export type Scope = 'PUBLIC' | 'PRIVATE' | 'CLIENT'
export const SCOPES: readonly Scope[] = ['PUBLIC', 'PRIVATE', 'CLIENT']

/** What a captured field is beside data (contract 6.3). */
export type KeyType = 'NONE' | 'VALUE' | 'PARTNER_PROFILE_KEY' | 'PARTNER_EVENT_KEY' | 'UNIQUE_PARTNER_EVENT_KEY'

export interface CapturedField {
  readonly name: string
  readonly scope: Scope
  readonly keyType?: KeyType
  readonly persist: readonly ('STEP' | 'PROFILE')[]
}

export interface BusinessEvent {
  /** Also the name of the step it produces. */
  readonly name: string
  /** Compared with the inbound name without regard to case, and by nothing else (contract 6.2). */
  readonly inputs: readonly string[]
  readonly fields: readonly CapturedField[]
  /** Where keys that are not declared go: identify makes them PUBLIC profile data, the others keep them on the step. */
  readonly rest: 'PROFILE' | 'STEP'
}

const person = (name: string, scope: Scope): CapturedField => ({ name, scope, persist: ['PROFILE', 'STEP'] })
const STANDARD = [person('email', 'PRIVATE'), person('first_name', 'PUBLIC'), person('last_name', 'PRIVATE')]
const partnerUserId = (keyType: KeyType): CapturedField => ({ ...person('partner_user_id', 'PRIVATE'), keyType })
const conversionId = (keyType: KeyType): CapturedField => ({
  name: 'partner_conversion_id',
  scope: 'PRIVATE',
  keyType,
  persist: ['STEP'],
})

/** `share` is an addition of this sandbox: it is what makes "Extole as a Segment source" send `referred`. */
export const PROGRAM: readonly BusinessEvent[] = [
  {
    name: 'identify',
    inputs: ['identify'],
    fields: [...STANDARD, partnerUserId('PARTNER_PROFILE_KEY')],
    rest: 'PROFILE',
  },
  {
    name: 'registration',
    inputs: ['registration'],
    fields: [...STANDARD, partnerUserId('UNIQUE_PARTNER_EVENT_KEY')],
    rest: 'STEP',
  },
  {
    name: 'conversion',
    inputs: ['conversion'],
    fields: [
      ...STANDARD,
      partnerUserId('PARTNER_PROFILE_KEY'),
      conversionId('UNIQUE_PARTNER_EVENT_KEY'),
      { name: 'cart_value', scope: 'PRIVATE', keyType: 'VALUE', persist: ['STEP'] },
    ],
    rest: 'STEP',
  },
  {
    name: 'shipped',
    inputs: ['shipped'],
    fields: [...STANDARD, partnerUserId('PARTNER_PROFILE_KEY'), conversionId('PARTNER_EVENT_KEY')],
    rest: 'STEP',
  },
  {
    name: 'share',
    inputs: ['share'],
    fields: [...STANDARD, partnerUserId('PARTNER_PROFILE_KEY')],
    rest: 'STEP',
  },
]

/** Names by which `GET /v5/persons?person_keys=` searches and `/v5/persons/partner-keys` lists. */
export const PARTNER_KEYS: readonly string[] = ['partner_user_id', 'partner_conversion_id']
/** Keys that find a person; a unique event key does too when nothing stronger is there (contract 5.1). */
export const PROFILE_KEY = 'partner_user_id'
export const EVENT_KEY = 'partner_conversion_id'

/** Routing words that are never stored as data (contract 14). */
export const RESERVED: ReadonlySet<string> = new Set([
  'labels',
  'required_labels',
  'container',
  'event_time',
  'app_type',
  'person_id',
])

const byInput = new Map(PROGRAM.flatMap((event) => event.inputs.map((input) => [input.toLowerCase(), event] as const)))

/** The business event that listens for this (possibly renamed) event name. */
export function listenerOf(eventName: string): BusinessEvent | undefined {
  return byInput.get(eventName.toLowerCase())
}

export interface Captured {
  readonly name: string
  readonly scope: Scope
  readonly value: unknown
}

export interface Capture {
  readonly profile: readonly Captured[]
  readonly step: readonly Captured[]
  /** Values that make two events one. An event without a value for its key is never a duplicate. */
  readonly uniqueKeys: readonly { readonly name: string; readonly value: string }[]
  /** The numeric value of the step, or undefined when it cannot be read as a decimal. */
  readonly value: number | undefined
}

/** An event nobody listens for still brings the standard identity fields to the profile (contract 14). */
const UNHEARD: readonly CapturedField[] = [...STANDARD, partnerUserId('PARTNER_PROFILE_KEY')]

/**
 * What to keep of an event's data. `ignoreUnmapped` is the strict reading in which Extole drops traits it has no
 * mapping for (contract 13, row 5).
 */
export function capture(
  event: BusinessEvent | undefined,
  data: ReadonlyMap<string, unknown>,
  ignoreUnmapped: boolean,
): Capture {
  const profile: Captured[] = []
  const step: Captured[] = []
  const uniqueKeys: { name: string; value: string }[] = []
  let value: number | undefined
  const fields = event?.fields ?? UNHEARD
  for (const field of fields) {
    const given = data.get(field.name)
    if (given === undefined) continue
    const captured = { name: field.name, scope: field.scope, value: given }
    if (field.persist.includes('PROFILE')) profile.push(captured)
    if (field.persist.includes('STEP')) step.push(captured)
    const text = textOf(given)
    if (field.keyType === 'UNIQUE_PARTNER_EVENT_KEY' && text !== undefined)
      uniqueKeys.push({ name: field.name, value: text })
    if (field.keyType === 'VALUE' && text !== undefined) value = decimalOf(text)
  }
  if (event !== undefined && !ignoreUnmapped) {
    for (const [name, given] of data) {
      if (RESERVED.has(name) || fields.some((field) => field.name === name)) continue
      if (event.rest === 'PROFILE') profile.push({ name, scope: 'PUBLIC', value: given })
      else step.push({ name, scope: 'PRIVATE', value: given })
    }
  }
  return { profile, step, uniqueKeys, value }
}

/** `99.99` in any of the forms guides show; anything else has no value. */
export function decimalOf(text: string): number | undefined {
  return /^-?\d{1,15}(\.\d{1,9})?$/.test(text.trim()) ? Number(text) : undefined
}
