import { expect, test } from 'vitest'
import type { EventName } from '../api/event-names.ts'
import { draftOf, namesOf, reduce, renamingsOf } from './event-names-draft.ts'

const seen = (name: string, renamedTo: string | null): EventName => ({
  name,
  renamedTo,
  firstSeenAt: null,
  lastSeenAt: null,
  sentAs: [],
  filtered: null,
  suggestion: null,
})
const NAMES = [seen('Order Completed', null), seen('Signed Up', 'registration'), seen('__proto__', 'x')]

test('nothing changes until a name is set, and names that are set are kept', () => {
  const draft = draftOf(NAMES)
  expect(renamingsOf(draft)).toEqual([])
  const changed = reduce(draft, { type: 'set', name: 'Order Completed', value: ' conversion ' })
  expect(Object.entries(namesOf(changed))).toEqual([
    ['Signed Up', 'registration'],
    ['__proto__', 'x'],
    ['Order Completed', 'conversion'],
  ])
  expect(renamingsOf(changed)).toEqual([{ name: 'Order Completed', from: undefined, to: 'conversion' }])
})

test('an emptied name goes back to its own, and what is typed back changes nothing', () => {
  const emptied = reduce(draftOf(NAMES), { type: 'set', name: 'Signed Up', value: ' ' })
  expect(renamingsOf(emptied)).toEqual([{ name: 'Signed Up', from: 'registration', to: undefined }])
  expect(renamingsOf(reduce(emptied, { type: 'set', name: 'Signed Up', value: 'registration' }))).toEqual([])
})

test('what was changed here stays on what somebody else has saved', () => {
  const mine = reduce(draftOf(NAMES), { type: 'set', name: 'Order Completed', value: 'conversion' })
  const theirs = [seen('Order Completed', 'sale'), seen('Signed Up', null), seen('New', 'new')]
  const merged = reduce(mine, { type: 'kept', names: theirs })
  expect(namesOf(merged)).toEqual({ 'Order Completed': 'conversion', New: 'new' })
  expect(renamingsOf(merged)).toEqual([{ name: 'Order Completed', from: 'sale', to: 'conversion' }])
})
