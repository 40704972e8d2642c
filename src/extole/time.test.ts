import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatTime, isZone, parseEventTime } from './time.ts'

test.each([
  ['2024-01-15T12:00:00Z', '2024-01-15T12:00:00.000Z'],
  ['2023-06-19T10:12:53-0700', '2023-06-19T17:12:53.000Z'],
  ['2023-06-19T10:12:53+02', '2023-06-19T08:12:53.000Z'],
  ['2023-06-19T10:12:53GMT+2', '2023-06-19T08:12:53.000Z'],
  ['2023-06-19 10:12:53', '2023-06-19T10:12:53.000Z'],
  ['2023-06-19', '2023-06-19T00:00:00.000Z'],
  ['2023-06-19T10:12', '2023-06-19T10:12:00.000Z'],
  ['2024-02-29T00:00:00.123456789Z', '2024-02-29T00:00:00.123Z'],
  ['2024-07-01T12:00:00[Europe/Berlin]', '2024-07-01T10:00:00.000Z'],
  ['2024-07-01T12:00:00+00:00[Europe/Berlin]', '2024-07-01T12:00:00.000Z'],
])('reads %s', (text, instant) => {
  expect(parseEventTime(text)).toBe(Date.parse(instant))
})

test.each([
  'last tuesday',
  '31/31/2024',
  '',
  '2024-02-30',
  '2024-13-01',
  '2024-01-01T24:00:00Z',
  '2024-01-01T10:60:00Z',
  '2024-01-01T10:00:60Z',
  '2024-01-01T10:00:00.Z',
  '2024-01-01T10:00:00.1234567890Z',
  '2024-01-01T10:00:00+19:00',
  '2024-01-01T10:00:00+7',
  '2024-01-01T10:00:00[Mars/Olympus]',
  '1700000000000',
  '2024-01-01T',
])('refuses %j', (text) => {
  expect(parseEventTime(text)).toBeUndefined()
})

test.each([
  { name: 'summer time', text: '2024-07-01T12:00:00', instant: '2024-07-01T16:00:00Z' },
  { name: 'winter time', text: '2024-01-01T12:00:00', instant: '2024-01-01T17:00:00Z' },
  { name: 'a time that happens twice is the first one', text: '2024-11-03T01:30:00', instant: '2024-11-03T05:30:00Z' },
  {
    name: 'a time that is skipped moves forward by the gap',
    text: '2024-03-10T02:30:00',
    instant: '2024-03-10T07:30:00Z',
  },
])('in New York: $name', ({ text, instant }) => {
  expect(parseEventTime(text, 'America/New_York')).toBe(Date.parse(instant))
})

const anyInstant = fc.integer({ min: 0, max: Date.parse('2100-01-01T00:00:00Z') })

test('what is answered reads back as the same instant', () => {
  fc.assert(
    fc.property(anyInstant, (atMs) => {
      expect(parseEventTime(formatTime(atMs))).toBe(atMs)
    }),
  )
})

test('an offset moves the wall clock and not the instant', () => {
  fc.assert(
    fc.property(anyInstant, fc.integer({ min: -18 * 60, max: 18 * 60 }), (atMs, minutes) => {
      const local = new Date(atMs + minutes * 60_000).toISOString().slice(0, -1)
      const hours = String(Math.floor(Math.abs(minutes) / 60)).padStart(2, '0')
      const offset = `${minutes < 0 ? '-' : '+'}${hours}:${String(Math.abs(minutes) % 60).padStart(2, '0')}`
      expect(parseEventTime(local + offset)).toBe(atMs)
    }),
  )
})

test('a wall clock read in its own zone is its instant, but for the hour that happens twice', () => {
  const zones = ['Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe', 'America/St_Johns']
  fc.assert(
    fc.property(anyInstant, fc.constantFrom(...zones), (atMs, zone) => {
      const second = Math.floor(atMs / 1000) * 1000
      const local = new Date(second).toLocaleString('sv-SE', { timeZone: zone }).replace(' ', 'T')
      const read = parseEventTime(local, zone) ?? Number.NaN
      expect(
        second - read === 0 || new Date(read).toLocaleString('sv-SE', { timeZone: zone }).replace(' ', 'T') === local,
      ).toBe(true)
    }),
  )
})

test('zones are known by name', () => {
  expect(['UTC', 'Europe/Berlin', 'Mars/Olympus', '', 'x'.repeat(65)].map(isZone)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
})
