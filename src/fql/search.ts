/** Up to this length of the part, in characters, the built-in search cannot be made slow. */
const BUILT_IN_CHARS_MAX = 32

/** Whether the text holds the part, in time that grows with the sum of their lengths (Knuth, Morris and Pratt). */
export function containsText(text: string, part: string): boolean {
  if (part.length <= BUILT_IN_CHARS_MAX) return text.includes(part)
  const borders = bordersOf(part)
  let matched = 0
  for (let at = 0; at < text.length; at += 1) {
    while (matched > 0 && text.charCodeAt(at) !== part.charCodeAt(matched)) matched = borders[matched - 1] ?? 0
    if (text.charCodeAt(at) === part.charCodeAt(matched)) matched += 1
    if (matched === part.length) return true
  }
  return false
}

/** For each end of a beginning of the part: how long the longest beginning is that also ends there. */
function bordersOf(part: string): Uint32Array {
  const borders = new Uint32Array(part.length)
  let length = 0
  for (let at = 1; at < part.length; at += 1) {
    while (length > 0 && part.charCodeAt(at) !== part.charCodeAt(length)) length = borders[length - 1] ?? 0
    if (part.charCodeAt(at) === part.charCodeAt(length)) length += 1
    borders[at] = length
  }
  return borders
}
