import { expect, test } from 'vitest'
import { destinationNamesOf } from './destination-names.ts'

test('destinations of one name are told apart by their source, by its id where its name is not known', () => {
  const destinations = [
    { id: 'd1', name: 'Extole', sourceId: 's1' },
    { id: 'd2', name: 'Extole', sourceId: 's2' },
    { id: 'd3', name: 'Webhook', sourceId: 's1' },
  ]
  expect([...destinationNamesOf(destinations, new Map([['s1', 'Shop']]))]).toEqual([
    ['d1', 'Extole (Shop)'],
    ['d2', 'Extole (s2)'],
    ['d3', 'Webhook'],
  ])
})
