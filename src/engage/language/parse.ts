/**
 * Reads a definition. A tree that this gives is well formed and has the right types: what may stand where is part of
 * the grammar. `segment.md` 4.2.
 */
import {
  COMPARISONS,
  type Condition,
  DATE_TESTS,
  type Definition,
  type Duration,
  type Events,
  type Field,
  millisecondsOf,
  PRESENCE_TESTS,
  RELATIVE_TESTS,
  type Reducer,
  type Reduction,
  UNITS,
  type Value,
  type Window,
  WORD_TESTS,
} from './ast.ts'
import { instantOf } from './date.ts'
import {
  DEPTH_MAX,
  NAME_CHARS_MAX,
  PRIMARIES_MAX,
  SESSION_MS_MAX,
  SESSION_MS_MIN,
  TEXT_CHARS_MAX,
  WINDOW_DAYS_MAX,
  WORDS_MAX,
} from './limits.ts'
import { print } from './print.ts'
import { DefinitionProblem } from './problem.ts'
import { type Token, tokensOf } from './tokens.ts'
import { mistakeIn, type SimpleCondition } from './types.ts'

/** Whose computation it is: one person's, or one account's with all its users. */
export type Level = 'users' | 'accounts'

/** Where a condition stands: of the profile, or of one event, which may have a parent event. */
type Scope = 'profile' | 'event' | 'child'

export const EXTRACTORS = ['event', 'trait', 'property', 'context', 'literal']
export const METHODS = {
  filters: ['where', 'sources', 'within', 'between', 'expires_after'],
  reducers: ['count', 'sum', 'avg', 'min', 'max', 'mode', 'first', 'last', 'unique'],
}
const REDUCERS_OF_FIELD = ['sum', 'avg', 'min', 'first', 'last', 'unique'] as const

/** @throws DefinitionProblem with the place of the first mistake */
export function parseAudience(text: string, level: Level = 'users'): Extract<Definition, { kind: 'audience' }> {
  const parser = new Parser(text, level)
  return parser.whole({ kind: 'audience', condition: parser.condition('profile') })
}

/** @throws DefinitionProblem with the place of the first mistake */
export function parseTrait(text: string, level: Level = 'users'): Extract<Definition, { kind: 'trait' }> {
  const parser = new Parser(text, level)
  return parser.whole({ kind: 'trait', value: parser.trait() })
}

class Parser {
  readonly #tokens: readonly Token[]
  readonly #level: Level
  #at = 0
  #primaries = 0
  #depth = 0
  /** Sessions belong to computed traits: a condition would end with one. */
  #isTrait = false
  /** Inside ANY or ALL. */
  #isOfUser = false

  constructor(text: string, level: Level) {
    this.#tokens = tokensOf(text)
    this.#level = level
  }

  whole<T extends Definition>(definition: T): T {
    const token = this.#peek()
    if (token.kind !== 'end') this.#fail(`Here the definition should end, or go on with AND or OR.`)
    // It is kept as it is printed, and read again from that.
    const { length } = print(definition)
    if (length > TEXT_CHARS_MAX)
      throw new DefinitionProblem(
        0,
        `Written with all spaces and quotes, the definition has ${length} characters; ${TEXT_CHARS_MAX} are allowed. Shorten it.`,
        true,
      )
    return definition
  }

  trait(): Reduction {
    this.#isTrait = true
    const { offset } = this.#peek()
    const value = this.#value('profile')
    if (value.kind !== 'reduction')
      throw new DefinitionProblem(
        offset,
        "A computed trait is made of events: write event('…') and what to make of it.",
      )
    return value
  }

  condition(scope: Scope): Condition {
    return this.#nested(() => {
      const parts = [this.#conjunction(scope)]
      while (this.#acceptWord('OR')) parts.push(this.#conjunction(scope))
      return join('or', parts)
    })
  }

  #conjunction(scope: Scope): Condition {
    const parts = [this.#simple(scope)]
    while (this.#acceptWord('AND')) parts.push(this.#simple(scope))
    return join('and', parts)
  }

  #simple(scope: Scope): Condition {
    if (this.#acceptWord('NOT')) return this.#nested(() => ({ kind: 'not', part: this.#simple(scope) }))
    for (const kind of ['any', 'all'] as const) {
      const { offset } = this.#peek()
      if (!this.#acceptWord(kind.toUpperCase())) continue
      if (this.#level !== 'accounts' || scope !== 'profile' || this.#isOfUser)
        throw new DefinitionProblem(
          offset,
          `${kind.toUpperCase()} is about the users of an account; this is not an account's.`,
        )
      this.#isOfUser = true
      const part = this.#inParentheses(() => this.condition(scope))
      this.#isOfUser = false
      return { kind, part }
    }
    if (this.#isSign('(')) return this.#inParentheses(() => this.condition(scope))
    return this.#test(this.#value(scope), scope)
  }

  /** What is asked of a value. */
  #test(left: Value, scope: Scope): Condition {
    const isMethod = this.#isSign('.')
    const { offset } = this.#tokens[this.#at + (isMethod ? 1 : 0)] ?? this.#peek()
    const condition = isMethod ? this.#method(left, scope) : this.#comparison(left, scope)
    const mistake = mistakeIn(condition)
    if (mistake !== undefined) throw new DefinitionProblem(offset, mistake)
    return condition
  }

  #comparison(left: Value, scope: Scope): SimpleCondition {
    const token = this.#peek()
    const operator = COMPARISONS.find((each) => token.kind === 'sign' && token.text === each)
    if (operator === undefined) return this.#fail('Compare this with something, e.g. `>= 1` or `.exists()`.')
    this.#at += 1
    return { kind: 'comparison', left, operator, right: this.#operand(scope) }
  }

  #method(of: Value, scope: Scope): SimpleCondition {
    this.#at += 1
    const { offset } = this.#peek()
    const name = this.#word('the name of a comparison, e.g. exists')
    const presence = PRESENCE_TESTS.find((each) => each === name)
    if (presence !== undefined) {
      this.#inParentheses(() => undefined)
      return { kind: 'presence', of, test: presence }
    }
    const words = WORD_TESTS.find((each) => each === name)
    if (words !== undefined) return { kind: 'words', of, test: words, words: this.#words(scope, words) }
    const date = DATE_TESTS.find((each) => each === name)
    if (date !== undefined) return { kind: 'date', of, test: date, date: this.#inParentheses(() => this.#date()) }
    const relative = RELATIVE_TESTS.find((each) => each === name)
    if (relative !== undefined)
      return { kind: 'relative_date', of, test: relative, duration: this.#inParentheses(() => this.#duration(1)) }
    const all = [...PRESENCE_TESTS, ...WORD_TESTS, ...DATE_TESTS, ...RELATIVE_TESTS].join(', ')
    throw new DefinitionProblem(offset, `${name} is no comparison. There are =, !=, >, >=, <, <=, ${all}.`)
  }

  /** The right side of a comparison: a constant, or a field. */
  #operand(scope: Scope): Value {
    const token = this.#peek()
    if (token.kind === 'text' || token.kind === 'number' || this.#isWord('true') || this.#isWord('false')) {
      return { kind: 'literal', value: this.#scalar() }
    }
    return this.#value(scope)
  }

  #value(scope: Scope): Value {
    const { offset } = this.#peek()
    const name = this.#word(`one of ${EXTRACTORS.join(', ')}`)
    this.#primaries += 1
    if (this.#primaries > PRIMARIES_MAX)
      throw new DefinitionProblem(
        offset,
        `A definition has at most ${PRIMARIES_MAX} of ${EXTRACTORS.join(', ')}. Split it.`,
        true,
      )
    if (name === 'event') return this.#events(scope)
    if (name === 'trait') return { kind: 'trait', key: this.#inParentheses(() => this.#name('a key')) }
    if (name === 'literal') return { kind: 'literal', value: this.#inParentheses(() => this.#scalar()) }
    if (name === 'context' || name === 'property') {
      if (scope === 'profile')
        throw new DefinitionProblem(offset, `${name} is part of an event: use it inside where(…).`)
      return this.#inParentheses(() => this.#eventField(name, scope))
    }
    throw new DefinitionProblem(offset, `${name} is not known. Begin with one of ${EXTRACTORS.join(', ')}.`)
  }

  #eventField(kind: 'property' | 'context', scope: Scope): Field {
    if (kind === 'context') return { kind, path: this.#name('a path') }
    const { offset } = this.#peek()
    const ofParent = this.#acceptParent()
    if (ofParent && scope !== 'child')
      throw new DefinitionProblem(
        offset,
        'There is no parent event here: `parent:` belongs into an event inside where(…).',
      )
    return { kind, path: this.#name('a path'), ofParent }
  }

  /** Everything after `event`. */
  #events(scope: Scope): Reduction {
    const { offset } = this.#peek()
    if (scope === 'child')
      throw new DefinitionProblem(offset, 'An event inside where(…) cannot have another event inside its own where(…).')
    const name = this.#inParentheses(() => this.#name('the name of an event'))
    const inner: Scope = scope === 'profile' ? 'event' : 'child'
    let events: Events = { name, where: null, excludedSources: [], window: null }
    for (;;) {
      const { offset: at } = this.#peek()
      if (!this.#acceptSign('.')) this.#fail('Say what to make of the events, e.g. `.count() >= 1`.')
      const method = this.#word(`one of ${[...METHODS.filters, ...METHODS.reducers].join(', ')}`)
      const reducer = this.#reducer(method, inner)
      if (reducer !== null) return { kind: 'reduction', events, reducer }
      if (method === 'where' && events.where === null)
        events = { ...events, where: this.#inParentheses(() => this.condition(inner)) }
      else if (method === 'sources' && events.excludedSources.length === 0)
        events = { ...events, excludedSources: this.#inParentheses(() => this.#excluded()) }
      else if (events.window === null && ['within', 'between', 'expires_after'].includes(method))
        events = { ...events, window: this.#window(method, scope, at + 1) }
      else if (METHODS.filters.includes(method)) throw new DefinitionProblem(at + 1, `${method} was said already.`)
      else
        throw new DefinitionProblem(
          at + 1,
          `${method} cannot follow an event. There are ${[...METHODS.filters, ...METHODS.reducers].join(', ')}.`,
        )
    }
  }

  #window(method: string, scope: Scope, offset: number): Window {
    if (method === 'expires_after') {
      if (!this.#isTrait || scope !== 'profile')
        throw new DefinitionProblem(offset, 'expires_after belongs to computed traits: use within(…) here.')
      const duration = this.#inParentheses(() => this.#duration(1))
      const ms = millisecondsOf(duration)
      if (ms < SESSION_MS_MIN || ms > SESSION_MS_MAX)
        throw new DefinitionProblem(offset, 'A session ends after 30 minutes to 90 days.')
      return { kind: 'session', duration }
    }
    const window = this.#inParentheses((): Window => {
      if (method === 'between') {
        const from = this.#duration(0)
        this.#sign(',')
        const to = this.#duration(1)
        if (millisecondsOf(from) >= millisecondsOf(to))
          throw new DefinitionProblem(offset, 'Name the nearer time first: between(7 days, 10 days).')
        return { kind: 'between', from, to }
      }
      if (!this.#acceptParent()) return { kind: 'within', duration: this.#duration(1) }
      if (scope !== 'event')
        throw new DefinitionProblem(
          offset,
          'There is no parent event here: `parent:` belongs into an event inside where(…).',
        )
      return { kind: 'within_parent', duration: this.#duration(1) }
    })
    const longest = window.kind === 'between' ? window.to : window.duration
    if (millisecondsOf(longest) > WINDOW_DAYS_MAX * 86_400_000)
      throw new DefinitionProblem(offset, `A window reaches back ${WINDOW_DAYS_MAX} days at most.`)
    return window
  }

  /** Null if the method is none. */
  #reducer(method: string, inner: Scope): Reducer | null {
    if (method === 'count') {
      this.#inParentheses(() => undefined)
      return { kind: 'count' }
    }
    const simple = REDUCERS_OF_FIELD.find((each) => each === method)
    if (simple !== undefined) {
      const of = this.#inParentheses(() => this.#reducedField(inner))
      if (simple !== 'unique' || !this.#followsCount()) return { kind: simple, of }
      this.#at += 2
      this.#inParentheses(() => undefined)
      return { kind: 'unique_count', of }
    }
    if (method === 'max') {
      return this.#inParentheses(() => {
        const of = this.#reducedField(inner)
        if (!this.#acceptWord('as')) return { kind: 'max', of, as: 'number' }
        const { offset } = this.#peek()
        const as = this.#word('string or number')
        if (as !== 'string' && as !== 'number')
          throw new DefinitionProblem(offset, `A maximum is taken as string or as number, not as ${as}.`)
        return { kind: 'max', of, as }
      })
    }
    if (method !== 'mode') return null
    return this.#inParentheses(() => {
      const of = this.#reducedField(inner)
      // A value must be seen twice to be a habit. segment.md 4.1.
      if (!this.#acceptSign(',')) return { kind: 'mode', of, minFrequency: 2 }
      const { offset } = this.#peek()
      const minFrequency = this.#number()
      if (!Number.isInteger(minFrequency) || minFrequency < 1 || minFrequency > 1_000_000)
        throw new DefinitionProblem(offset, 'The least frequency is a whole number from 1.')
      return { kind: 'mode', of, minFrequency }
    })
  }

  #followsCount(): boolean {
    const next = this.#tokens[this.#at + 1]
    return this.#isSign('.') && next?.kind === 'word' && next.text === 'count'
  }

  #reducedField(inner: Scope): Field {
    const { offset } = this.#peek()
    const field = this.#value(inner)
    if ((field.kind !== 'property' && field.kind !== 'context') || (field.kind === 'property' && field.ofParent))
      throw new DefinitionProblem(offset, 'Name a part of the event here: property(…) or context(…).')
    return field
  }

  #words(scope: Scope, test: string): Field[] {
    return this.#inParentheses(() => {
      const words: Field[] = []
      do {
        const { offset } = this.#peek()
        const word = this.#operand(scope)
        if (word.kind === 'reduction') throw new DefinitionProblem(offset, `${test} takes texts, numbers and fields.`)
        words.push(word)
        if (words.length > WORDS_MAX)
          throw new DefinitionProblem(offset, `${test} takes ${WORDS_MAX} values at most.`, true)
      } while (this.#acceptSign(','))
      return words
    })
  }

  #excluded(): string[] {
    const sources: string[] = []
    this.#sign('{')
    if (!this.#acceptWord('exclude')) this.#fail('Here belongs exclude: [ids].')
    this.#sign(':')
    this.#sign('[')
    do sources.push(this.#name("a source's id"))
    while (this.#acceptSign(','))
    this.#sign(']')
    this.#sign('}')
    return sources
  }

  #date(): string {
    const { offset } = this.#peek()
    const date = this.#name('a date')
    if (instantOf(date) === undefined)
      throw new DefinitionProblem(
        offset,
        "A date is a day of the calendar with its time and zone, e.g. '2026-01-31T00:00:00Z'.",
      )
    return date
  }

  #duration(least: 0 | 1): Duration {
    const { offset } = this.#peek()
    const amount = this.#number()
    const word = this.#word('a unit: seconds, minutes, hours or days')
    const unit = UNITS.find((each) => word === each || word === `${each}s`)
    if (unit === undefined)
      throw new DefinitionProblem(offset, `${word} is no unit. There are seconds, minutes, hours and days.`)
    if (!Number.isInteger(amount) || amount < least || amount > 1e9)
      throw new DefinitionProblem(offset, `A time is a whole number from ${least} and its unit, e.g. 7 days.`)
    return { amount, unit }
  }

  #scalar(): string | number | boolean {
    if (this.#acceptWord('true')) return true
    if (this.#acceptWord('false')) return false
    const token = this.#peek()
    if (token.kind === 'number') return this.#number()
    if (token.kind !== 'text') this.#fail('Here belongs a text in quotes, a number, true or false.')
    return this.#name('a text', 0)
  }

  #number(): number {
    const token = this.#peek()
    if (token.kind !== 'number') return this.#fail('Here belongs a number.')
    this.#at += 1
    return token.value
  }

  #name(what: string, least = 1): string {
    const token = this.#peek()
    if (token.kind !== 'text') return this.#fail(`Here belongs ${what} in quotes.`)
    if (token.text.length < least || token.text.length > NAME_CHARS_MAX)
      return this.#fail(`A text in a definition has ${least} to ${NAME_CHARS_MAX} characters.`)
    this.#at += 1
    return token.text
  }

  #word(what: string): string {
    const token = this.#peek()
    if (token.kind !== 'word') return this.#fail(`Here belongs ${what}.`)
    this.#at += 1
    return token.text
  }

  #acceptParent(): boolean {
    if (!this.#isWord('parent')) return false
    this.#at += 1
    this.#sign(':')
    return true
  }

  #inParentheses<T>(content: () => T): T {
    this.#sign('(')
    const found = content()
    this.#sign(')')
    return found
  }

  #nested<T>(content: () => T): T {
    this.#depth += 1
    if (this.#depth > DEPTH_MAX) this.#fail(`Conditions stand inside each other ${DEPTH_MAX} deep at most.`, true)
    const found = content()
    this.#depth -= 1
    return found
  }

  #sign(text: string): void {
    if (!this.#acceptSign(text)) this.#fail(`Here belongs ${text}`)
  }

  #acceptSign(text: string): boolean {
    const is = this.#isSign(text)
    if (is) this.#at += 1
    return is
  }

  #acceptWord(text: string): boolean {
    const is = this.#isWord(text)
    if (is) this.#at += 1
    return is
  }

  #isSign(text: string): boolean {
    const token = this.#peek()
    return token.kind === 'sign' && token.text === text
  }

  #isWord(text: string): boolean {
    const token = this.#peek()
    return token.kind === 'word' && token.text === text
  }

  #peek(): Token {
    return this.#tokens[this.#at] as Token
  }

  #fail(message: string, isTooComplex = false): never {
    const token = this.#peek()
    throw new DefinitionProblem(
      token.offset,
      token.kind === 'end' ? `${message} The text ends here.` : message,
      isTooComplex,
    )
  }
}

function join(kind: 'and' | 'or', parts: readonly Condition[]): Condition {
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : { kind, parts }
}
