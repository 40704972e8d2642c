import { expect, test } from 'vitest'
import type { FilterBody } from '../api/filters.ts'
import { bodyOf, draftOf, NEW, problemsOf, reduce } from './filter-draft.ts'

const BODY: FilterBody = {
  title: 'No cards',
  if: 'type = "track"',
  enabled: true,
  actions: [
    { type: 'DROP' },
    { type: 'SAMPLE', percent: 0.29, path: 'userId' },
    { type: 'SAMPLE', percent: 1 },
    {
      type: 'DROP_PROPERTIES',
      fields: { properties: ['card', 'a.b', 'c\\d'], 'context.page': ['url'], '': ['x'] },
    },
    { type: 'ALLOW_PROPERTIES', fields: { traits: ['email'] } },
  ],
}

test('a filter that is not touched is saved as it was', () => {
  expect(bodyOf(draftOf(BODY))).toEqual(BODY)
})

test('a new one drops what meets the condition, and says what is missing until it is there', () => {
  expect([...problemsOf(NEW).keys()]).toEqual(['title', 'if'])
  const draft = reduce(NEW, { type: 'set', value: { title: ' Tests ', condition: 'properties.isTest = true' } })
  expect(problemsOf(draft).size).toBe(0)
  expect(bodyOf(draft)).toEqual({
    title: 'Tests',
    if: 'properties.isTest = true',
    enabled: true,
    actions: [{ type: 'DROP' }],
  })
})

test.each(['', '-1', '101', 'x'])('a share of %j is none', (percent) => {
  const draft = reduce(NEW, { type: 'action', at: 0, value: { type: 'SAMPLE', percent } })
  expect(problemsOf(draft).get('actions.0')).toContain('from 0 to 100')
})

test('actions are added, changed and removed by their place', () => {
  const two = reduce(reduce(NEW, { type: 'add' }), {
    type: 'action',
    at: 1,
    value: { type: 'DROP_PROPERTIES', properties: 'properties.card\n\n userId ' },
  })
  expect(bodyOf(two).actions).toEqual([
    { type: 'DROP' },
    { type: 'DROP_PROPERTIES', fields: { properties: ['card'], '': ['userId'] } },
  ])
  expect(bodyOf(reduce(two, { type: 'remove', at: 0 })).actions).toHaveLength(1)
})

test('what was changed here stays on what somebody else has saved', () => {
  const opened = draftOf(BODY)
  const mine = reduce(opened, { type: 'set', value: { title: 'Mine' } })
  const theirs = draftOf({ ...BODY, title: 'Theirs', if: 'all', actions: [{ type: 'DROP' }] })
  expect(bodyOf(reduce(mine, { type: 'kept', opened, theirs }))).toEqual({
    title: 'Mine',
    if: 'all',
    enabled: true,
    actions: [{ type: 'DROP' }],
  })
  expect(reduce(mine, { type: 'taken', draft: theirs })).toEqual(theirs)
})
