import { expect, test } from 'vitest'
import { troubleText } from './trouble.ts'

const one = (tone: 'good' | 'waiting' | 'bad' | 'off', title: string, pending = 0) => ({
  words: { tone, title },
  pending,
})

test('while every destination gets its events nothing is said', () => {
  expect(troubleText([])).toBeNull()
  expect(
    troubleText([one('good', 'Working'), one('waiting', 'Waiting for a retry', 3), one('off', 'Switched off', 9)]),
  ).toBeNull()
})

test('those that get nothing are counted with what waits for them, each reason once', () => {
  expect(troubleText([one('good', 'Working', 5), one('bad', 'Not answering', 320)])).toBe(
    '1 of 2 destinations gets nothing now (not answering), and 320 deliveries wait.',
  )
  const all = [one('bad', 'Not answering', 1), one('bad', 'Its key is refused'), one('bad', 'Not answering')]
  expect(troubleText(all)).toBe(
    '3 of 3 destinations get nothing now (not answering, its key is refused), and 1 delivery waits.',
  )
})
