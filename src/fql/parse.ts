/** From text to a tree, or to what is wrong with the text, where, and what to write instead. */
import { COMPARISONS, type Comparison, type Expression, FUNCTIONS, type FunctionName } from './expression.ts'
import { parseGlob } from './glob.ts'
import { FqlProblem, type Token, tokenize } from './tokens.ts'

/** UTF-8 bytes of a condition: Segment's limit for a filter. */
export const FQL_BYTES_MAX = 5_120
/** How deep brackets and `!` may stand in each other. */
export const FQL_DEPTH_MAX = 32

export type FqlResult =
  | { readonly expression: Expression }
  /** A sentence for people, without its full stop, and the character it is about, from 1. */
  | { readonly problem: string; readonly position: number; readonly isTooComplex?: true }

/** A condition. The word `all` alone matches everything. */
export function parseFql(source: string): FqlResult {
  if (Buffer.byteLength(source) > FQL_BYTES_MAX) {
    return { problem: `a condition has at most ${FQL_BYTES_MAX} bytes`, position: 1, isTooComplex: true }
  }
  if (source.trim() === 'all') return { expression: { kind: 'literal', value: true } }
  try {
    return { expression: new Parser(tokenize(source)).parse() }
  } catch (error) {
    if (error instanceof FqlProblem) {
      const { message: problem, position, isTooComplex } = error
      return { problem, position, ...(isTooComplex ? { isTooComplex } : {}) }
    }
    throw error
  }
}

const FUNCTION_SET: ReadonlySet<string> = new Set(FUNCTIONS)
const COMPARISON_SET: ReadonlySet<string> = new Set(COMPARISONS)
const OPERATOR_WORDS: ReadonlySet<string> = new Set(['and', 'or', 'in'])
const KNOWN_FUNCTIONS = ['contains', 'match', ...FUNCTIONS].join(', ')

class Parser {
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  parse(): Expression {
    const first = this.#token
    if (first.kind === 'end') throw new FqlProblem('the condition is empty; write all to match every event', 0)
    const condition = this.#condition()
    const next = this.#token
    if (next.kind !== 'end') throw new FqlProblem(`and, or, or the end is expected here, not ${shown(next)}`, next.at)
    return condition
  }

  get #token(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', at: 0 }
  }

  #condition(): Expression {
    return this.#joined('or', () => this.#joined('and', () => this.#part()))
  }

  #joined(word: 'and' | 'or', parse: () => Expression): Expression {
    const startsAt = this.#token.at
    const items = [parse()]
    if (!this.#isWord(word)) return items[0] as Expression
    checkCondition(items[0] as Expression, startsAt)
    while (this.#isWord(word)) {
      this.#next += 1
      const { at } = this.#token
      const item = parse()
      checkCondition(item, at)
      items.push(item)
    }
    return { kind: word, items }
  }

  /** One comparison, or one value that is itself true or false. */
  #part(): Expression {
    const { at } = this.#token
    const isNegated = this.#isSign('!')
    const left = this.#value()
    const operator = this.#comparison()
    if (operator === undefined) {
      if (this.#depth === 0 && !this.#isWord('and') && !this.#isWord('or')) checkCondition(left, at)
      return left
    }
    if (isNegated) throw new FqlProblem('put what the ! is about in brackets, as in !( a = b )', at)
    const valueAt = this.#token.at
    const right = this.#value()
    if (operator === 'in' && right.kind !== 'list' && right.kind !== 'path') {
      throw new FqlProblem('in needs a list or a field after it, as in type in ["track", "page"]', valueAt)
    }
    const again = this.#token.at
    if (this.#comparison() !== undefined) throw new FqlProblem('join two comparisons with and or or', again)
    return { kind: 'compare', operator, left, right }
  }

  #value(): Expression {
    const token = this.#token
    this.#next += 1
    if (token.kind === 'text' || token.kind === 'number') return { kind: 'literal', value: token.value }
    if (token.kind === 'name') return this.#name(token)
    if (token.kind === 'sign' && token.sign === '!') {
      return this.#nested(token.at, () => {
        const { at } = this.#token
        const item = this.#value()
        checkCondition(item, at)
        return { kind: 'not', item }
      })
    }
    if (token.kind === 'sign' && token.sign === '(') {
      return this.#nested(token.at, () => {
        const condition = this.#condition()
        this.#expect(')', token.at)
        return condition
      })
    }
    if (token.kind === 'sign' && token.sign === '[') return this.#list(token.at)
    throw new FqlProblem(`a field, a text or a number is expected here, not ${shown(token)}`, token.at)
  }

  #name({ names, isEscaped, at }: Extract<Token, { kind: 'name' }>): Expression {
    const [name = ''] = names
    if (names.length === 1 && !isEscaped) {
      if (this.#isSign('(')) return this.#call(name, at)
      if (name === 'true' || name === 'false') return { kind: 'literal', value: name === 'true' }
      if (name === 'null') return { kind: 'literal', value: null }
      if (OPERATOR_WORDS.has(name)) {
        throw new FqlProblem(`a field, a text or a number is expected here, not ${name}`, at)
      }
    }
    return { kind: 'path', names }
  }

  #call(name: string, at: number): Expression {
    if (name !== 'contains' && name !== 'match' && !FUNCTION_SET.has(name)) {
      throw new FqlProblem(`there is no function ${name}; there are ${KNOWN_FUNCTIONS}`, at)
    }
    const openAt = this.#token.at
    this.#next += 1
    return this.#nested(at, () => {
      const first = this.#argument(name)
      if (FUNCTION_SET.has(name)) {
        this.#expect(')', openAt)
        return { kind: 'call', name: name as FunctionName, argument: first }
      }
      if (!this.#isSign(',')) throw new FqlProblem(`${name} needs two values with a comma between`, this.#token.at)
      this.#next += 1
      const second = this.#token
      const argument = this.#argument(name)
      this.#expect(')', openAt)
      if (name === 'contains') return { kind: 'contains', text: first, part: argument }
      if (argument.kind !== 'literal' || typeof argument.value !== 'string') {
        throw new FqlProblem('the pattern of match is a text in quotes', second.at)
      }
      const parsed = parseGlob(argument.value)
      if ('problem' in parsed) throw new FqlProblem(parsed.problem, second.at)
      return { kind: 'match', text: first, glob: parsed.glob }
    })
  }

  #argument(name: string): Expression {
    if (this.#isSign(')')) {
      const count = FUNCTION_SET.has(name) ? 'one value' : 'two values with a comma between'
      throw new FqlProblem(`${name} needs ${count}`, this.#token.at)
    }
    return this.#value()
  }

  #list(openAt: number): Expression {
    return this.#nested(openAt, () => {
      const items: Expression[] = []
      while (!this.#isSign(']')) {
        items.push(this.#value())
        if (this.#isSign(',')) this.#next += 1
        else break
      }
      this.#expect(']', openAt)
      return { kind: 'list', items }
    })
  }

  #nested<T>(at: number, parse: () => T): T {
    this.#depth += 1
    if (this.#depth > FQL_DEPTH_MAX) throw new FqlProblem(`brackets go at most ${FQL_DEPTH_MAX} deep`, at, true)
    const result = parse()
    this.#depth -= 1
    return result
  }

  #comparison(): Comparison | undefined {
    const token = this.#token
    const word = token.kind === 'sign' ? token.sign : this.#isWord('in') ? 'in' : ''
    if (!COMPARISON_SET.has(word)) return undefined
    this.#next += 1
    return word as Comparison
  }

  #expect(sign: ')' | ']', openAt: number): void {
    const token = this.#token
    if (token.kind === 'end') throw new FqlProblem(`the bracket that opens here needs its ${sign}`, openAt)
    if (!this.#isSign(sign)) throw new FqlProblem(`a ${sign} is expected here, not ${shown(token)}`, token.at)
    this.#next += 1
  }

  #isWord(word: string): boolean {
    const token = this.#token
    return token.kind === 'name' && token.names.length === 1 && token.names[0] === word && !token.isEscaped
  }

  #isSign(sign: string): boolean {
    const token = this.#token
    return token.kind === 'sign' && token.sign === sign
  }
}

/** @throws FqlProblem for a value that can never be true or false */
function checkCondition(expression: Expression, at: number): void {
  const isValue =
    expression.kind === 'list' ||
    (expression.kind === 'literal' && typeof expression.value !== 'boolean' && expression.value !== null) ||
    (expression.kind === 'call' && expression.name !== 'bool')
  if (isValue) throw new FqlProblem('a condition is true or false; compare this value with another', at)
}

function shown(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'the end'
    case 'name':
      return token.names.join('.')
    case 'text':
      return `the text "${token.value.slice(0, 40)}"`
    case 'number':
      return String(token.value)
    case 'sign':
      return token.sign
  }
}
