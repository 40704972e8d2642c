/**
 * When an event happened, by the server's clock. Clients' clocks are wrong by minutes to years, but the distance between
 * two of their readings is not: `timestamp = receivedAt - (sentAt - originalTimestamp)`. Pure.
 */
import { FUTURE_MS_MAX } from './limits.ts'
import type { Warning } from './reasons.ts'

export interface CorrectedTime {
  readonly timestamp: string
  readonly originalTimestamp: string
  readonly sentAt: string
  readonly warning: Warning | undefined
}

/**
 * @param original what the event says about when it happened, `undefined` or `null` when it says nothing
 * @param sent what the request says about when it was sent, `undefined` or `null` when it says nothing
 * @param receivedAt `receivedAtMs` as ISO 8601
 */
export function correctTime(original: unknown, sent: unknown, receivedAtMs: number, receivedAt: string): CorrectedTime {
  const sentAtMs = parseIso(sent)
  const originalMs = parseIso(original)
  const sentAt = sentAtMs === undefined ? receivedAt : (sent as string)
  const originalTimestamp = originalMs === undefined ? sentAt : (original as string)
  if (sentAtMs === undefined || originalMs === undefined) {
    // Who dates nothing was not wrong about anything: a plain HTTP call happened when it arrived.
    const silent = isAbsent(original) && (isAbsent(sent) || sentAtMs !== undefined)
    return { timestamp: receivedAt, originalTimestamp, sentAt, warning: silent ? undefined : 'timestamp_invalid' }
  }
  const correctedMs = receivedAtMs - (sentAtMs - originalMs)
  if (correctedMs - receivedAtMs > FUTURE_MS_MAX) {
    return { timestamp: receivedAt, originalTimestamp, sentAt, warning: 'timestamp_future' }
  }
  const timestamp = formatIso(correctedMs)
  return { timestamp, originalTimestamp, sentAt, warning: correctedMs < 0 ? 'timestamp_ancient' : undefined }
}

/**
 * Unix milliseconds of an ISO 8601 date or date and time; `undefined` for anything else. Without a zone it is UTC.
 * Digits beyond milliseconds are cut off. Years 0000 to 9999; no leap seconds, no 24:00.
 */
export function parseIso(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.length < 10 || value.length > 40) return undefined
  const match = ISO.exec(value)
  if (match === null) return undefined
  const year = Number(match[1])
  const month = Number(match[2])
  const day = Number(match[3])
  const hour = match[4] === undefined ? 0 : Number(match[4])
  const minute = match[5] === undefined ? 0 : Number(match[5])
  const second = match[6] === undefined ? 0 : Number(match[6])
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59)
    return undefined
  const fraction = match[7]
  const ms = fraction === undefined ? 0 : Number(fraction.length === 3 ? fraction : fraction.padEnd(3, '0').slice(0, 3))
  const offsetMs = offsetOf(match[8])
  if (offsetMs === undefined) return undefined
  // Date.UTC reads the years 0 to 99 as 1900 to 1999; 400 years later the calendar is the same.
  const utcMs =
    year >= 100
      ? Date.UTC(year, month - 1, day, hour, minute, second, ms)
      : Date.UTC(year + 400, month - 1, day, hour, minute, second, ms) - MS_IN_400_YEARS
  return utcMs - offsetMs
}

// Every part has a fixed length or a bound, so that matching is linear.
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?(Z|z|[+-]\d\d(?::?\d\d)?)?)?$/

const MS_IN_400_YEARS = 146_097 * 86_400_000
/** 0000-01-01T00:00:00.000Z: earlier years have no four-digit form. */
const EARLIEST_MS = -62_167_219_200_000

function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = zone.length > 3 ? Number(zone.slice(-2)) : 0
  if (hours > 23 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

function formatIso(ms: number): string {
  return new Date(Math.max(ms, EARLIEST_MS)).toISOString()
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null
}
