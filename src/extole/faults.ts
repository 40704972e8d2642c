/** Which failure, if any, a request meets: a list of rules, the first that applies. Pure but for its own counters. */
import { ExtoleError } from './errors.ts'
import { isObject } from './json.ts'

/** Rules held at once. */
export const FAULT_RULES_MAX = 100
/** Longest delay a rule may ask for, in milliseconds. */
export const FAULT_LATENCY_MS_MAX = 600_000

export interface FaultRule {
  /** A prefix, or a glob in which `*` is any text without a slash and `**` any text. Absent: every path. */
  readonly path?: string
  readonly method?: string
  /** 0 to 1, default 1. */
  readonly probability?: number
  /** Uses until the rule is spent; absent: no end. */
  readonly times?: number
  /** Answered instead of handling the request. */
  readonly status?: number
  /** With `status`: a string or any JSON. Default: Extole's error envelope for that status. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Seconds, sent as `Retry-After`. */
  readonly retryAfter?: number
  /** Waited before anything else happens, in milliseconds. */
  readonly latencyMs?: number
  /** The socket is destroyed before handling, or after the effects are durable but before the answer. */
  readonly reset?: 'before' | 'after'
  /** The request is read and never handled nor answered. */
  readonly hang?: true
}

export interface Faults {
  /** @throws ExtoleError `invalid_parameter`; the old rules then stay. */
  set(body: unknown): void
  clear(): void
  list(): readonly (FaultRule & { hits: number })[]
  /** The rule this request meets, counted as a hit. */
  choose(method: string, path: string): FaultRule | undefined
}

/** @param chance a number in [0, 1), used until a request to `set` brings a `seed`. */
export function faultList(chance: () => number): Faults {
  let rules: { rule: FaultRule; hits: number; matches: (path: string) => boolean }[] = []
  let next = chance
  return {
    set(body) {
      const { list, seed } = parseFaults(body)
      rules = list.map((rule) => ({ rule, hits: 0, matches: pathMatcher(rule.path) }))
      next = seed === undefined ? chance : seeded(seed)
    },
    clear() {
      rules = []
    },
    list: () => rules.map(({ rule, hits }) => ({ ...rule, hits })),
    choose(method, path) {
      for (const entry of rules) {
        const { rule } = entry
        if (rule.times !== undefined && entry.hits >= rule.times) continue
        if (rule.method !== undefined && rule.method.toUpperCase() !== method) continue
        if (!entry.matches(path)) continue
        if (rule.probability !== undefined && next() >= rule.probability) continue
        entry.hits += 1
        return rule
      }
      return undefined
    },
  }
}

function pathMatcher(pattern: string | undefined): (path: string) => boolean {
  if (pattern === undefined) return () => true
  if (!pattern.includes('*')) return (path) => path.startsWith(pattern)
  const source = pattern
    .split('**')
    .map((part) =>
      part
        .split('*')
        .map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
        .join('[^/]*'),
    )
    .join('.*')
  const expression = new RegExp(`^${source}$`, 's')
  return (path) => expression.test(path)
}

/** mulberry32: small, and the same rules with the same seed always fail the same requests. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const number = (min: number, max: number) => (v: unknown) => typeof v === 'number' && v >= min && v <= max
const integer = (min: number, max: number) => (v: unknown) => number(min, max)(v) && Number.isInteger(v)
const text = (v: unknown) => typeof v === 'string' && v.length <= 1_000
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

const CHECKS: Record<keyof FaultRule, (value: unknown) => boolean> = {
  path: text,
  method: text,
  probability: number(0, 1),
  times: integer(1, Number.MAX_SAFE_INTEGER),
  status: integer(200, 599),
  body: () => true,
  headers: (v) =>
    isObject(v) &&
    Object.entries(v).every(
      ([k, one]) => HEADER_NAME.test(k) && typeof one === 'string' && /^[\t\x20-\x7e]*$/.test(one),
    ),
  retryAfter: integer(0, 86_400),
  latencyMs: number(0, FAULT_LATENCY_MS_MAX),
  reset: (v) => v === 'before' || v === 'after',
  hang: (v) => v === true,
}

/** Either a list of rules, or `{rules, seed?}`. */
function parseFaults(body: unknown): { list: FaultRule[]; seed: number | undefined } {
  const list = isObject(body) ? body.rules : body
  const seed = isObject(body) ? body.seed : undefined
  if (seed !== undefined && !Number.isSafeInteger(seed)) throw new ExtoleError('invalid_parameter', { name: 'seed' })
  if (!Array.isArray(list)) throw new ExtoleError('binding_error', { description: 'A list of rules is expected.' })
  if (list.length > FAULT_RULES_MAX)
    throw new ExtoleError('invalid_parameter', { name: 'rules', limit: FAULT_RULES_MAX })
  for (const [index, rule] of list.entries()) {
    if (!isObject(rule)) throw new ExtoleError('invalid_parameter', { rule: index })
    for (const [name, value] of Object.entries(rule)) {
      const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof FaultRule] : undefined
      if (check === undefined || !check(value)) throw new ExtoleError('invalid_parameter', { rule: index, name })
    }
  }
  return { list: list as FaultRule[], seed: seed as number | undefined }
}
