import { expect, test } from 'vitest'
import {
  changesOf,
  draftOf,
  isChanged,
  labelOf,
  problemsOf,
  reduce,
  type SettingsAction,
  shownIn,
} from './settings-draft.ts'

const SAVED = { name: 'Website', enabled: true, labels: [{ key: 'team', value: 'web' }] }
const after = (...actions: readonly SettingsAction[]) => actions.reduce(reduce, draftOf(SAVED))

test('what is as it was saved is no change, whatever happened in between', () => {
  const draft = after(
    { type: 'name', name: 'Shop' },
    { type: 'enabled', enabled: false },
    { type: 'labels', labels: [] },
    { type: 'labels', labels: ['team:web', 'team:web'] },
    { type: 'enabled', enabled: true },
    { type: 'name', name: ' Website ' },
  )
  expect(isChanged(draft)).toBe(false)
})

test('only what differs is sent, and labels as a whole', () => {
  const draft = after({ type: 'enabled', enabled: false }, { type: 'labels', labels: ['team:web', 'stage: live'] })
  expect(changesOf(draft)).toEqual({
    source: { enabled: false },
    labels: [
      { key: 'team', value: 'web' },
      { key: 'stage', value: 'live' },
    ],
  })
})

test('a name is needed, and a label has a key and a value', () => {
  expect([...problemsOf(after({ type: 'name', name: ' ' }, { type: 'labels', labels: ['team'] })).keys()]).toEqual([
    'name',
    'labels',
  ])
  expect(labelOf('site:https://example.com')).toEqual({ key: 'site', value: 'https://example.com' })
})

test('what was changed here stays on what somebody else has saved', () => {
  const theirs = { name: 'Theirs', enabled: false, labels: [{ key: 'team', value: 'app' }] }
  const draft = after({ type: 'name', name: 'Mine' }, { type: 'kept', source: theirs })
  expect(changesOf(draft)).toEqual({ source: { name: 'Mine' }, labels: undefined })
  expect([...shownIn(draft).values()]).toEqual(['Mine', 'Off', 'team:app'])
})
