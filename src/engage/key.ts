/**
 * The key of a computation: what its value is called as a trait and as a property. It is made of the name once and never
 * changes, since destinations know the values by it.
 *
 * Letters lose their accents and case, digits stay, and any run of other characters becomes one underscore, none at the
 * ends: `Order Completed Last 30days` is `order_completed_last_30days`. Words are as they are typed, so `orderCount` is
 * `ordercount`. Letters that have no Latin form are left out.
 */
export const KEY_CHARS_MAX = 100
export const KEY_PATTERN = /^[a-z0-9]+(?:_[a-z0-9]+)*$/

/** Letters that are not an accented form of another. */
const LATIN: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  ø: 'o',
  œ: 'oe',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ı: 'i',
}

/** Empty where the name has no letter or digit that a key can have. */
export function keyOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[ßæøœđðþłı]/g, (letter) => LATIN[letter] ?? '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
    .slice(0, KEY_CHARS_MAX)
    .replace(/_$/, '')
}
