import { expect, test } from 'vitest'
import { factsOf, partsOf } from './facts.ts'
import { lineOf } from './lines.ts'

test('what is nested is told by its path, lists stay together, and empty parts are left out', () => {
  const record = { properties: { cart: { total: 3, items: [1, 2] } }, traits: {}, context: { page: { title: 'Shop' } } }
  expect(partsOf(record)).toEqual([
    {
      label: 'Properties',
      facts: [
        ['cart.total', '3'],
        ['cart.items', '[1,2]'],
      ],
    },
    { label: 'Context', facts: [['page.title', 'Shop']] },
  ])
})

test('samples of rejected events are each told', () => {
  expect(partsOf({ counts: { unknown_type: 1 }, samples: [{ event: '{"type":"x"}' }] })).toEqual([
    { label: 'Reasons', facts: [['unknown_type', '1']] },
    { label: 'Samples', facts: [['0.event', '{"type":"x"}']] },
  ])
})

test('facts are those that the event has', () => {
  const line = lineOf({ position: 7, sourceId: 's1', record: { type: 'track', event: 'A', userId: 'u' } }, false, '')
  expect(factsOf(line, 'Website')).toEqual([
    ['Type', 'track'],
    ['Event', 'A'],
    ['User ID', 'u'],
    ['Source', 'Website'],
    ['Position in the log', '7'],
  ])
})
