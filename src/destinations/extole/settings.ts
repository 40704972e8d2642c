/**
 * Settings of an Extole Platform instance, and how they are read. Segment's settings are single values, so what is a
 * list or a table is written as text there; the same settings are also accepted as JSON values.
 */
import type { GlobalSetting } from '@segment/actions-core'
import type { Settings } from '../definition.ts'

export const API_BASE_URL_DEFAULT = 'https://api.extole.io'
/** A call each is quick for fewer. */
export const BULK_THRESHOLD_DEFAULT = 200

export interface ExtoleSettings {
  readonly apiKey: string
  /** For deletions and files; without it `apiKey` is used. */
  readonly adminApiKey: string
  /** Whether it was entered. */
  readonly hasAdminApiKey: boolean
  /** Without a slash at the end. */
  readonly apiBaseUrl: string
  readonly eventsBaseUrl: string
  /** Segment's event name to Extole's. */
  readonly eventNames: ReadonlyMap<string, string>
  readonly publicTraits: TraitRule
  readonly trackEventName: 'name' | 'wrapped'
  readonly container: string | null
  /** Whether a conversion without an id of its own gets one made of the message's. */
  readonly derivesConversionId: boolean
  /** Identifies that must be due at once to go as one job of a file and a batch; infinite for never. */
  readonly bulkThreshold: number
  /** Whether calls go to the endpoint that answers with the person's id. */
  readonly isSync: boolean
}

/** Which traits go to the profile, where they are world-readable. */
export interface TraitRule {
  /** Null allows all that are not denied. */
  readonly allow: ReadonlySet<string> | null
  readonly deny: ReadonlySet<string>
}

export const extoleFields: Record<string, GlobalSetting> = {
  apiKey: {
    type: 'password',
    label: 'API Key',
    description: 'An access token that may send events. Create one in the Tech Center (Security Center) of My Extole.',
    required: true,
  },
  adminApiKey: {
    type: 'password',
    label: 'Admin API Key',
    description:
      'An access token with the scope CLIENT_ADMIN, for deletions and bulk loads. Without it deletions use the API Key.',
  },
  apiBaseUrl: {
    type: 'string',
    label: 'API URL',
    description: 'Where Extole is called.',
    default: API_BASE_URL_DEFAULT,
  },
  eventsBaseUrl: {
    type: 'string',
    label: 'Events URL',
    description: 'Where events are sent, if not to the API URL.',
  },
  eventNames: {
    type: 'string',
    label: 'Event Names',
    description:
      'Sends an event under another name. One per line: Signed Up = registration. Events that are not listed keep theirs.',
  },
  publicTraits: {
    type: 'string',
    label: 'Public Traits',
    description:
      'Traits beside the standard ones become public parameters. Names listed here, separated by commas or lines, are sent and no others; a name with a minus sign before it is never sent.',
  },
  trackEventName: {
    type: 'string',
    label: 'Track Event Name',
    description: 'Whether a track call is sent under its own name or as an event "track" that carries the name.',
    choices: [
      { value: 'name', label: 'Its own name' },
      { value: 'wrapped', label: 'track' },
    ],
    default: 'name',
  },
  container: {
    type: 'string',
    label: 'Container',
    description: 'The container that events go to, for example test. Extole uses production when it is empty.',
  },
  deriveConversionId: {
    type: 'boolean',
    label: 'Derive Conversion Id',
    description:
      'Gives a conversion without a partner_conversion_id one made of its message id, so that a repeat counts once.',
    default: false,
  },
  bulkThreshold: {
    type: 'number',
    label: 'Bulk Threshold',
    description:
      'With an Admin API Key: from so many waiting identifies on they are sent as one file and batch instead of one call each. 0 sends every one by itself.',
    default: BULK_THRESHOLD_DEFAULT,
  },
  ignoreExtoleSource: {
    type: 'boolean',
    label: 'Ignore Calls From Extole',
    description:
      "Drops calls that Extole itself sent as a Segment source, so that they do not go round in a circle. They are known by the kind of their source, extole, or by their context's library or integration.",
    default: true,
  },
  ambiguous: {
    type: 'string',
    label: 'Unanswered Events',
    description: 'What to do with an event without a unique key when no answer came: send it again, or hold it.',
    choices: [
      { value: 'retry', label: 'Send it again' },
      { value: 'hold', label: 'Hold it' },
    ],
    default: 'retry',
  },
}

const parsedSettings = new WeakMap<Settings, ExtoleSettings>()

/** Reads an instance's settings, once for each settings object. */
export function extoleSettings(settings: Settings): ExtoleSettings {
  const known = parsedSettings.get(settings)
  if (known) return known
  const apiBaseUrl = baseUrl(settings['apiBaseUrl']) ?? API_BASE_URL_DEFAULT
  const apiKey = text(settings['apiKey']) ?? ''
  const parsed: ExtoleSettings = {
    apiKey,
    adminApiKey: text(settings['adminApiKey']) ?? apiKey,
    hasAdminApiKey: text(settings['adminApiKey']) !== null,
    apiBaseUrl,
    eventsBaseUrl: baseUrl(settings['eventsBaseUrl']) ?? apiBaseUrl,
    eventNames: parseEventNames(settings['eventNames']),
    publicTraits: parsePublicTraits(settings['publicTraits']),
    trackEventName: settings['trackEventName'] === 'wrapped' ? 'wrapped' : 'name',
    container: text(settings['container']),
    derivesConversionId: settings['deriveConversionId'] === true,
    bulkThreshold: bulkThreshold(settings),
    isSync: settings[SYNC_SETTING] === true,
  }
  parsedSettings.set(settings, parsed)
  return parsed
}

/** Not offered to people: set for an event tester's calls. */
export const SYNC_SETTING = 'isSync'

/** What is wrong with settings, in words for the person who typed them. */
export function extoleSettingsProblems(settings: Settings): { field: string; message: string }[] {
  const problems: { field: string; message: string }[] = []
  for (const field of ['apiBaseUrl', 'eventsBaseUrl']) {
    const url = text(settings[field])
    if (url !== null && !isBaseUrl(url)) {
      problems.push({ field, message: 'must be a URL such as https://api.extole.io, without a query' })
    }
  }
  const { eventNames, publicTraits } = settings
  if (isBrokenJson(eventNames)) problems.push({ field: 'eventNames', message: 'is not valid JSON' })
  const lines = typeof eventNames === 'string' && !isJsonText(eventNames) ? eventNames.split('\n') : []
  const broken = lines.findIndex((line) => line.trim() !== '' && parseEventNames(line).size === 0)
  if (broken !== -1) problems.push({ field: 'eventNames', message: `line ${broken + 1} is not "Name = name"` })
  if (isBrokenJson(publicTraits)) problems.push({ field: 'publicTraits', message: 'is not valid JSON' })
  return problems
}

/** A bulk load needs a key of its own: one that may only send events would fail each time. */
function bulkThreshold(settings: Settings): number {
  if (text(settings['adminApiKey']) === null) return Number.POSITIVE_INFINITY
  const asked = settings['bulkThreshold'] ?? BULK_THRESHOLD_DEFAULT
  return typeof asked === 'number' && asked >= 1 ? asked : Number.POSITIVE_INFINITY
}

function isBaseUrl(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, search, hash, username, password } = new URL(url)
  return /^https?:$/.test(protocol) && search + hash + username + password === ''
}

/** Reads the event names table: an object of strings, the same as JSON text, or lines of `From = To`. */
export function parseEventNames(value: unknown): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  const table = typeof value === 'string' && isJsonText(value) ? parseJson(value) : value
  if (typeof table === 'object' && table !== null) {
    for (const [from, to] of Object.entries(table)) if (typeof to === 'string' && to !== '') names.set(from, to)
    return names
  }
  for (const line of typeof value === 'string' ? value.split('\n') : []) {
    const at = line.lastIndexOf('=')
    const from = line.slice(0, Math.max(0, at)).trim()
    const to = line.slice(at + 1).trim()
    if (at > 0 && from !== '' && to !== '') names.set(from, to)
  }
  return names
}

/** Reads the trait lists: `{allow?, deny?}`, the same as JSON text, or names of which those to deny begin with `-`. */
export function parsePublicTraits(value: unknown): TraitRule {
  const lists = typeof value === 'string' && isJsonText(value) ? parseJson(value) : value
  if (typeof lists === 'object' && lists !== null) {
    const { allow, deny } = lists as Record<string, unknown>
    return {
      allow: Array.isArray(allow) ? strings(allow) : null,
      deny: Array.isArray(deny) ? strings(deny) : new Set(),
    }
  }
  const names = (typeof value === 'string' ? value.split(/[,\n]/) : []).map((name) => name.trim()).filter(Boolean)
  const allowed = names.filter((name) => !name.startsWith('-'))
  const denied = names.filter((name) => name.startsWith('-')).map((name) => name.slice(1).trim())
  return { allow: allowed.length > 0 ? new Set(allowed) : null, deny: new Set(denied) }
}

export function isTraitSent(rule: TraitRule, name: string): boolean {
  return !rule.deny.has(name) && (rule.allow === null || rule.allow.has(name))
}

function strings(values: readonly unknown[]): Set<string> {
  return new Set(values.filter((value) => typeof value === 'string'))
}

function isJsonText(value: string): boolean {
  return value.trimStart().startsWith('{')
}

function isBrokenJson(value: unknown): boolean {
  return typeof value === 'string' && isJsonText(value) && parseJson(value) === null
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return null
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

function baseUrl(value: unknown): string | null {
  return text(value)?.replace(/\/+$/, '') ?? null
}
