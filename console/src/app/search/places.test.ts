import { expect, test } from 'vitest'
import { find, index } from './find.ts'
import { offersOf } from './offers.ts'
import { placesFor } from './places.ts'
import { rowsOf } from './rows.ts'
import { destinationEntries, mappingEntries, newReplayEntries, sourceEntries } from './things.ts'

const labels = (rights: readonly string[]) =>
  placesFor([{ label: 'Overview', to: '/' }], rights).map(({ label }) => label)

test('who may only read finds no action, and no view that is not for them', () => {
  const read = labels(['api:read'])
  expect(read).toContain('Health')
  for (const each of [
    'Users',
    'Audit log',
    'Debugger',
    'Add Source',
    'Add Destination',
    'New audience',
    'Delete a user',
  ])
    expect(read).not.toContain(each)
  expect(labels(['api:write'])).toContain('Add Destination')
  expect(labels(['api:write'])).not.toContain('Delete a user')
  expect(labels(['regulations:write'])).toContain('Delete a user')
  expect(labels(['users:read'])).toContain('Groups')
})

const metadata = { name: 'Extole' }
const source = { id: 'source-id-1', slug: 'website', name: '', writeKeys: ['old-write-key', 'new-write-key'], metadata }
const destination = (place: number) => ({
  id: `destination-${place}`,
  name: `Extole ${place}`,
  sourceId: source.id,
  metadata,
  subscriptions: [{ id: `mapping-${place}`, name: 'Orders' }],
})

const NOBODY = offersOf('', { mayRead: true, space: undefined })
const shown = (entries: Parameters<typeof index>[0], text: string) => rowsOf(find(index(entries), text), NOBODY)

test('a source without a name is found by its slug, and by each of its write keys', () => {
  const entries = sourceEntries([source])
  for (const text of ['website', 'source-id-1', 'old-write-key', 'new-write-key'])
    expect(shown(entries, text)[0]?.rows[0]).toMatchObject({ label: 'website', params: { id: source.id } })
})

test('beyond the first destinations the last line leads to their list, and a kind without a list asks for more of the name', () => {
  const all = Array.from({ length: 9 }, (_, place) => destination(place))
  const [group] = shown(destinationEntries(all, new Map([[source.id, 'Website']])), 'extole')
  expect(group?.rows[0]).toMatchObject({ label: 'Extole 0', detail: 'Extole, from Website' })
  expect(group?.rows.at(-1)).toEqual({ label: '3 more in Destinations', to: '/destinations' })
  const [mappings] = shown(mappingEntries(all, new Map()), 'orders')
  expect(mappings?.title).toBe('Mappings (3 more: write more of the name)')
  expect(mappings?.rows.map(({ params }) => params?.['mapping'])).toEqual(
    all.slice(0, 6).map((_, place) => `mapping-${place}`),
  )
})

test('what is pasted and looks like somebody is offered before what is found, anything else after it', () => {
  const entries = newReplayEntries(new Map([['destination-1', 'Extole']]))
  const titles = (text: string) =>
    rowsOf(find(index(entries), text), offersOf(text, { mayRead: true, space: undefined })).map(({ title }) => title)
  expect(titles('replay')).toEqual(['Begin a replay', 'It may also be'])
  expect(titles('replay@example.com')).toEqual(['Look up'])
})
