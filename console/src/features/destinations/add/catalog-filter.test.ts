import { expect, test } from 'vitest'
import { allCategories, found } from './catalog-filter.ts'

const entry = (
  name: string,
  description: string,
  categories: string[],
  origin: 'built-in' | 'segment' = 'built-in',
) => ({
  slug: name.toLowerCase(),
  name,
  description,
  categories,
  origin,
})
const ENTRIES = [
  entry('Webhook', 'Sends to a URL, for example of Extole', ['Raw Data']),
  entry('Extole Platform', 'Referral marketing', ['Referrals']),
  entry('Braze', '', [], 'segment'),
]

test('what is called so comes before what only speaks of it', () => {
  expect(found(ENTRIES, { q: 'EXTOLE' }).map(({ name }) => name)).toEqual(['Extole Platform', 'Webhook'])
  expect(found(ENTRIES, { q: ' platform  extole' }).map(({ name }) => name)).toEqual(['Extole Platform'])
  expect(found(ENTRIES, { q: 'nothing' })).toEqual([])
})

test("Segment's destinations, which have no category, are one", () => {
  expect(allCategories(ENTRIES)).toEqual(['Raw Data', 'Referrals', "Segment's catalog"])
  expect(found(ENTRIES, { category: "Segment's catalog" }).map(({ name }) => name)).toEqual(['Braze'])
})
