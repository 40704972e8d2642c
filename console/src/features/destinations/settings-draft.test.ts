import { expect, test } from 'vitest'
import { changesOf, draftOf, isChanged, problemsOf, reduce, type SettingOption, shownIn } from './settings-draft.ts'

const option = (name: string, type: string, more: Partial<SettingOption> = {}): SettingOption => ({
  name,
  type,
  required: false,
  label: name,
  description: '',
  ...more,
})
const OPTIONS = [
  option('apiKey', 'password', { required: true }),
  option('adminKey', 'password'),
  option('url', 'string', { defaultValue: 'https://api.example.com' }),
  option('threshold', 'number', { defaultValue: 200 }),
  option('derive', 'boolean', { defaultValue: false }),
  option('size', 'number', {
    choices: [
      { value: 1, label: 'One' },
      { value: 2, label: 'Two' },
    ],
  }),
]
const MASKED = { apiKey: '••••••••••1234', adminKey: '••••••••••5678', url: 'https://eu.example.com', names: {} }

test('of a new destination everything that is set is saved, as its type', () => {
  const draft = [
    { type: 'set', name: 'apiKey', value: ' key ' },
    { type: 'set', name: 'threshold', value: '50' },
    { type: 'set', name: 'size', value: '2' },
  ].reduce((before, action) => reduce(before, action as never), draftOf(OPTIONS))
  expect(changesOf(draft)).toEqual({
    apiKey: 'key',
    url: 'https://api.example.com',
    threshold: 50,
    derive: false,
    size: 2,
  })
  expect(problemsOf(draft).size).toBe(0)
})

test('of a saved one only what differs is saved, and a secret that is left empty stays', () => {
  const draft = draftOf(OPTIONS, MASKED)
  expect([isChanged(draft), changesOf(draft), problemsOf(draft).size]).toEqual([false, {}, 0])
  const changed = reduce(draft, { type: 'set', name: 'url', value: '' })
  expect(changesOf(changed)).toEqual({ url: null })
  expect(isChanged(reduce(changed, { type: 'set', name: 'url', value: 'https://eu.example.com' }))).toBe(false)
})

test('a secret is removed only when that is asked for, and a required one must be entered again', () => {
  const removed = reduce(draftOf(OPTIONS, MASKED), { type: 'remove', name: 'adminKey' })
  expect(changesOf(removed)).toEqual({ adminKey: null })
  expect(changesOf(reduce(removed, { type: 'set', name: 'adminKey', value: 'new' }))).toEqual({ adminKey: 'new' })
  expect([...problemsOf(reduce(removed, { type: 'remove', name: 'apiKey' }))]).toEqual([
    ['apiKey', 'Enter the apiKey.'],
  ])
})

test('settings of another destination are taken without its secrets', () => {
  const draft = reduce(draftOf(OPTIONS, MASKED), {
    type: 'copy',
    settings: { apiKey: '••••••••••9999', url: 'https://us.example.com', threshold: 5 },
  })
  expect(changesOf(draft)).toEqual({ url: 'https://us.example.com', threshold: 5 })
})

test('a number that is none is a problem', () => {
  const draft = reduce(draftOf(OPTIONS, MASKED), { type: 'set', name: 'threshold', value: 'many' })
  expect([...problemsOf(draft).keys()]).toEqual(['threshold'])
})

test('what was changed here stays on what somebody else has saved, and keys are told apart by their end', () => {
  const draft = [
    { type: 'set', name: 'threshold', value: '50' },
    { type: 'set', name: 'adminKey', value: 'another' },
  ].reduce((before, action) => reduce(before, action as never), draftOf(OPTIONS, MASKED))
  const theirs = { ...MASKED, apiKey: '••••••••••9999', url: 'https://us.example.com', threshold: 7 }
  const merged = reduce(draft, { type: 'kept', settings: theirs })
  expect(changesOf(merged)).toEqual({ threshold: 50, adminKey: 'another' })
  expect(Object.fromEntries(shownIn(merged))).toMatchObject({
    apiKey: '••••••••••9999',
    adminKey: 'A new one',
    url: 'https://us.example.com',
    threshold: '50',
    derive: 'Off',
  })
  expect(reduce(merged, { type: 'saved', settings: theirs })).toEqual(draftOf(OPTIONS, theirs))
})
