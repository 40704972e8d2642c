import { expect, test } from 'vitest'
import { firstFor } from './first-for.ts'

const page = { event: { type: 'page', name: 'Home' } }
const track = { event: { type: 'track', event: 'Signed Up' } }
const order = { event: { type: 'track', event: 'Order Completed', properties: { total: 20 } } }

test('a mapping is tried on the latest event that its trigger takes', () => {
  expect(firstFor('type = "track"', [page, track, order])).toBe(track)
  expect(firstFor('event = "Order Completed" and properties.total > 10', [page, track, order])).toBe(order)
})

test('where it takes none, or cannot be read, it is tried on the latest', () => {
  expect([firstFor('type = "group"', [page, track]), firstFor('type = (', [page])]).toEqual([page, page])
  expect(firstFor('type = "group"', [])).toBeUndefined()
})
