import { expect, test } from 'vitest'
import { progressText } from './computations.ts'

test('how far a new definition is, is told with what is left', () => {
  const nowMs = Date.parse('2026-01-01T00:00:00Z')
  const history = { phase: 'history', done: 500, total: 2_000, expectedAt: '2026-01-01T00:00:02.100Z' } as const
  expect(progressText(history, nowMs)).toBe('500 of 2000 records of history read, about 3 s left')
  const people = { phase: 'people', done: 0, total: 7, expectedAt: null } as const
  expect(progressText(people, nowMs)).toBe('0 of 7 profiles worked out')
  expect(progressText({ ...history, expectedAt: '2025-12-31T23:59:59Z' }, nowMs)).toContain('about 0 s left')
})
