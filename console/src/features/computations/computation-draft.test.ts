import { expect, test } from 'vitest'
import { changeOf, creationOf, newDraft, problemsOf, reduceDraft } from './computation-draft.ts'

const QUERY = "event('Order Completed').within(30 days).count() >= 1"
const written = (text: string) =>
  reduceDraft(reduceDraft(newDraft('audience'), { do: 'set', fields: { name: 'Ordered' } }), {
    do: 'define',
    action: { do: 'write', text },
  })

test('a draft cannot be saved before it has a name and a definition that can be read', () => {
  expect([...problemsOf(newDraft('audience')).keys()]).toEqual(['name', 'definition'])
  expect(problemsOf(written("event('A'")).get('definition')).toMatch(/^Line 1/)
  expect(problemsOf(written(QUERY)).size).toBe(0)
  const nameless = reduceDraft(written(QUERY), { do: 'set', fields: { name: '!!!' } })
  expect(problemsOf(nameless).get('name')).toContain('letter or digit')
})

test('what is made says only what was chosen: all destinations and all history where nothing was', () => {
  expect(creationOf(written(QUERY))).toEqual({
    name: 'Ordered',
    description: '',
    definition: { query: QUERY, type: 'USERS' },
    options: { includeAnonymousUsers: false, includeHistoricalData: true },
  })
  const fields = { history: 'days', lookBackDays: 7, externalIds: ['email'], destinations: ['d'] } as const
  const chosen = reduceDraft(written(QUERY), { do: 'set', fields })
  expect(creationOf(chosen)).toMatchObject({
    options: { backfillEventDataDays: 7, filterByExternalIds: ['email'] },
    destinationConnections: [{ destinationId: 'd' }],
  })
})

test('a change of the name alone does not work everybody out again', () => {
  const before = written(QUERY)
  const after = reduceDraft(before, { do: 'set', fields: { name: 'Ordered lately' } })
  expect(changeOf(after, before)).toEqual({ name: 'Ordered lately' })
})
