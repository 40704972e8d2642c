/** Times that counts are shown for. What each may be at most, docs/public-api.md says under "Counts over time". */
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const RANGES = {
  '10m': { label: '10 min', granularity: 'MINUTE', pointMs: MINUTE_MS, points: 10, refreshMs: 5_000 },
  '1h': { label: '1 h', granularity: 'MINUTE', pointMs: MINUTE_MS, points: 60, refreshMs: 5_000 },
  '24h': { label: '24 h', granularity: 'HOUR', pointMs: HOUR_MS, points: 24, refreshMs: 30_000 },
  '7d': { label: '7 d', granularity: 'HOUR', pointMs: HOUR_MS, points: 168, refreshMs: 60_000 },
  '30d': { label: '30 d', granularity: 'DAY', pointMs: DAY_MS, points: 30, refreshMs: 60_000 },
} as const
export type RangeName = keyof typeof RANGES

export const RANGE_NAMES = Object.keys(RANGES) as readonly RangeName[]
export const RANGE_DEFAULT: RangeName = '1h'

export const rangeCalled = (name: RangeName) => RANGES[name]

/**
 * For `validateSearch`: the default does not stand in the address. What is no range is undefined and not left out, because
 * the router would pass on what the address has.
 */
export function rangeIn(search: Readonly<Record<string, unknown>>): { readonly range?: RangeName } {
  const range = RANGE_NAMES.find((name) => name === search['range'])
  return { range: range === RANGE_DEFAULT ? undefined : range }
}

/** Whole points, the last of which goes on just now. Points of days begin at midnight UTC, as the server's do. */
export function timesOf(name: RangeName, nowMs: number) {
  const { granularity, pointMs, points } = RANGES[name]
  const startMs = Math.floor(nowMs / pointMs) * pointMs - (points - 1) * pointMs
  return { granularity, startTime: new Date(startMs).toISOString(), endTime: new Date(nowMs + 1).toISOString() }
}

/** As many points, right before those. Undefined where they are older than what is counted. */
export function timesBefore(name: RangeName, nowMs: number) {
  if (name === '30d') return undefined
  const { granularity, pointMs, points } = RANGES[name]
  const endMs = Date.parse(timesOf(name, nowMs).startTime)
  return {
    granularity,
    startTime: new Date(endMs - points * pointMs).toISOString(),
    endTime: new Date(endMs).toISOString(),
  }
}

const CLOCK = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const HOUR = new Intl.DateTimeFormat('en', {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})
/** Days are counted in UTC. */
const DAY = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' })
const FORMATS = { MINUTE: CLOCK, HOUR, DAY }

/** As it stands at the axis of a chart. @param time ISO 8601 */
export const timeLabel = (time: string, granularity: keyof typeof FORMATS) =>
  FORMATS[granularity].format(new Date(time))
