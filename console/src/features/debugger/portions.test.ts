import { expect, test, vi } from 'vitest'
import { portions } from './portions.ts'

const gathering = (everyMs: number) => {
  const shown: (readonly number[])[] = []
  return { shown, ...portions<number>({ everyMs, most: 3, show: (all) => void shown.push(all) }) }
}

test('what comes is shown together after a while, in its order', async () => {
  const { shown, add } = gathering(5)
  add(1)
  add(2)
  expect(shown).toEqual([])
  await vi.waitFor(() => expect(shown).toEqual([[1, 2]]))
})

test('while timers rest no more is kept than one portion', () => {
  const { shown, add } = gathering(60_000)
  for (let each = 1; each <= 7; each += 1) add(each)
  expect(shown).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ])
})

test('what was not shown when nobody looks any more is not shown', async () => {
  const { shown, add, close } = gathering(5)
  add(1)
  close()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(shown).toEqual([])
})
