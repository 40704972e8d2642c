/** What a condition says about an event. Pure, and bounded in time by steps. */
import type { Comparison, Expression, FunctionName } from './expression.ts'
import { matchesGlob } from './glob.ts'
import { delimited, titlecase } from './letter-case.ts'
import { containsText } from './search.ts'

/** Steps of one evaluation: one for each part of the condition, and one for each few characters looked at. */
export const FQL_STEPS_MAX = 200_000

export type Evaluation =
  | { readonly isMatch: boolean }
  /** Why the condition has no answer for this event: a sentence without its full stop. */
  | { readonly problem: string }

/** Whether the condition is true. Null counts as false. */
export function evaluateFql(condition: Expression, event: object, stepsMax = FQL_STEPS_MAX): Evaluation {
  try {
    return { isMatch: new Run(event, stepsMax).isTrue(condition) }
  } catch (error) {
    if (error instanceof NoAnswer) return { problem: error.message }
    throw error
  }
}

class NoAnswer extends Error {}

/** Characters of a text that a search looks at in one step, and a function that makes a new text. */
const SEARCHED_IN_STEP = 16
const WRITTEN_IN_STEP = 4

class Run {
  readonly #event: object
  #stepsLeft: number

  constructor(event: object, stepsMax: number) {
    this.#event = event
    this.#stepsLeft = stepsMax
  }

  isTrue(expression: Expression): boolean {
    const value = this.#value(expression)
    if (value === null) return false
    if (typeof value === 'boolean') return value
    throw new NoAnswer(`${describe(expression)} is ${typeOf(value)}, where true or false is needed`)
  }

  #value(expression: Expression): unknown {
    this.#spend(1)
    switch (expression.kind) {
      case 'literal':
        return expression.value
      case 'list':
        return expression.items.map((item) => this.#value(item))
      case 'path':
        return valueAt(this.#event, expression.names)
      case 'and':
        return expression.items.every((item) => this.isTrue(item))
      case 'or':
        return expression.items.some((item) => this.isTrue(item))
      case 'not':
        return !this.isTrue(expression.item)
      case 'compare':
        return this.#compare(expression.operator, this.#value(expression.left), this.#value(expression.right))
      case 'call':
        return this.#call(expression.name, expression.argument)
      case 'contains': {
        const text = this.#text(expression.text, 'contains')
        const part = this.#text(expression.part, 'contains')
        if (text === null || part === null) return false
        this.#spend(text.length / SEARCHED_IN_STEP)
        return containsText(text, part)
      }
      case 'match': {
        const text = this.#text(expression.text, 'match')
        if (text === null) return false
        this.#spend((text.length * expression.glob.words) / SEARCHED_IN_STEP)
        return matchesGlob(expression.glob, text)
      }
    }
  }

  #compare(operator: Comparison, left: unknown, right: unknown): boolean {
    if (operator === '=') return this.#isEqual(left, right)
    if (operator === '!=') return !this.#isEqual(left, right)
    if (operator === 'in') {
      if (!Array.isArray(right)) return false
      this.#spend(right.length)
      return right.some((item) => isSameScalar(left, item))
    }
    if (typeof left !== 'number' || typeof right !== 'number') return false
    if (operator === '<') return left < right
    if (operator === '<=') return left <= right
    return operator === '>' ? left > right : left >= right
  }

  #isEqual(left: unknown, right: unknown): boolean {
    if (!Array.isArray(left) || !Array.isArray(right)) return isSameScalar(left, right)
    this.#spend(left.length)
    return left.length === right.length && left.every((item, index) => isSameScalar(item, right[index]))
  }

  #call(name: FunctionName, argument: Expression): unknown {
    const value = this.#value(argument)
    switch (name) {
      case 'typeof':
        return TYPE_NAMES[typeOf(value)]
      case 'length':
        if (value === null) return 0
        if (Array.isArray(value)) return value.length
        return Buffer.byteLength(this.#needText(value, argument, name))
      case 'bool':
        return toBoolean(value)
      case 'number':
        return toNumber(value)
      case 'string':
        return value === null || typeof value === 'object' ? null : String(value)
      case 'lowercase':
        return value === null ? null : this.#needText(value, argument, name).toLowerCase()
      case 'uppercase':
        return value === null ? null : this.#needText(value, argument, name).toUpperCase()
      case 'snakecase':
        return value === null ? null : delimited(this.#needText(value, argument, name), '_')
      case 'kebabcase':
        return value === null ? null : delimited(this.#needText(value, argument, name), '-')
      case 'titlecase':
        return value === null ? null : titlecase(this.#needText(value, argument, name))
    }
  }

  /** Null passes: a function of null has an answer of its own. */
  #text(expression: Expression, name: string): string | null {
    const value = this.#value(expression)
    if (value === null || typeof value === 'string') return value
    throw new NoAnswer(`${name} needs a text, and ${describe(expression)} is ${typeOf(value)}`)
  }

  #needText(value: unknown, argument: Expression, name: string): string {
    if (typeof value !== 'string') {
      throw new NoAnswer(`${name} needs a text, and ${describe(argument)} is ${typeOf(value)}`)
    }
    this.#spend(value.length / WRITTEN_IN_STEP)
    return value
  }

  #spend(steps: number): void {
    this.#stepsLeft -= steps
    if (this.#stepsLeft < 0) throw new NoAnswer('the condition takes too many steps for this event')
  }
}

/** Missing is null. Only what the event itself holds, not what every object has. */
function valueAt(event: object, names: readonly string[]): unknown {
  let value: unknown = event
  for (const name of names) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null
    value = (value as Record<string, unknown>)[name]
  }
  return value ?? null
}

function isSameScalar(left: unknown, right: unknown): boolean {
  return left === right && (typeof left !== 'object' || left === null)
}

const TYPE_NAMES = {
  'a text': 'string',
  'a number': 'number',
  'true or false': 'bool',
  'a list': 'list',
  'an object': 'object',
  null: 'null',
} as const

function typeOf(value: unknown): keyof typeof TYPE_NAMES {
  if (typeof value === 'string') return 'a text'
  if (typeof value === 'number') return 'a number'
  if (typeof value === 'boolean') return 'true or false'
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : 'an object'
}

function toBoolean(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return value !== 0
  return value === 'true' ? true : value === 'false' ? false : null
}

const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/
/** Longer texts are no numbers. */
const NUMBER_CHARS_MAX = 100

function toNumber(value: unknown): number | null {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return Number(value)
  const isNumber = typeof value === 'string' && value.length <= NUMBER_CHARS_MAX && NUMBER.test(value)
  return isNumber ? Number(value) : null
}

function describe(expression: Expression): string {
  if (expression.kind === 'path') return expression.names.join('.')
  return expression.kind === 'call' ? `${expression.name}(…)` : 'a value'
}
