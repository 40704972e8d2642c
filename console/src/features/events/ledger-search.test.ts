import { expect, test } from 'vitest'
import { isoOf, ledgerQueryOf, ledgerSearchOf, localTimeOf, narrowedBy } from './ledger-search.ts'

test('an address with what nobody knows, what is empty and states that there are not is read without them', () => {
  expect(ledgerSearchOf({ event: ' Order ', state: 'lost', reason: '', page: 3, position: 12, userId: {} })).toEqual({
    event: 'Order',
    position: '12',
  })
})

test('what is no choice is taken off the address, and not passed on by the router', () => {
  const search = ledgerSearchOf({ state: 'filtered', type: 'tracks', reason: 'redirect' })
  expect(search).toHaveProperty('state', undefined)
  expect(search).toHaveProperty('type', undefined)
  expect(narrowedBy(search)).toBe(1)
})

test('the page is no part of what is searched for, and goes to the server as its cursor', () => {
  const search = ledgerSearchOf({ state: 'dead', cursor: 'abc' })
  expect(narrowedBy(search)).toBe(1)
  expect(ledgerQueryOf(search, 50)).toEqual({ state: 'dead', 'pagination.count': 50, 'pagination.cursor': 'abc' })
})

test('a time comes back as it was given, to the minute, and what is none is empty', () => {
  expect(isoOf(localTimeOf('2026-01-31T08:15:00.000Z'))).toBe('2026-01-31T08:15:00.000Z')
  expect([isoOf(''), localTimeOf('soon')]).toEqual(['', ''])
})
