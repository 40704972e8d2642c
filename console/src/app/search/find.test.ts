import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Entry, find, folded, index, PER_KIND } from './find.ts'

/** What people take for at once is twice as long. */
const KEY_MS_MAX = 50

const view = (label: string, more: Partial<Entry> = {}): Entry => ({ kind: 'view', label, to: '/', ...more })
const named = (label: string, id: string): Entry => ({ kind: 'destination', label, ids: [id], to: '/', params: { id } })
const labels = (entries: readonly Entry[], text: string) =>
  find(index(entries), text).flatMap((found) => found.entries.map(({ label }) => label))

test('what has the id comes first, then the whole name, its beginning, a word, anything within, and words in any order', () => {
  const entries = [
    view('Reshop it'),
    view('The pet shop'),
    view('Shopping'),
    view('Shop'),
    view('Something else', { ids: ['shop'] }),
    view('Called otherwise', { names: ['shop-2'] }),
  ]
  expect(labels(entries, 'shop')).toEqual([
    'Something else',
    'Shop',
    'Shopping',
    'The pet shop',
    'Called otherwise',
    'Reshop it',
  ])
  expect(labels(entries, 'shop pet')).toEqual(['The pet shop'])
})

test('case, accents, widths and doubled spaces make no difference, in what is typed and in what is there', () => {
  expect(labels([view('Café  Zürich')], 'CAFE zurich')).toEqual(['Café  Zürich'])
  expect(labels([view('cafe')], ' ｃａｆé ')).toEqual(['cafe'])
})

test('an id is found whole, or by its first four characters, and never by its middle or another case', () => {
  const entries = [named('Extole', 'pZgIu6eFnWZTfcYjMim8iP')]
  expect(labels(entries, '  pZgIu6eFnWZTfcYjMim8iP\n')).toEqual(['Extole'])
  expect(labels(entries, 'pZgI')).toEqual(['Extole'])
  expect(labels(entries, 'pZg')).toEqual([])
  expect(labels(entries, 'nWZT')).toEqual([])
  expect(labels(entries, 'PZGIU6EFNWZTFCYJMIM8IP')).toEqual([])
})

test('the kind whose best fits best comes first, whatever the order of kinds', () => {
  const entries = [view('Deliveries of Acme'), named('Acme', 'a'), view('An Acme view')]
  expect(find(index(entries), 'acme').map(({ kind }) => kind)).toEqual(['destination', 'view'])
})

test('what fits alike keeps the order of its list, and what is beyond the first few is counted', () => {
  const entries = Array.from({ length: PER_KIND + 3 }, (_, place) => named(`Extole ${place}`, `id-${place}`))
  const [found] = find(index(entries), 'extole')
  expect(found?.entries).toEqual(entries.slice(0, PER_KIND))
  expect(found?.more).toBe(3)
  expect(find(index(entries.slice(0, PER_KIND)), 'extole')[0]?.more).toBe(0)
})

test('before anything is typed there are all views and actions, and nothing of the lists', () => {
  const views = Array.from({ length: PER_KIND + 3 }, (_, place) => view(`View ${place}`))
  const found = find(index([...views, named('Extole', 'a'), { kind: 'action', label: 'Do', to: '/' }]), ' ')
  expect(found.map(({ kind, entries, more }) => [kind, entries.length, more])).toEqual([
    ['view', views.length, 0],
    ['action', 1, 0],
  ])
})

test('whatever is typed, everything whose name or id has it is found or counted, once, and nothing else', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'B', 'á', '-', ' '), maxLength: 6 })
  const entry = fc.record({ kind: fc.constantFrom('view', 'source', 'user'), label: text, name: text, id: text })
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 20 }), text, (given, typed) => {
      const wanted = folded(typed)
      fc.pre(wanted !== '')
      const entries = given.map(
        ({ kind, label, name, id }) => ({ kind, label, names: [name], ids: [id], to: '/' }) as Entry,
      )
      const found = find(index(entries), typed)
      const isThere = ({ label, names = [], ids = [] }: Entry) => {
        const all = [label, ...names].map(folded).join(' ')
        const isOfId = ids.some(
          (id) => id === typed.trim() || (typed.trim().length >= 4 && id.startsWith(typed.trim())),
        )
        return isOfId || wanted.split(' ').every((word) => all.includes(word))
      }
      expect(found.reduce((sum, { entries: of, more }) => sum + of.length + more, 0)).toBe(
        entries.filter(isThere).length,
      )
      const shown = found.flatMap(({ entries: of }) => of)
      expect(new Set(shown).size).toBe(shown.length)
      expect(shown.every(isThere)).toBe(true)
      expect(found.every(({ kind, entries: of }) => of.every((each) => each.kind === kind))).toBe(true)
    }),
  )
})

test('200 destinations with 20 mappings each are searched at each key of a name before anybody notices', () => {
  const entries = Array.from({ length: 200 * 21 }, (_, place) =>
    named(`Destination number ${place} of Acme`, `id-${place}`),
  )
  const indexed = index(entries)
  const name = 'destination number 4199'
  const begun = performance.now()
  for (let length = 1; length <= name.length; length += 1) find(indexed, name.slice(0, length))
  expect((performance.now() - begun) / name.length).toBeLessThan(KEY_MS_MAX)
})
