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
  return parseUsual(value) ?? parseAny(value)
}

/**
 * ISO 8601 in UTC with milliseconds, as `Date` writes it; a time before the year 0 becomes its beginning. Written byte by
 * byte: a text that is put together from pieces costs JSON.stringify a microsecond for the whole event around it.
 */
export function formatIso(ms: number): string {
  const bounded = Math.max(ms, EARLIEST_MS)
  const day = Math.floor(bounded / DAY_MS)
  if (day !== lastDay) {
    lastDay = day
    SCRATCH.write(new Date(day * DAY_MS).toISOString(), 'latin1')
  }
  const inDay = bounded - day * DAY_MS
  const seconds = Math.floor(inDay / 1_000)
  const minutes = Math.floor(seconds / 60)
  const millis = inDay - seconds * 1_000
  writeTwo(11, Math.floor(minutes / 60))
  writeTwo(14, minutes % 60)
  writeTwo(17, seconds % 60)
  SCRATCH[20] = ZERO + Math.floor(millis / 100)
  writeTwo(21, millis % 100)
  return SCRATCH.toString('latin1')
}

const ZERO = 0x30
const ISO_LENGTH = 24
const DAY_MS = 86_400_000
/** 0000-01-01T00:00:00.000Z: earlier years have no four-digit form. */
const EARLIEST_MS = -62_167_219_200_000

/** The text that `formatIso` wrote last. */
const SCRATCH = Buffer.alloc(ISO_LENGTH)

function writeTwo(at: number, value: number): void {
  SCRATCH[at] = ZERO + Math.floor(value / 10)
  SCRATCH[at + 1] = ZERO + (value % 10)
}

// Events of one moment share their day, and a date is the dear part of a time. Remembering it changes no answer.
let lastDay = Number.NaN
let lastDate = ''
let lastDateMs: number | undefined

/** The form that all SDKs write, `2026-01-02T03:04:05.678Z`. `undefined`: look closer. */
function parseUsual(text: string): number | undefined {
  if (text.length !== 24 || text.charCodeAt(23) !== 0x5a || text.charCodeAt(10) !== 0x54) return undefined
  if (text.charCodeAt(13) !== 0x3a || text.charCodeAt(16) !== 0x3a || text.charCodeAt(19) !== 0x2e) return undefined
  const hour = twoDigits(text, 11)
  const minute = twoDigits(text, 14)
  const second = twoDigits(text, 17)
  const millis = twoDigits(text, 20) * 10 + digit(text, 22)
  // NaN, from anything that is no digit, is not less than anything.
  if (!(hour < 24 && minute < 60 && second < 60 && millis < 1_000)) return undefined
  const date = text.slice(0, 10)
  if (date !== lastDate) {
    lastDate = date
    lastDateMs = parseAny(date)
  }
  return lastDateMs === undefined ? undefined : lastDateMs + ((hour * 60 + minute) * 60 + second) * 1_000 + millis
}

function parseAny(text: string): number | undefined {
  const match = ISO.exec(text)
  if (match === null) return undefined
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const [hour, minute, second] = [Number(match[4] ?? 0), Number(match[5] ?? 0), Number(match[6] ?? 0)]
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const millis = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3))
  const offsetMs = offsetOf(match[8])
  if (offsetMs === undefined) return undefined
  // Date.UTC reads the years 0 to 99 as 1900 to 1999; 400 years later the calendar is the same.
  const inRange = year >= 100
  const utcMs = Date.UTC(inRange ? year : year + 400, month - 1, day, hour, minute, second, millis)
  return (inRange ? utcMs : utcMs - MS_IN_400_YEARS) - offsetMs
}

// Every part has a fixed length or a bound, so that matching is linear.
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?(Z|z|[+-]\d\d(?::?\d\d)?)?)?$/

const MS_IN_400_YEARS = 146_097 * DAY_MS

function twoDigits(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1)
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - ZERO
  return value >= 0 && value <= 9 ? value : Number.NaN
}

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

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null
}
