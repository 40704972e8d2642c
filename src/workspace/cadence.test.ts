import { expect, test } from 'vitest'
import { checkCadence, EVERY_MINUTES_MAX, EVERY_MINUTES_MIN, nextTellingMs } from './cadence.ts'

test('a cadence has 1 to 1,440 whole minutes, or is none', () => {
  for (const fine of [undefined, EVERY_MINUTES_MIN, EVERY_MINUTES_MAX]) expect(checkCadence(fine, 'f')).toEqual([])
  for (const wrong of [EVERY_MINUTES_MIN - 1, EVERY_MINUTES_MAX + 1, 1.5, Number.NaN])
    expect(checkCadence(wrong, 'f')).toEqual([{ field: 'f', message: 'must be a whole number from 1 to 1440' }])
})

test('what changes is told at the end of its interval, and what changes right then at the end of the next', () => {
  const at = (text: string) => Date.parse(`2026-01-02T${text}Z`)
  expect(nextTellingMs(at('10:07:00.001'), 15)).toBe(at('10:15:00'))
  expect(nextTellingMs(at('10:14:59.999'), 15)).toBe(at('10:15:00'))
  expect(nextTellingMs(at('10:15:00'), 15)).toBe(at('10:30:00'))
  expect(nextTellingMs(at('10:07:00'), EVERY_MINUTES_MAX)).toBe(at('00:00:00') + 86_400_000)
  expect(nextTellingMs(at('10:07:30'), EVERY_MINUTES_MIN)).toBe(at('10:08:00'))
})
