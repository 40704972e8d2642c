import { expect, test } from 'vitest'
import type { ActionField } from '../api/catalog.ts'
import { bodyOf, draftOf, fieldOf, problemsOf, reduce } from './mapping-draft.ts'

const BODY = {
  name: 'Track',
  trigger: 'type = "track"',
  enabled: true,
  settings: {
    event_name: { '@path': '$.event' },
    note: { '@template': 'Order {{properties.id}}' },
    currency: 'USD',
    either: { '@if': { exists: { '@path': '$.userId' }, else: 'nobody' } },
    data: { '@path': '$.properties', extra: 1 },
    list: ['a', { '@path': '$.b' }],
    flag: false,
    nothing: null,
    empty: '',
  },
}
const field = (fieldKey: string, required = false) => ({ fieldKey, label: fieldKey, required }) as ActionField

test('what is not touched is saved as it was, whatever it is made of', () => {
  expect(bodyOf(draftOf(BODY, ['event_name', 'unset']))).toEqual(BODY)
})

test.each([
  [{ '@path': '$.userId' }, 'variable'],
  [{ '@template': '{{userId}}' }, 'template'],
  ['text', 'value'],
  [42, 'json'],
  [null, 'json'],
  [{ '@path': 7 }, 'json'],
  [undefined, 'none'],
] as const)('%j is edited as %s', (value, kind) => {
  expect(fieldOf(value).kind).toBe(kind)
})

test('a field can be filled in another way, and left out', () => {
  const draft = [
    { type: 'field', key: 'currency', value: { kind: 'variable', text: ' $.properties.currency ' } },
    { type: 'field', key: 'note', value: { kind: 'none', text: '' } },
    { type: 'field', key: 'flag', value: { kind: 'json', text: 'true' } },
  ].reduce((before, action) => reduce(before, action as never), draftOf(BODY, []))
  const { note: _, ...rest } = BODY.settings
  expect(bodyOf(draft).settings).toEqual({ ...rest, currency: { '@path': '$.properties.currency' }, flag: true })
})

test('a draft that cannot be saved says why, by the field', () => {
  const draft = [
    { type: 'name', value: ' ' },
    { type: 'trigger', value: '' },
    { type: 'field', key: 'data', value: { kind: 'json', text: '{' } },
    { type: 'field', key: 'currency', value: { kind: 'variable', text: 'userId' } },
  ].reduce((before, action) => reduce(before, action as never), draftOf(BODY, ['must']))
  expect([...problemsOf(draft, [field('must', true), field('event_name', true), field('may')]).keys()].sort()).toEqual([
    'currency',
    'data',
    'must',
    'name',
    'trigger',
  ])
})

test('what was changed here stays on what somebody else has saved', () => {
  const opened = draftOf(BODY, [])
  const mine = reduce(opened, { type: 'field', key: 'currency', value: { kind: 'value', text: 'EUR' } })
  const settings = { ...BODY.settings, currency: 'GBP', empty: undefined, more: 'theirs' }
  const theirs = draftOf({ ...BODY, trigger: 'event = "Theirs"', settings }, [])
  const merged = bodyOf(reduce(mine, { type: 'kept', opened, theirs }))
  expect(merged).toMatchObject({ name: 'Track', trigger: 'event = "Theirs"', settings: { currency: 'EUR' } })
  expect(merged.settings).toMatchObject({ more: 'theirs' })
  expect(merged.settings).not.toHaveProperty('empty')
  expect(bodyOf(reduce(mine, { type: 'taken', draft: theirs }))).toEqual(bodyOf(theirs))
})
