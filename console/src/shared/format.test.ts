import { expect, test } from 'vitest'
import { counted, duration, time, withLocalTimes } from './format.ts'

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1_000, '1 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [61_500, '1 min 1 s'],
  [3_600_000, '1 h'],
  [7_500_000, '2 h 5 min'],
  [86_400_000, '1 d'],
  [90_061_000, '1 d 1 h'],
  [-5, '0 ms'],
])('%d ms is written as %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})

test('times within a sentence are those of whoever looks; what only looks like one stays as it is', () => {
  const at = '2026-11-28T00:20:04.123Z'
  expect(withLocalTimes(`On hold since ${at} (forbidden).`)).toBe(`On hold since ${time(at)} (forbidden).`)
  expect(withLocalTimes('It was 2026-11-28T02:20+02:00.')).toBe(`It was ${time('2026-11-28T00:20Z')}.`)
  const odd = 'order 2026-11-28, 2026-13-45T99:99Z, 2026-11-28T00:20:04 without a zone'
  expect(withLocalTimes(odd)).toBe(odd)
})

test('one thing is not written as several', () => {
  expect([counted(0, 'event'), counted(1, 'event'), counted(1_234, 'event')]).toEqual([
    '0 events',
    '1 event',
    '1,234 events',
  ])
})
