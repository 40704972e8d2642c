import { expect, test } from 'vitest'
import { ACCOUNT_USERS_MAX, decodeAnswers, encodeAnswers, isMet, mergeAnswers, withAnswer } from './answers.ts'

const users = (from: number, count: number) => Array.from({ length: count }, (_, at) => from + at)

test('an answer keeps its place, and who has none is no user', () => {
  const three = [1, 2, 3].reduce<readonly number[]>((known, user) => withAnswer(known, user, user !== 2), [])
  expect(three).toEqual([1, -2, 3])
  expect(withAnswer(three, 2, false)).toBe(three)
  expect(withAnswer(three, 2, true)).toEqual([1, 2, 3])
  expect(withAnswer(three, 1, undefined)).toEqual([-2, 3])
  expect(withAnswer(three, 9, undefined)).toBe(three)
})

test('any and all ask those there are', () => {
  expect([isMet('any', []), isMet('all', [])]).toEqual([false, false])
  expect([isMet('any', [-1, 2]), isMet('all', [-1, 2])]).toEqual([true, false])
  expect([isMet('any', [-1]), isMet('all', [1, 2])]).toEqual([false, true])
})

test('of more users than there may be the first ones are not asked any more, also when two accounts become one', () => {
  const full = users(1, ACCOUNT_USERS_MAX)
  expect(withAnswer(full, 1, false)).toHaveLength(ACCOUNT_USERS_MAX)
  const more = withAnswer(full, ACCOUNT_USERS_MAX + 1, false)
  expect([more.length, more[0], more.at(-1)]).toEqual([ACCOUNT_USERS_MAX, 2, -ACCOUNT_USERS_MAX - 1])
  const both = mergeAnswers(new Map([[7, full]]), new Map([[7, [-1, 5_000]]]))
  // Who is a user of both is so once, with the answer that was heard for the one that stays.
  expect(both.get(7)).toEqual([...full.slice(1), 5_000])
})

test('what is written is read again', () => {
  const answers = new Map([
    [2 ** 48 + 5, [1, -20, 300]],
    [2 ** 48 + 9, []],
  ])
  expect(decodeAnswers(encodeAnswers(answers))).toEqual(answers)
})
