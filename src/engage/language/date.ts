/** Dates in definitions and in values: ISO 8601 with a time and a zone. */

const HOUR = '(?:[01]\\d|2[0-3])'
const DATE = new RegExp(`^(\\d{4}-\\d{2}-\\d{2})T${HOUR}:[0-5]\\d(?::[0-5]\\d(?:\\.\\d+)?)?(?:Z|[+-]${HOUR}:[0-5]\\d)$`)

/** Unix milliseconds, what is finer cut off; undefined if the text is no such date, or names a day that never comes. */
export function instantOf(text: string): number | undefined {
  const day = DATE.exec(text)?.[1]
  if (day === undefined) return undefined
  const midnight = new Date(`${day}T00:00:00Z`)
  // 31 February would be read as 3 March.
  const isDay = !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day)
  return isDay ? Date.parse(text) : undefined
}
