/** FQL as words: names, texts, numbers, signs. */

export type Token =
  | { readonly kind: 'name'; readonly names: readonly string[]; readonly isEscaped: boolean; readonly at: number }
  | { readonly kind: 'text'; readonly value: string; readonly at: number }
  | { readonly kind: 'number'; readonly value: number; readonly at: number }
  | { readonly kind: 'sign'; readonly sign: string; readonly at: number }
  | { readonly kind: 'end'; readonly at: number }

/** A mistake in FQL, and the character at which it shows, from 1. The message is a sentence without its full stop. */
export class FqlProblem extends Error {
  override readonly name = 'FqlProblem'
  readonly position: number
  /** It can be read, and is more than may be asked of each event. */
  readonly isTooComplex: boolean
  constructor(message: string, at: number, isTooComplex = false) {
    super(message)
    this.position = at + 1
    this.isTooComplex = isTooComplex
  }
}

const SPACE = /\s/
const NAME_START = /[A-Za-z_\\]/
const NAME_PART = /[A-Za-z0-9_-]/
const NUMBER = /[+-]?\d+(\.\d+)?/y
const SIGN = /!=|>=|<=|[=<>!()[\],]/y

/** @throws FqlProblem */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < source.length) {
    const character = source[at] ?? ''
    if (SPACE.test(character)) at += 1
    else if (NAME_START.test(character)) {
      const { token, end } = readName(source, at)
      tokens.push(token)
      at = end
    } else if (character === '"' || character === "'") {
      const end = source.indexOf(character, at + 1)
      if (end === -1) throw new FqlProblem(`the text that begins here needs a closing ${character}`, at)
      tokens.push({ kind: 'text', value: source.slice(at + 1, end), at })
      at = end + 1
    } else {
      const token = readNumber(source, at) ?? readSign(source, at)
      tokens.push(token)
      at = token.end
    }
  }
  tokens.push({ kind: 'end', at: source.length })
  return tokens
}

/** A path: names with dots between. A `\` makes the next character part of the name. */
function readName(source: string, start: number): { token: Token; end: number } {
  const names: string[] = []
  let name = ''
  let at = start
  let isEscaped = false
  for (;;) {
    const character = source[at]
    if (character === '\\') {
      const escaped = source[at + 1]
      if (escaped === undefined) throw new FqlProblem('the \\ at the end stands before nothing', at)
      name += escaped
      isEscaped = true
      at += 2
    } else if (character !== undefined && NAME_PART.test(character)) {
      name += character
      at += 1
    } else {
      if (name === '') throw new FqlProblem('a name is missing beside the dot', at)
      names.push(name)
      if (character !== '.') return { token: { kind: 'name', names, isEscaped, at: start }, end: at }
      name = ''
      at += 1
    }
  }
}

function readNumber(source: string, at: number) {
  NUMBER.lastIndex = at
  const [text] = NUMBER.exec(source) ?? []
  if (text === undefined) return undefined
  const end = at + text.length
  const after = source[end]
  if (after !== undefined && (NAME_PART.test(after) || after === '.')) {
    throw new FqlProblem('a number has digits and one decimal point, and a name begins with a letter', at)
  }
  return { kind: 'number', value: Number(text), at, end } as const
}

function readSign(source: string, at: number) {
  SIGN.lastIndex = at
  const [sign] = SIGN.exec(source) ?? []
  if (sign === undefined) {
    const shown = String.fromCodePoint(source.codePointAt(at) ?? 0)
    throw new FqlProblem(`${shown} means nothing here; inside a name, write a \\ before it`, at)
  }
  return { kind: 'sign', sign, at, end: at + sign.length } as const
}
