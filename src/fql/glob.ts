/**
 * Glob patterns, matched in time that grows with the text and never with its square (reliability S5): all places of
 * the pattern that the text so far can have led to are kept as bits, and each character moves them at once.
 */

/** Characters of a pattern. */
export const GLOB_CHARS_MAX = 1_024

/** What one place of a pattern takes: any character, or one of some ranges of code points. */
interface Place {
  /** Null for `?`. */
  readonly ranges: readonly { readonly from: number; readonly to: number }[] | null
}

export interface Glob {
  /** As it was written. */
  readonly pattern: string
  /** 32-bit words of a set of places. */
  readonly words: number
  readonly length: number
  /** Places before which a `*` stands: a set may stay there. */
  readonly stays: Uint32Array
  /** Places that take any character. */
  readonly any: Uint32Array
  /** Places that take this one. */
  readonly singles: ReadonlyMap<number, Uint32Array>
  readonly classes: readonly { readonly place: number; readonly ranges: NonNullable<Place['ranges']> }[]
}

export type GlobResult = { readonly glob: Glob } | { readonly problem: string }

/** `*` any characters, `?` one, `[abc]` and `[a-z]` one of these, `\x` the character x itself. */
export function parseGlob(pattern: string): GlobResult {
  if (pattern.length > GLOB_CHARS_MAX) return { problem: `a pattern has at most ${GLOB_CHARS_MAX} characters` }
  const characters = Array.from(pattern, (character) => character.codePointAt(0) ?? 0)
  const places: Place[] = []
  const stars: number[] = []
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? 0
    if (character === STAR) stars.push(places.length)
    else if (character === QUESTION) places.push({ ranges: null })
    else if (character === OPEN) {
      const parsed = parseClass(characters, at)
      if (typeof parsed === 'string') return { problem: parsed }
      places.push({ ranges: parsed.ranges })
      at = parsed.end
    } else if (character === BACKSLASH) {
      at += 1
      const escaped = characters[at]
      if (escaped === undefined) return { problem: 'a \\ at the end of a pattern stands before nothing' }
      places.push({ ranges: [{ from: escaped, to: escaped }] })
    } else places.push({ ranges: [{ from: character, to: character }] })
  }
  return { glob: compile(pattern, places, stars) }
}

/** Whether the whole text matches. Case-sensitive. Costs about `words` steps for each character of the text. */
export function matchesGlob(glob: Glob, text: string): boolean {
  const { words, stays, length } = glob
  let now = new Uint32Array(words)
  let next = new Uint32Array(words)
  now[0] = 1
  const known = new Map<number, Uint32Array>()
  for (let at = 0; at < text.length; at += 1) {
    const character = text.codePointAt(at) ?? 0
    if (character > 0xffff) at += 1
    const takes = takersOf(glob, character, known)
    let carry = 0
    let union = 0
    for (let word = 0; word < words; word += 1) {
      const here = now[word] ?? 0
      const moved = here & (takes[word] ?? 0)
      const value = (moved << 1) | carry | (here & (stays[word] ?? 0))
      carry = moved >>> 31
      next[word] = value
      union |= value
    }
    if (union === 0) return false
    ;[now, next] = [next, now]
  }
  return has(now, length)
}

const STAR = 0x2a
const QUESTION = 0x3f
const OPEN = 0x5b
const CLOSE = 0x5d
const DASH = 0x2d
const BACKSLASH = 0x5c

function parseClass(characters: readonly number[], open: number) {
  const ranges: { from: number; to: number }[] = []
  let at = open + 1
  const take = () => {
    if (characters[at] === BACKSLASH) at += 1
    const character = characters[at]
    at += 1
    return character
  }
  while (characters[at] !== CLOSE) {
    const from = take()
    if (from === undefined) return 'a [ in a pattern needs its ]'
    const isRange = characters[at] === DASH && characters[at + 1] !== CLOSE
    if (isRange) at += 1
    const to = isRange ? take() : from
    if (to === undefined) return 'a [ in a pattern needs its ]'
    if (to < from) return 'a range in a pattern goes from the lower character to the higher'
    ranges.push({ from, to })
  }
  return ranges.length === 0 ? 'a [] in a pattern matches nothing' : { ranges, end: at }
}

function compile(pattern: string, places: readonly Place[], stars: readonly number[]): Glob {
  const words = (places.length >> 5) + 1
  const stays = new Uint32Array(words)
  const any = new Uint32Array(words)
  const singles = new Map<number, Uint32Array>()
  const classes: { place: number; ranges: NonNullable<Place['ranges']> }[] = []
  for (const place of stars) set(stays, place)
  for (const [place, { ranges }] of places.entries()) if (ranges === null) set(any, place)
  for (const [place, { ranges }] of places.entries()) {
    const [first] = ranges ?? []
    if (ranges === null || first === undefined) continue
    if (ranges.length > 1 || first.from !== first.to) {
      classes.push({ place, ranges })
      continue
    }
    const takers = singles.get(first.from) ?? any.slice()
    set(takers, place)
    singles.set(first.from, takers)
  }
  return { pattern, words, length: places.length, stays, any, singles, classes }
}

/** The places that take a character. */
function takersOf(glob: Glob, character: number, known: Map<number, Uint32Array>): Uint32Array {
  const simple = glob.singles.get(character) ?? glob.any
  if (glob.classes.length === 0) return simple
  const before = known.get(character)
  if (before !== undefined) return before
  let takers = simple
  for (const { place, ranges } of glob.classes) {
    if (!ranges.some(({ from, to }) => character >= from && character <= to)) continue
    if (takers === simple) takers = simple.slice()
    set(takers, place)
  }
  known.set(character, takers)
  return takers
}

function set(places: Uint32Array, place: number): void {
  places[place >> 5] = (places[place >> 5] ?? 0) | (1 << (place & 31))
}

function has(places: Uint32Array, place: number): boolean {
  return ((places[place >> 5] ?? 0) & (1 << (place & 31))) !== 0
}
