import { expect, test } from 'vitest'
import { differencesOf, kept } from './differences.ts'

const shown = (fields: Readonly<Record<string, string>>) => new Map(Object.entries(fields))

test('what somebody else changed stands beside what was entered here for the same', () => {
  const opened = shown({ Name: 'Shop', URL: 'https://a.example', Note: '' })
  const theirs = shown({ Name: 'Shop of theirs', URL: 'https://b.example', Note: '', New: 'x' })
  const mine = shown({ Name: 'Shop of mine', URL: 'https://a.example', Note: 'only here' })
  expect(differencesOf(opened, theirs, mine)).toEqual([
    { field: 'Name', opened: 'Shop', theirs: 'Shop of theirs', mine: 'Shop of mine' },
    { field: 'URL', opened: 'https://a.example', theirs: 'https://b.example', mine: undefined },
    { field: 'New', opened: '', theirs: 'x', mine: undefined },
  ])
})

test('nothing that is shown was changed: there is nothing to tell', () => {
  const opened = shown({ Name: 'Shop' })
  expect(differencesOf(opened, opened, shown({ Name: 'Mine' }))).toEqual([])
})

test('what was changed here stays, all else is theirs', () => {
  expect(kept('a', 'theirs', 'a')).toBe('theirs')
  expect(kept('a', 'theirs', 'mine')).toBe('mine')
  expect(kept({ path: '$.a' }, { path: '$.b' }, { path: '$.a' })).toEqual({ path: '$.b' })
})
