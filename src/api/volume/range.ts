/** Which time is asked for, and in which points: segment contract 8.3. Pure. */
import { Type } from 'typebox'
import { HOUR_MS, MINUTE_MS } from '../../state/index.ts'
import { invalid } from '../problems.ts'

const DAY_MS = 24 * HOUR_MS

const GRANULARITIES = {
  MINUTE: { unit: 'minute', unitsOfPoint: 1, pointMs: MINUTE_MS, lengthMsMax: 4 * HOUR_MS, ageMsMax: 48 * HOUR_MS },
  HOUR: { unit: 'hour', unitsOfPoint: 1, pointMs: HOUR_MS, lengthMsMax: 14 * DAY_MS, ageMsMax: 30 * DAY_MS },
  DAY: { unit: 'hour', unitsOfPoint: 24, pointMs: DAY_MS, lengthMsMax: 30 * DAY_MS, ageMsMax: 30 * DAY_MS },
} as const
export type Granularity = keyof typeof GRANULARITIES

/** Segment's reference writes it in capitals, its SDK of the delivery overview does not. */
export const GranularityText = Type.Enum(['MINUTE', 'HOUR', 'DAY', 'minute', 'hour', 'day'], {
  description: 'Length of a point: at most 4 hours of minutes, 14 days of hours or 30 days, up to now.',
})
export const TimeText = Type.String({ maxLength: 40, description: 'A time in ISO 8601.' })

const ISO_8601 = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/

/** A time without a zone is one of UTC. @throws ApiError 422 when it is none */
export function timeOf(text: string, field: string): number {
  const [, time, zone] = ISO_8601.exec(text) ?? []
  const timeMs = ISO_8601.test(text)
    ? Date.parse(time !== undefined && zone === undefined ? `${text}Z` : text)
    : Number.NaN
  if (Number.isNaN(timeMs)) throw invalid(field, 'must be a time in ISO 8601, e.g. 2026-01-02T03:04:05Z')
  return timeMs
}

export interface Range {
  readonly granularity: Granularity
  readonly unit: 'minute' | 'hour'
  readonly unitsOfPoint: number
  /** Starts of the points, Unix milliseconds. Points that the time asked for has a part of are whole. */
  readonly points: readonly number[]
  /** Start of the first point and end of the last. */
  readonly fromMs: number
  readonly toMs: number
}

/**
 * @param text as the query has it
 * @throws ApiError 422 for what is no time, too long or too old
 */
export function rangeOf(
  { startTime, endTime, granularity }: { startTime: string; endTime: string; granularity: string },
  nowMs: number,
): Range {
  return rangeBetween(timeOf(startTime, 'startTime'), timeOf(endTime, 'endTime'), granularity, nowMs)
}

export function rangeBetween(startMs: number, endMs: number, text: string, nowMs: number): Range {
  const granularity = text.toUpperCase() as Granularity
  const { unit, unitsOfPoint, pointMs, lengthMsMax, ageMsMax } = GRANULARITIES[granularity]
  if (endMs <= startMs) throw invalid('endTime', 'must be after startTime')
  if (endMs - startMs > lengthMsMax) {
    throw invalid('endTime', `must be at most ${inWords(lengthMsMax)} after startTime with granularity ${granularity}`)
  }
  const fromMs = Math.floor(startMs / pointMs) * pointMs
  // The point that the oldest moment lies in is kept: who asks for the last 48 hours need not be quick.
  if (fromMs < Math.floor((nowMs - ageMsMax) / pointMs) * pointMs) {
    throw invalid('startTime', `must be at most ${inWords(ageMsMax)} ago with granularity ${granularity}`)
  }
  const count = Math.ceil((endMs - fromMs) / pointMs)
  const points = Array.from({ length: count }, (_, index) => fromMs + index * pointMs)
  return { granularity, unit, unitsOfPoint, points, fromMs, toMs: fromMs + count * pointMs }
}

const inWords = (ms: number) => (ms % DAY_MS === 0 && ms > 2 * DAY_MS ? `${ms / DAY_MS} days` : `${ms / HOUR_MS} hours`)
