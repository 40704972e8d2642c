/**
 * Keeps credentials out of everything that is stored or shown. Reliability contract S13.
 *
 * Two forms are needed. People see `***`. A request that is kept for its retries has a mark where a credential stood,
 * so that a retry sends the same bytes with the credential of that moment. The marks are made of private-use
 * characters; a text that holds such characters of its own is refused, or an event could ask for a credential.
 */
import { type Settings, secretSettingsOf, type WithSettings } from './definition.ts'
import type { RenderedRequest } from './outcome.ts'

/** What people see in place of a credential. */
export const MASK = '***'
/** Shorter values are not looked for: they would be found in innocent text. */
export const SECRET_LENGTH_MIN = 6

const OPEN = '\uE0F0'
const CLOSE = '\uE0F1'
const MARK = /\uE0F0([^\uE0F1]*)\uE0F1/g

const SECRET_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'x-api-key',
  'api-key',
  'apikey',
  'x-auth-token',
  'x-access-token',
  'webhook-signature',
])

/** The same credential looks different in a URL and inside JSON. */
const ENCODINGS = {
  plain: (value) => value,
  json: (value) => JSON.stringify(value).slice(1, -1),
  uri: encodeURIComponent,
} as const satisfies Record<string, (value: string) => string>
type Encoding = keyof typeof ENCODINGS

/** The credentials among some settings. Make it once for an instance. */
export class Secrets {
  readonly #secrets: readonly { readonly name: string; readonly value: string }[]
  /** Finds any of them, the longest first, so that a credential that contains another is found whole. */
  readonly #pattern: RegExp | null

  constructor(definition: WithSettings, settings: Settings) {
    this.#secrets = secretSettingsOf(definition).flatMap((name) => {
      const value = settings[name]
      return typeof value === 'string' && value.length >= SECRET_LENGTH_MIN ? [{ name, value }] : []
    })
    const texts = new Set(this.#secrets.flatMap(({ value }) => Object.values(ENCODINGS).map((encode) => encode(value))))
    const longestFirst = [...texts].sort((a, b) => b.length - a.length)
    this.#pattern = texts.size === 0 ? null : new RegExp(longestFirst.map(RegExp.escape).join('|'), 'g')
  }

  /** The text as people may see it. */
  mask(text: string): string {
    return this.#pattern ? text.replace(this.#pattern, MASK) : text
  }

  /** The request as people may see it: header names stay, credentials do not. */
  maskRequest(request: RenderedRequest): RenderedRequest {
    const headers: Record<string, string> = {}
    for (const name in request.headers) {
      headers[name] = SECRET_HEADERS.has(name) ? MASK : this.mask(request.headers[name] ?? '')
    }
    const body = request.body === null ? null : this.mask(request.body)
    return { method: request.method, url: this.mask(request.url), headers, body }
  }

  /** The request with marks for its credentials, or null if it holds marks already. */
  mark(request: RenderedRequest): RenderedRequest | null {
    const { method, url, body } = request
    if (url.includes(OPEN) || body?.includes(OPEN)) return null
    const { headers } = this.maskRequest(request)
    const encoding = bodyEncoding(headers['content-type'] ?? '')
    return { method, url: this.#marked(url, 'uri'), headers, body: body === null ? null : this.#marked(body, encoding) }
  }

  #marked(text: string, usual: Encoding): string {
    return this.#pattern ? text.replace(this.#pattern, (found) => this.#markFor(found, usual)) : text
  }

  /** A credential that looks the same in every encoding is taken to be in the usual one of its place. */
  #markFor(found: string, usual: Encoding): string {
    for (const encoding of [usual, 'plain', 'json', 'uri'] as const) {
      const secret = this.#secrets.find(({ value }) => ENCODINGS[encoding](value) === found)
      if (secret) return `${OPEN}${encoding}:${secret.name}${CLOSE}`
    }
    return MASK
  }
}

function bodyEncoding(contentType: string): Encoding {
  if (contentType.includes('json')) return 'json'
  return contentType.includes('urlencoded') ? 'uri' : 'plain'
}

/** Puts the credentials of this moment where the marks are. */
export function unmark(text: string, settings: Settings): string {
  if (!text.includes(OPEN)) return text
  return text.replace(MARK, (_mark, content: string) => {
    const [encoding = '', name = ''] = content.split(':')
    const value = settings[name]
    const encode = encoding in ENCODINGS ? ENCODINGS[encoding as Encoding] : ENCODINGS.plain
    return encode(typeof value === 'string' ? value : '')
  })
}

const secretsOfSettings = new WeakMap<Settings, Secrets>()

/** The credentials among an instance's settings, found once for each settings object. */
export function secretsOf(definition: WithSettings, settings: Settings): Secrets {
  const known = secretsOfSettings.get(settings)
  if (known) return known
  const secrets = new Secrets(definition, settings)
  secretsOfSettings.set(settings, secrets)
  return secrets
}
