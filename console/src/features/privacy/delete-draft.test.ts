import { expect, test } from 'vitest'
import {
  EMPTY,
  isConfirmed,
  PEOPLE_MAX,
  problemOf,
  reduce,
  spacedOf,
  USER_ID_CHARS_MAX,
  userIdsOf,
} from './delete-draft.ts'

const written = (text: string) => reduce(EMPTY, { type: 'text', text })

test('each line is a user id, once, and empty lines are nobody', () => {
  expect(userIdsOf('ada\n\n  \nbob\r\nada\n')).toEqual(['ada', 'bob'])
})

test('a space around a user id is part of it, and is told', () => {
  expect(userIdsOf(' ada\nada\nbob ')).toEqual([' ada', 'ada', 'bob '])
  expect(spacedOf(' ada\nada\nbob \r\n')).toEqual([' ada', 'bob '])
})

test('what is changed after its consequences were seen has to be looked at and confirmed again', () => {
  const seen = reduce(reduce(written('ada'), { type: 'seen' }), { type: 'confirmation', text: 'delete' })
  expect(seen).toEqual({ text: 'ada', seen: ['ada'], confirmation: 'delete' })
  expect(reduce(seen, { type: 'text', text: 'ada\nbob' })).toEqual({
    text: 'ada\nbob',
    seen: undefined,
    confirmation: '',
  })
})

test('nobody, one person too many and an id that is too long are told before they are asked for', () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => `u${n}`).join('\n')
  expect(problemOf(EMPTY)).toContain('at least one')
  expect(reduce(EMPTY, { type: 'seen' })).toBe(EMPTY)
  expect([problemOf(written(many(PEOPLE_MAX))), problemOf(written(many(PEOPLE_MAX + 1)))]).toEqual([
    null,
    expect.stringContaining('5001'),
  ])
  const long = (length: number) => problemOf(written('x'.repeat(length)))
  expect([long(USER_ID_CHARS_MAX), long(USER_ID_CHARS_MAX + 1)]).toEqual([null, expect.stringContaining('501')])
})

test('the word is taken in any case, and no other', () => {
  expect(['delete', ' Delete ', 'del', ''].map(isConfirmed)).toEqual([true, true, false, false])
})
