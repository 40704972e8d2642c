import { expect, test } from 'vitest'
import { freeName, namesOf } from './free-name.ts'

test('a name that is taken at the source gets the first number that is free', () => {
  const destinations = ['Extole Platform', 'Extole Platform 2', 'Webhook'].map((name) => ({ name, sourceId: 'web' }))
  const taken = namesOf([...destinations, { name: 'Kafka', sourceId: 'app' }], 'web')
  expect(freeName('Extole Platform', taken)).toBe('Extole Platform 3')
  expect(freeName('Webhook', taken)).toBe('Webhook 2')
  expect(freeName('Kafka', taken)).toBe('Kafka')
})
