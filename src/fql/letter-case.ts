/** Letter case of names. Words end where a lower letter or a digit meets a capital, and at whatever is neither. */

const WORDS = /[\p{Lu}\p{Lt}]+(?![\p{Ll}])|[\p{Lu}\p{Lt}]?[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{N}]+/gu

/** `Order Completed` and `orderCompleted` with `_` are `order_completed`. */
export function delimited(text: string, delimiter: '_' | '-'): string {
  return wordsOf(text)
    .map((word) => word.toLowerCase())
    .join(delimiter)
}

/** `order_completed` is `Order Completed`. */
export function titlecase(text: string): string {
  return wordsOf(text)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .join(' ')
}

const wordsOf = (text: string): readonly string[] => text.match(WORDS) ?? []
