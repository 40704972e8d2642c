import { TEXT_CHARS_MAX } from './limits.ts'
import { DefinitionProblem } from './problem.ts'

export type Token = { readonly offset: number } & (
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'sign'; readonly text: string }
  | { readonly kind: 'end' }
)

/** Longest first. */
const SIGNS = ['!=', '>=', '<=', '=', '>', '<', '(', ')', '.', ',', ':', '{', '}', '[', ']'] as const
const SPACE = /\s+/y
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y
const NUMBER = /-?(?:\d+\.\d+|\d+)(?:[eE][+-]?\d+)?/y

/** @throws DefinitionProblem */
export function tokensOf(text: string): readonly Token[] {
  if (text.length > TEXT_CHARS_MAX)
    throw new DefinitionProblem(0, `The definition has ${text.length} characters; ${TEXT_CHARS_MAX} are allowed.`, true)
  const tokens: Token[] = []
  let offset = 0
  const take = (pattern: RegExp) => {
    pattern.lastIndex = offset
    return pattern.exec(text)?.[0]
  }
  while (offset < text.length) {
    const space = take(SPACE)
    if (space !== undefined) {
      offset += space.length
      continue
    }
    const [token, length] = tokenAt(text, offset, take)
    tokens.push(token)
    offset += length
  }
  return [...tokens, { kind: 'end', offset }]
}

function tokenAt(text: string, offset: number, take: (pattern: RegExp) => string | undefined): [Token, number] {
  const quote = text[offset]
  if (quote === "'" || quote === '"') return quoted(text, offset, quote)
  const word = take(WORD)
  if (word !== undefined) return [{ kind: 'word', text: word, offset }, word.length]
  const number = take(NUMBER)
  if (number !== undefined) {
    // Zero has no sign here.
    const value = Number(number) || 0
    if (!Number.isFinite(value)) throw new DefinitionProblem(offset, `${number} is too large a number.`)
    return [{ kind: 'number', value, offset }, number.length]
  }
  const sign = SIGNS.find((each) => text.startsWith(each, offset))
  if (sign !== undefined) return [{ kind: 'sign', text: sign, offset }, sign.length]
  throw new DefinitionProblem(offset, `${JSON.stringify(quote)} is not part of the language. Put texts in quotes.`)
}

/** A backslash takes the next character as it is. */
function quoted(text: string, offset: number, quote: string): [Token, number] {
  let content = ''
  for (let at = offset + 1; at < text.length; at++) {
    const character = text[at] as string
    if (character === quote) return [{ kind: 'text', text: content, offset }, at + 1 - offset]
    if (character !== '\\') content += character
    else {
      at += 1
      content += text[at] ?? ''
    }
  }
  throw new DefinitionProblem(offset, `The text that begins here has no end. Close it with ${quote}.`)
}
