import { expect, test } from 'vitest'
import { bestOf, lookedForText } from './ids.ts'

test('somebody is called by their address, else by the id that says most', () => {
  const [anonymous, user, custom] = [
    { type: 'anonymous_id', id: 'a' },
    { type: 'user_id', id: 'u' },
    { type: 'loyalty_number', id: '7' },
  ]
  expect(bestOf([custom, anonymous, user])).toBe(user)
  expect(bestOf([custom])).toBe(custom)
  expect(bestOf([])).toBeUndefined()
})

test('what was looked for is told in words, each type once', () => {
  const ids = ['email', 'user_id', 'user_id', 'anonymous_id'].map((type) => ({ type, id: 'x' }))
  expect(lookedForText(ids)).toBe('email, user id or anonymous id')
  expect([lookedForText(ids.slice(0, 1)), lookedForText([])]).toEqual(['email', 'nothing'])
})
