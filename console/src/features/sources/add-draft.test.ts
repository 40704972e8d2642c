import { expect, test } from 'vitest'
import { type AddAction, EMPTY_DRAFT, problemsOf, reduce } from './add-draft.ts'

const after = (...actions: readonly AddAction[]) => actions.reduce(reduce, EMPTY_DRAFT)

test('a source is named by its kind until a person names it, and the slug follows the name', () => {
  const chosen = after({ type: 'kind', kind: 'node', name: 'Node.js' })
  expect(chosen).toMatchObject({ kind: 'node', name: 'Node.js', slug: 'node-js' })
  const named = reduce(chosen, { type: 'name', name: 'Café – Wien' })
  expect(named.slug).toBe('cafe-wien')
  expect(reduce(named, { type: 'kind', kind: 'go', name: 'Go' })).toMatchObject({ kind: 'go', name: 'Café – Wien' })
})

test('a slug that was written by hand stays, until it is emptied', () => {
  const own = after({ type: 'slug', slug: 'shop' }, { type: 'name', name: 'Website' })
  expect(own.slug).toBe('shop')
  expect([{ type: 'slug', slug: '' } as const, { type: 'name', name: 'Web' } as const].reduce(reduce, own).slug).toBe(
    'web',
  )
})

test('what is missing is said by field', () => {
  expect([...problemsOf(EMPTY_DRAFT).keys()]).toEqual(['metadataId', 'name', 'slug'])
  expect(problemsOf(after({ type: 'kind', kind: 'go', name: 'Go' })).size).toBe(0)
})
