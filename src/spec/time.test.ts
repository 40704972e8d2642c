import fc from 'fast-check'
import { expect, test } from 'vitest'
import { correctTime, formatIso, parseIso } from './time.ts'

const RECEIVED_AT = '2026-03-01T12:00:00.000Z'
const RECEIVED_MS = Date.parse(RECEIVED_AT)
const correct = (original: unknown, sent: unknown) => correctTime(original, sent, RECEIVED_MS, RECEIVED_AT)

test.each([
  {
    name: 'a clock an hour slow is corrected',
    original: '2026-03-01T10:59:50.000Z',
    sent: '2026-03-01T11:00:00.000Z',
    timestamp: '2026-03-01T11:59:50.000Z',
    warning: undefined,
  },
  {
    name: 'a clock years ahead is corrected',
    original: '2031-01-01T00:00:00.000Z',
    sent: '2031-01-01T00:00:01.500Z',
    timestamp: '2026-03-01T11:59:58.500Z',
    warning: undefined,
  },
  {
    name: 'an event sent before it happened is ahead of us by that much',
    original: '2026-03-01T13:00:00.000Z',
    sent: '2026-03-01T12:00:00.000Z',
    timestamp: '2026-03-01T13:00:00.000Z',
    warning: undefined,
  },
  {
    name: '24 hours ahead is the last time believed',
    original: '2026-03-02T12:00:00.000Z',
    sent: '2026-03-01T12:00:00.000Z',
    timestamp: '2026-03-02T12:00:00.000Z',
    warning: undefined,
  },
  {
    name: 'a millisecond more is not believed',
    original: '2026-03-02T12:00:00.001Z',
    sent: '2026-03-01T12:00:00.000Z',
    timestamp: RECEIVED_AT,
    warning: 'timestamp_future',
  },
  {
    name: 'the start of 1970 is not ancient',
    original: '1970-01-01T00:00:00.000Z',
    sent: RECEIVED_AT,
    timestamp: '1970-01-01T00:00:00.000Z',
    warning: undefined,
  },
  {
    name: 'the millisecond before 1970 is kept and flagged',
    original: '1969-12-31T23:59:59.999Z',
    sent: RECEIVED_AT,
    timestamp: '1969-12-31T23:59:59.999Z',
    warning: 'timestamp_ancient',
  },
  {
    name: 'a time before the year 0 becomes its beginning',
    original: '0001-01-01T00:00:00.000Z',
    sent: '9999-12-31T00:00:00.000Z',
    timestamp: '0000-01-01T00:00:00.000Z',
    warning: 'timestamp_ancient',
  },
  {
    name: 'a missing sentAt',
    original: '2026-03-01T11:00:00.000Z',
    sent: undefined,
    timestamp: RECEIVED_AT,
    warning: 'timestamp_invalid',
  },
  {
    name: 'an unreadable sentAt',
    original: '2026-03-01T11:00:00.000Z',
    sent: 'soon',
    timestamp: RECEIVED_AT,
    warning: 'timestamp_invalid',
  },
  {
    name: 'an unreadable timestamp',
    original: 'yesterday',
    sent: RECEIVED_AT,
    timestamp: RECEIVED_AT,
    warning: 'timestamp_invalid',
  },
  {
    name: 'a timestamp that is a number',
    original: RECEIVED_MS,
    sent: RECEIVED_AT,
    timestamp: RECEIVED_AT,
    warning: 'timestamp_invalid',
  },
  {
    name: 'an unreadable sentAt alone',
    original: undefined,
    sent: 7,
    timestamp: RECEIVED_AT,
    warning: 'timestamp_invalid',
  },
  {
    name: 'an event that dates nothing',
    original: undefined,
    sent: undefined,
    timestamp: RECEIVED_AT,
    warning: undefined,
  },
  { name: 'an event with nulls for times', original: null, sent: null, timestamp: RECEIVED_AT, warning: undefined },
  {
    name: 'an event that says only when it was sent',
    original: undefined,
    sent: '2020-01-01T00:00:00Z',
    timestamp: RECEIVED_AT,
    warning: undefined,
  },
])('corrected time: $name', ({ original, sent, timestamp, warning }) => {
  expect(correct(original, sent)).toMatchObject({ timestamp, warning })
})

test('readings of the sender are kept as sent, unreadable ones replaced by the next best reading', () => {
  expect(correct('2026-03-01T11:00:00+01:00', '2026-03-01T11:00:00')).toMatchObject({
    originalTimestamp: '2026-03-01T11:00:00+01:00',
    sentAt: '2026-03-01T11:00:00',
  })
  expect(correct({ not: 'a time' }, '2026-03-01T11:00:00Z')).toMatchObject({
    originalTimestamp: '2026-03-01T11:00:00Z',
    sentAt: '2026-03-01T11:00:00Z',
  })
  expect(correct(undefined, undefined)).toMatchObject({ originalTimestamp: RECEIVED_AT, sentAt: RECEIVED_AT })
})

test.each([
  ['2026-02-28', '2026-02-28T00:00:00.000Z'],
  ['2024-02-29T23:59', '2024-02-29T23:59:00.000Z'],
  ['2026-01-01 10:00:00', '2026-01-01T10:00:00.000Z'],
  ['2026-01-01T10:00:00.123456789Z', '2026-01-01T10:00:00.123Z'],
  ['2026-01-01T10:00:00.5Z', '2026-01-01T10:00:00.500Z'],
  ['2026-01-01T10:00:00-0530', '2026-01-01T15:30:00.000Z'],
  ['2026-01-01T10:00:00+02', '2026-01-01T08:00:00.000Z'],
  ['0050-06-01T00:00:00Z', '0050-06-01T00:00:00.000Z'],
])('%s is read as %s', (text, instant) => {
  expect(parseIso(text)).toBe(Date.parse(instant))
})

test.each([
  '',
  '2026',
  '2026-13-01',
  '2026-00-10',
  '2026-02-29',
  '2026-04-31',
  '2026-01-01T24:00:00Z',
  '2026-01-01T10:60:00Z',
  '2026-01-01T10:00:61Z',
  '2026-01-01T10Z',
  '2026-01-01T10:00:00+24:00',
  '2026-01-01T10:00:00Zjunk',
  ' 2026-01-01T10:00:00Z',
  '1767225600000',
  'Thu, 01 Jan 2026 00:00:00 GMT',
  '2026-01-01T10:00:00.0000000000000Z',
])('%j is not a time', (text) => {
  expect(parseIso(text)).toBeUndefined()
})

const anyMs = fc.integer({ min: Date.parse('0000-01-01T00:00:00Z'), max: Date.parse('9999-12-31T23:59:59.999Z') })
const iso = (ms: number) => new Date(ms).toISOString()

test('reads what Date writes, and writes what Date writes', () => {
  fc.assert(
    fc.property(anyMs, (ms) => {
      expect(parseIso(iso(ms))).toBe(ms)
      expect(formatIso(ms)).toBe(iso(ms))
    }),
    { numRuns: 1_000 },
  )
})

test('a character in the wrong place is never overlooked', () => {
  const text = '2026-01-02T03:04:05.678Z'
  const anyEdit = fc.tuple(fc.nat(text.length - 1), fc.constantFrom('x', ' ', '-', ':', '9', '/', '\u0660'))
  fc.assert(
    fc.property(anyEdit, ([at, character]) => {
      const edited = text.slice(0, at) + character + text.slice(at + 1)
      const naive = Date.parse(edited)
      const isCanonical = !Number.isNaN(naive) && iso(naive) === edited
      if (isCanonical) expect(parseIso(edited)).toBe(naive)
      // What Date would not write itself: a space for the T, and a further digit for the Z.
      else if (!(at === 10 && character === ' ') && !(at === 23 && character === '9'))
        expect(parseIso(edited)).toBeUndefined()
    }),
    { numRuns: 500 },
  )
})

test('agrees with Date.parse on every calendar date', () => {
  const part = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'))
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 9999 }),
      part(14),
      part(33),
      part(25),
      part(61),
      (year, month, day, hour, minute) => {
        const text = `${String(year).padStart(4, '0')}-${month}-${day}T${hour}:${minute}:00.000Z`
        const naive = Date.parse(text)
        // Date reads 24:00 and 30 February as the next days: here both are no times.
        expect(parseIso(text)).toBe(Number.isNaN(naive) || iso(naive) !== text ? undefined : naive)
      },
    ),
    { numRuns: 500 },
  )
})

test('agrees with the formula wherever both clocks are readable', () => {
  const near = fc.integer({ min: -200_000_000, max: 200_000_000 })
  const anyOriginal = fc.oneof(
    anyMs,
    near.map((d) => RECEIVED_MS + d),
    near,
  )
  fc.assert(
    fc.property(
      anyOriginal,
      fc.oneof(
        anyMs,
        near.map((d) => RECEIVED_MS + d),
      ),
      (original, sent) => {
        const naive = RECEIVED_MS - (sent - original)
        const answer = correct(iso(original), iso(sent))
        if (naive > RECEIVED_MS + 24 * 3_600_000)
          expect(answer).toMatchObject({ timestamp: RECEIVED_AT, warning: 'timestamp_future' })
        else {
          expect(Date.parse(answer.timestamp)).toBe(Math.max(naive, Date.parse('0000-01-01T00:00:00Z')))
          expect(answer.warning).toBe(naive < 0 ? 'timestamp_ancient' : undefined)
        }
      },
    ),
    { numRuns: 1_000 },
  )
})
