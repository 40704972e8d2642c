/**
 * The rules of a space for identity resolution, and what they are where nobody set any (Segment's defaults). Plain data:
 * `check-identity-rules.ts` reads a person's.
 */
import type { Level } from '../engage/index.ts'

/** Over how long a limit counts: always, or the days before the event, see `PERIOD_MS`. */
export const PERIODS = ['ever', 'weekly', 'monthly', 'annually'] as const
export type Period = (typeof PERIODS)[number]

const DAY_MS = 86_400_000

/** Sliding, in milliseconds: 7, 30 and 365 days. Segment does not say whether its periods follow the calendar. */
export const PERIOD_MS: Readonly<Record<Period, number>> = {
  ever: Number.POSITIVE_INFINITY,
  weekly: 7 * DAY_MS,
  monthly: 30 * DAY_MS,
  annually: 365 * DAY_MS,
}

/** How many values of one type a profile may get within a period. */
export interface Limit {
  /** 1 to `LIMIT_VALUES_MAX`. */
  readonly values: number
  readonly period: Period
}

/** A value that is no identity: as it is written, or all that an expression of RE2 is found in. */
export type BlockedValue = { readonly exact: string } | { readonly regex: string }

/** What is said about one type. A type that is not among the built-in ones is custom, and read from traits as well. */
export interface TypeRule {
  readonly type: string
  readonly collection: Level
  readonly limit: Limit
  /** Beside those that are blocked for every type. */
  readonly blocked: readonly BlockedValue[]
}

export interface IdentityRules {
  /** Types that are not named here have the default limit. */
  readonly types: readonly TypeRule[]
  /** Highest first. Types that are not named follow in alphabetical order. */
  readonly priority: readonly string[]
  /** For every type. */
  readonly blocked: readonly BlockedValue[]
}

/** Where the types that Segment knows belong. */
export const BUILT_IN_TYPES: ReadonlyMap<string, Level> = new Map([
  ['user_id', 'users'],
  ['email', 'users'],
  ['anonymous_id', 'users'],
  ['android.id', 'users'],
  ['android.idfa', 'users'],
  ['android.push_token', 'users'],
  ['ios.id', 'users'],
  ['ios.idfa', 'users'],
  ['ios.push_token', 'users'],
  ['ga_client_id', 'users'],
  ['cross_domain_id', 'users'],
  ['braze_id', 'users'],
  ['group_id', 'accounts'],
])

export const DEFAULT_PRIORITY: readonly string[] = ['user_id', 'email']

/** Values that have joined strangers before, because many programs send them for "nobody". */
export const SUGGESTED_BLOCKED: readonly BlockedValue[] = [
  { regex: '^[0-]*$' },
  { exact: '-1' },
  { exact: 'null' },
  { exact: 'anonymous' },
]

export const DEFAULT_RULES: IdentityRules = {
  types: [],
  priority: DEFAULT_PRIORITY,
  blocked: SUGGESTED_BLOCKED,
}

const USER_ID_LIMIT: Limit = { values: 1, period: 'ever' }
const OTHER_LIMIT: Limit = { values: 5, period: 'ever' }

/** For a type of which the rules say nothing. */
export const defaultLimit = (type: string): Limit => (type === 'user_id' ? USER_ID_LIMIT : OTHER_LIMIT)

/** Highest limit that says anything: a profile holds no more ids than this (`MAPPINGS_MAX`). */
export const LIMIT_VALUES_MAX = 1_000
/** Types that the rules may name. */
export const TYPES_MAX = 100
/** Blocked values of one list. */
export const BLOCKED_MAX = 100
/** Longest blocked value and expression, in characters. */
export const BLOCKED_CHARS_MAX = 500
/** Largest compiled expression, in instructions of RE2: it bounds the time an expression takes on one id. */
export const REGEX_PROGRAM_MAX = 2_000

/** Lower case, as Segment asks of `context.externalIds`; 1 to 64 characters. */
export const TYPE_PATTERN = /^[a-z][a-z0-9_.-]{0,63}$/
