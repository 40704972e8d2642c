/** How numbers and times are written, everywhere alike. */
const NUMBER = new Intl.NumberFormat('en')
const TIME = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' })

export const count = (value: number) => NUMBER.format(value)

/** `1 event`, `2 events`. */
export const counted = (value: number, one: string, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`

/** A value of a trait or property, as text. */
export const valueText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

/** In the time zone of whoever looks. @param at ISO 8601, or milliseconds */
export const time = (at: string | number) => TIME.format(new Date(at))

const INSTANT = /\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)/g

/** A sentence of the server, whose times are in ISO 8601, with the times of whoever looks. */
export const withLocalTimes = (sentence: string) =>
  sentence.replaceAll(INSTANT, (at) => (Number.isNaN(Date.parse(at)) ? at : time(at)))

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const

/** Its two largest units, e.g. `2 h 5 min`; below a second in milliseconds. */
export function duration(ms: number): string {
  const rounded = Math.max(0, Math.round(ms))
  if (rounded < 1_000) return `${rounded} ms`
  const first = UNITS.findIndex(([unit]) => rounded >= unit)
  const shown = UNITS.slice(first, first + 2)
  const [, last] = shown
  const whole = last === undefined ? rounded : rounded - (rounded % last[0])
  return shown
    .map(
      ([unit, name], place) =>
        [Math.floor(place === 0 ? whole / unit : (whole % (shown[0]?.[0] ?? 1)) / unit), name] as const,
    )
    .filter(([value], place) => value > 0 || place === 0)
    .map(([value, name]) => `${value} ${name}`)
    .join(' ')
}
