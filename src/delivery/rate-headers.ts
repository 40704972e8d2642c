/**
 * What an answer says about the allowance behind it: `RateLimit` of the IETF drafts, `RateLimit-Remaining` and
 * `-Reset`, and the `X-RateLimit-*` forms that most APIs use. Pure. What cannot be read says nothing.
 */

export interface Allowance {
  /** Requests that will still be taken, 0 or more. */
  readonly remaining: number
  /** Milliseconds until the allowance is renewed, 0 to ALLOWANCE_WAIT_MAX_MS. */
  readonly renewedInMs: number
}

/** A longer wait is not believed, in milliseconds. */
export const ALLOWANCE_WAIT_MAX_MS = 3_600_000
/** A reset beyond this many seconds is a time and not a wait, and beyond the other one in milliseconds: years 2001 on. */
const EPOCH_SECONDS_MIN = 1_000_000_000
const EPOCH_MS_MIN = 1_000_000_000_000

const PREFIXES = ['ratelimit', 'x-ratelimit', 'x-rate-limit'] as const
const REMAINING = /(?:^|[;,\s])(?:r|remaining)\s*=\s*(\d{1,12})(?:$|[;,\s])/
const RESET = /(?:^|[;,\s])(?:t|reset)\s*=\s*(\d{1,12})(?:$|[;,\s])/
const NUMBER = /^\d{1,14}(\.\d{1,6})?$/

/** `headers` have lower-case names. Null where nothing is said, or only half of it. */
export function allowanceOf(headers: Readonly<Record<string, string>>, nowMs: number): Allowance | null {
  const { ratelimit } = headers
  if (ratelimit !== undefined) {
    const found = scarcest(ratelimit)
    if (found !== null) return found
  }
  for (const prefix of PREFIXES) {
    const remaining = headers[`${prefix}-remaining`]
    if (remaining === undefined) continue
    const renewedInMs = waitOf(headers[`${prefix}-reset`], nowMs)
    if (NUMBER.test(remaining.trim()) && renewedInMs !== null) return { remaining: Number(remaining), renewedInMs }
  }
  return null
}

/** Of several policies the one of which least is left: `"minute";r=3;t=20, "day";r=900;t=4000`. */
function scarcest(text: string): Allowance | null {
  let scarce: Allowance | null = null
  // The older draft has commas inside of one policy: `limit=100, remaining=3, reset=20`.
  const policies = /remaining\s*=/.test(text) ? [text] : text.split(',')
  for (const policy of policies) {
    const remaining = REMAINING.exec(policy)?.[1]
    const reset = waitOf(RESET.exec(policy)?.[1], 0)
    if (remaining === undefined || reset === null) continue
    if (scarce === null || Number(remaining) < scarce.remaining) {
      scarce = { remaining: Number(remaining), renewedInMs: reset }
    }
  }
  return scarce
}

function waitOf(value: string | undefined, nowMs: number): number | null {
  const text = value?.trim() ?? ''
  if (!NUMBER.test(text)) return null
  const number = Number(text)
  const waitMs =
    number >= EPOCH_MS_MIN ? number - nowMs : number >= EPOCH_SECONDS_MIN ? number * 1_000 - nowMs : number * 1_000
  return Math.min(ALLOWANCE_WAIT_MAX_MS, Math.max(0, Math.ceil(waitMs)))
}
