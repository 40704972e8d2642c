/** The switches of contract 14: each lets the server behave like one side of a question Extole's sources leave open. */
import { ExtoleError } from './errors.ts'
import { isObject } from './json.ts'

export interface Settings {
  /** Status for an unknown or expired token: 401 (the guides) or 403 `access_denied` (the Java interfaces). */
  readonly invalid_token_status: 401 | 403
  /** Status of `person_not_found`: 403 (OpenAPI) or 404 (the errors guide). */
  readonly person_not_found_status: 403 | 404
  /** The strict reading: traits without a mapping are dropped. */
  readonly ignore_unmapped_traits: boolean
  /** 100 requests a minute per token or address, async events exempt. */
  readonly rate_limits: boolean
  /** How long after its answer an erasure takes effect, in seconds: 0 to 604,800 (7 days). */
  readonly erasure_delay_seconds: number
  /** How long a batch stays PENDING, in seconds: 0 to 86,400. */
  readonly batch_delay_seconds: number
}

export const DEFAULT_SETTINGS: Settings = {
  invalid_token_status: 401,
  person_not_found_status: 403,
  ignore_unmapped_traits: false,
  rate_limits: false,
  erasure_delay_seconds: 0,
  batch_delay_seconds: 0,
}

const oneOf =
  (...allowed: readonly unknown[]) =>
  (value: unknown) =>
    allowed.includes(value)
const between = (min: number, max: number) => (value: unknown) =>
  typeof value === 'number' && Number.isFinite(value) && value >= min && value <= max

const CHECKS: Record<keyof Settings, (value: unknown) => boolean> = {
  invalid_token_status: oneOf(401, 403),
  person_not_found_status: oneOf(403, 404),
  ignore_unmapped_traits: oneOf(true, false),
  rate_limits: oneOf(true, false),
  erasure_delay_seconds: between(0, 7 * 86_400),
  batch_delay_seconds: between(0, 86_400),
}

/** @throws ExtoleError `invalid_parameter` naming the first unknown switch or bad value; nothing is then changed. */
export function changeSettings(current: Settings, change: unknown): Settings {
  if (!isObject(change)) throw new ExtoleError('binding_error')
  for (const [name, value] of Object.entries(change)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof Settings] : undefined
    if (check === undefined) throw new ExtoleError('invalid_parameter', { name, reason: 'unknown setting' })
    if (!check(value)) throw new ExtoleError('invalid_parameter', { name, reason: 'value not allowed' })
  }
  return { ...current, ...change }
}
