/** Reads the rules a person wrote, as JSON: every mistake at once, each with its place. Pure. */
import { RE2JS } from 're2js'
import type { Level } from '../engage/index.ts'
import { isJsonObject, type JsonObject } from '../spec/index.ts'
import type { FieldProblem } from './errors.ts'
import {
  BLOCKED_CHARS_MAX,
  BLOCKED_MAX,
  type BlockedValue,
  BUILT_IN_TYPES,
  DEFAULT_PRIORITY,
  defaultLimit,
  type IdentityRules,
  LIMIT_VALUES_MAX,
  type Limit,
  PERIOD_MS,
  PERIODS,
  type Period,
  REGEX_PROGRAM_MAX,
  SUGGESTED_BLOCKED,
  TYPE_PATTERN,
  TYPES_MAX,
  type TypeRule,
} from './identity-rules.ts'

export type CheckedRules =
  | { readonly ok: true; readonly rules: IdentityRules }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] }

/** What is left out has its default: `priority`, `blocked`, `types`, and of a type its collection, limit and `blocked`. */
export function checkIdentityRules(input: unknown): CheckedRules {
  const check = new RulesCheck()
  const rules = check.rules(input)
  return check.problems.length === 0 ? { ok: true, rules } : { ok: false, problems: check.problems }
}

class RulesCheck {
  readonly problems: FieldProblem[] = []

  rules(input: unknown): IdentityRules {
    const { types, priority, blocked } = this.#object('', input, ['types', 'priority', 'blocked'])
    const rules = {
      types: this.#list('types', types ?? [], TYPES_MAX, 'types', (at, each) => this.#type(at, each)),
      priority: this.#list('priority', priority ?? DEFAULT_PRIORITY, TYPES_MAX, 'types', (at, each) =>
        this.#typeName(at, each),
      ),
      blocked: this.#blocked('blocked', blocked ?? SUGGESTED_BLOCKED),
    }
    this.#once(
      'types',
      rules.types.map(({ type }) => type),
    )
    this.#once('priority', rules.priority)
    return rules
  }

  #type(field: string, input: unknown): TypeRule {
    const { type, collection, limit, blocked } = this.#object(field, input, ['type', 'collection', 'limit', 'blocked'])
    const name = this.#typeName(`${field}.type`, type)
    return {
      type: name,
      collection: this.#collection(`${field}.collection`, collection, name),
      limit: limit === undefined ? defaultLimit(name) : this.#limit(`${field}.limit`, limit),
      blocked: this.#blocked(`${field}.blocked`, blocked ?? []),
    }
  }

  #typeName(field: string, input: unknown): string {
    if (typeof input === 'string' && TYPE_PATTERN.test(input)) return input
    this.#add(field, 'must be a lower-case name of at most 64 characters, such as shopify_id')
    return ''
  }

  #collection(field: string, input: unknown, type: string): Level {
    const builtIn = BUILT_IN_TYPES.get(type)
    const collection = input ?? builtIn ?? 'users'
    if (collection !== 'users' && collection !== 'accounts') {
      this.#add(field, 'must be users or accounts')
      return 'users'
    }
    if (builtIn !== undefined && builtIn !== collection) this.#add(field, `must be ${builtIn} for ${type}`)
    return collection
  }

  #limit(field: string, input: unknown): Limit {
    const { values, period } = this.#object(field, input, ['values', 'period'])
    const isNumber = typeof values === 'number' && Number.isInteger(values) && values >= 1 && values <= LIMIT_VALUES_MAX
    if (!isNumber) this.#add(`${field}.values`, `must be a whole number from 1 to ${LIMIT_VALUES_MAX}`)
    if (!isPeriod(period ?? 'ever')) this.#add(`${field}.period`, `must be one of ${PERIODS.join(', ')}`)
    return { values: isNumber ? values : 1, period: isPeriod(period) ? period : 'ever' }
  }

  #blocked(field: string, input: unknown): BlockedValue[] {
    return this.#list(field, input, BLOCKED_MAX, 'values', (at, each) => {
      const { exact, regex } = this.#object(at, each, ['exact', 'regex'])
      const text = exact ?? regex
      if ((exact === undefined) === (regex === undefined)) {
        this.#add(at, 'must have either exact or regex, such as {"exact": "test"}')
      } else if (typeof text !== 'string' || text === '' || text.length > BLOCKED_CHARS_MAX) {
        this.#add(at, `must hold a text of 1 to ${BLOCKED_CHARS_MAX} characters`)
      } else if (exact !== undefined) return { exact: text }
      else {
        const problem = problemOfRegex(text)
        if (problem === undefined) return { regex: text }
        this.#add(`${at}.regex`, problem)
      }
      return { exact: '' }
    })
  }

  #object(field: string, input: unknown, known: readonly string[]): JsonObject {
    if (!isJsonObject(input)) {
      this.#add(field, `must be an object with ${known.join(', ')}`)
      return {}
    }
    for (const key of Object.keys(input)) {
      if (!known.includes(key))
        this.#add(field === '' ? key : `${field}.${key}`, `is not known; known are ${known.join(', ')}`)
    }
    return input
  }

  #list<T>(field: string, input: unknown, max: number, what: string, read: (at: string, each: unknown) => T): T[] {
    if (!Array.isArray(input) || input.length > max) {
      this.#add(field, `must be a list of at most ${max} ${what}`)
      return []
    }
    return input.map((each, index) => read(`${field}.${index}`, each))
  }

  #once(field: string, names: readonly string[]): void {
    for (const [index, name] of names.entries()) {
      if (name !== '' && names.indexOf(name) !== index)
        this.#add(`${field}.${index}`, `must not name ${name} a second time`)
    }
  }

  #add(field: string, message: string): void {
    this.problems.push({ field, message })
  }
}

const isPeriod = (value: unknown): value is Period => PERIODS.some((period) => period === value)

function problemOfRegex(text: string): string | undefined {
  try {
    const size = RE2JS.compile(text).programSize()
    return size > REGEX_PROGRAM_MAX ? 'must be simpler: repeat less' : undefined
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return `must be an expression of RE2 (no look-around, no back-references): ${why}`
  }
}

/**
 * What new rules allow less than the old ones, in sentences. Profiles stay as they are, and those that are beyond the
 * new rules get no more ids of that type: worth a warning before they are saved.
 */
export function tightenings(before: IdentityRules, after: IdentityRules): string[] {
  const types = new Set([...before.types, ...after.types].map(({ type }) => type))
  return [...types].sort().flatMap((type) => {
    const [old, now] = [limitIn(before, type), limitIn(after, type)]
    const isTighter = now.values < old.values || PERIOD_MS[now.period] > PERIOD_MS[old.period]
    if (!isTighter) return []
    return [
      `${type} goes from ${limitText(old)} to ${limitText(now)}: profiles that have more keep them, and events with another ${type} go to other profiles.`,
    ]
  })
}

/** `1 ever`, `5 in 7 days`. */
export function limitText({ values, period }: Limit): string {
  return period === 'ever' ? `${values} ever` : `${values} in ${PERIOD_DAYS[period]} days`
}

const PERIOD_DAYS = { weekly: 7, monthly: 30, annually: 365 } as const

const limitIn = ({ types }: IdentityRules, type: string): Limit =>
  types.find((rule) => rule.type === type)?.limit ?? defaultLimit(type)
