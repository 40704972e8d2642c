import { expect, test } from 'vitest'
import { listText, toldText } from './accounts.ts'

const at = (destinationId: string, ...sharesAccountWith: string[]) => ({ destinationId, sharesAccountWith })
const said = (...told: ReturnType<typeof at>[]) => toldText(told, ({ destinationId }) => destinationId)

test('destinations of one account are told as one', () => {
  expect(said(at('node', 'space', 'web'), at('web', 'node', 'space'), at('shop'), at('space', 'web', 'node'))).toBe(
    'node, web and space (one account, told once); shop',
  )
})

test('each destination with an account of its own is told by itself', () => {
  expect(said(at('node'), at('shop'))).toBe('node; shop')
})

test('a list is read as a sentence has it', () => {
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listText)).toEqual(['', 'a', 'a and b', 'a, b and c'])
})
