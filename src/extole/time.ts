/** Event times and zones as Extole reads them (contract 4.3). Pure. */

/** `2024-01-15`, then optionally a time (`T` or a space), 1-9 fraction digits, an offset and a `[Zone/Id]`. */
const PATTERN =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)? ?(Z|z|(?:GMT|UTC)?[+-]\d{1,2}(?::?\d\d)?)?(?:\[([A-Za-z0-9_+\-/]{1,64})\])?$/

/**
 * Unix milliseconds, or undefined when `text` is no time. Without an offset the time is read in its own `[Zone/Id]`,
 * else in `zone`, which the caller checked with `isZone`. Fractions finer than a millisecond are cut off.
 */
export function parseEventTime(text: string, zone = 'UTC'): number | undefined {
  const match = PATTERN.exec(text)
  if (match === null) return undefined
  const [, year = '', month = '', day = '', hour = '0', minute = '0', second = '0', fraction = '', offset, ownZone] =
    match
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const local = utcMs(Number(year), Number(month), Number(day))
  if (local === undefined) return undefined
  const millis = Number(fraction.slice(0, 3).padEnd(3, '0'))
  const localMs = local + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000 + millis
  if (offset !== undefined) {
    const offsetMs = parseOffset(offset)
    return offsetMs === undefined ? undefined : localMs - offsetMs
  }
  if (ownZone !== undefined && !isZone(ownZone)) return undefined
  return instantOf(localMs, ownZone ?? zone)
}

/** Midnight of a calendar day; undefined for days that do not exist, such as 30 February. */
function utcMs(year: number, month: number, day: number): number | undefined {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined
}

/** `Z`, `+hh`, `+hhmm`, `+hh:mm` or `GMT+h` in milliseconds. Java's widest offset is 18 hours. */
function parseOffset(text: string): number | undefined {
  const match = /^(?:GMT|UTC)?([+-])(\d{1,2})(?::?(\d\d))?$/.exec(text)
  if (match === null) return 0
  const [, sign, hours = '0', minutes = '0'] = match
  if (!text.startsWith('GMT') && !text.startsWith('UTC') && hours.length !== 2) return undefined
  const total = Number(hours) * 60 + Number(minutes)
  if (Number(minutes) > 59 || total > 18 * 60) return undefined
  return (sign === '-' ? -1 : 1) * total * 60_000
}

/** Formatters are expensive to make. Zone names ignore case, so a caller could invent many spellings: hence a bound. */
const FORMATTERS_MAX = 1_000
const formatters = new Map<string, Intl.DateTimeFormat>()

function formatterOf(zone: string): Intl.DateTimeFormat | undefined {
  const known = formatters.get(zone)
  if (known !== undefined) return known
  try {
    const made = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      era: 'short',
    })
    if (formatters.size >= FORMATTERS_MAX) formatters.clear()
    formatters.set(zone, made)
    return made
  } catch {
    return undefined
  }
}

/** Whether a `Time-Zone` header or `time_zone` parameter names a zone. */
export function isZone(zone: string): boolean {
  return zone.length <= 64 && formatterOf(zone) !== undefined
}

function offsetAt(zone: string, atMs: number): number {
  const parts = new Map(
    formatterOf(zone)
      ?.formatToParts(atMs)
      .map((part) => [part.type, part.value]),
  )
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type) ?? 0)
  const year = parts.get('era') === 'BC' ? 1 - part('year') : part('year')
  const day = utcMs(year, part('month'), part('day')) ?? 0
  return day + ((part('hour') * 60 + part('minute')) * 60 + part('second')) * 1000 - Math.floor(atMs / 1000) * 1000
}

/** A wall-clock time that happens twice is the first one; one that is skipped moves forward by the gap, as in Java. */
function instantOf(localMs: number, zone: string): number {
  if (zone === 'UTC') return localMs
  const dayMs = 86_400_000
  const before = offsetAt(zone, localMs - dayMs)
  const after = offsetAt(zone, localMs + dayMs)
  const early = localMs - before
  if (before === after || offsetAt(zone, early) === before) return early
  const late = localMs - after
  return offsetAt(zone, late) === after ? late : early
}

/** RFC 3339 with milliseconds and a numeric offset, as Extole answers. */
export function formatTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, -1)}+00:00`
}
