import { expect, test } from 'vitest'
import { sizeWords } from './size-words.ts'

const at = (count: number, entered: number, left: number) => ({ time: '2026-01-01T00:00:00Z', count, entered, left })

test.each([
  { series: [at(5, 0, 0), at(5, 0, 0)], says: 'Nobody came in or left in 1 h.' },
  { series: [at(7, 2, 0), at(6, 0, 1)], says: '6 now, 1 more than 1 h ago: 2 came in, 1 left.' },
  { series: [at(3, 0, 1_200)], says: '3 now, 1,200 fewer than 1 h ago: 0 came in, 1,200 left.' },
  { series: [at(3, 1, 1)], says: '3 now, as many as 1 h ago: 1 came in, 1 left.' },
  { series: [], says: 'Nobody came in or left in 1 h.' },
])('$says', ({ series, says }) => {
  expect(sizeWords(series, '1 h', true)).toBe(says)
})

test('of a computed trait they get a value and lose it', () => {
  expect(sizeWords([at(1, 1, 0)], '7 d', false)).toBe('1 now, 1 more than 7 d ago: 1 got a value, 0 lost it.')
})
