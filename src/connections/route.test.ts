import { expect, test } from 'vitest'
import { Catalog } from '../destinations/index.ts'
import { anEvent, anInstance } from './builders.ts'
import { catalogKinds } from './kinds.ts'
import { route } from './route.ts'

const kind = catalogKinds(new Catalog())('extole-platform')
const filteredFor = (event: Parameters<typeof anEvent>[0], over: Parameters<typeof anInstance>[0] = {}) =>
  route(anEvent(event), anInstance(over), kind, 'node').filtered

test('an event goes to the mappings whose trigger matches it', () => {
  const routed = route(anEvent({ type: 'identify', traits: {} }), anInstance(), kind, 'node')
  expect(routed).toMatchObject({ filtered: null, subscriptions: [{ action: 'identify' }] })
  const tracked = route(anEvent(), anInstance(), kind, 'node')
  expect(tracked).toMatchObject({ filtered: null, subscriptions: [{ action: 'track' }] })
})

test.each([
  ['the instance is switched off', {}, { enabled: false }, 'DESTINATION_DISABLED'],
  ['the destination does not take such calls', { type: 'page' as const }, {}, 'UNSUPPORTED_EVENT_TYPE'],
  ['All is false', { integrations: { All: false } }, {}, 'FILTERED_BY_INTEGRATIONS_OBJECT'],
  ['it is named and false', { integrations: { 'Extole Platform': false } }, {}, 'FILTERED_BY_INTEGRATIONS_OBJECT'],
  ['the destination sent it itself', { context: { library: { name: 'extole' } } }, {}, 'FILTERED_BY_LOOP_GUARD'],
  ['no mapping is there', {}, { subscriptions: [] }, 'NO_MATCHING_MAPPING'],
])('filtered when %s', (_, event, over, reason) => {
  expect(filteredFor(event, over)).toBe(reason)
})

test('filtered when the catalog does not have the kind', () => {
  expect(route(anEvent(), anInstance(), undefined, 'node').filtered).toBe('INVALID_SETTINGS')
})

test.each([
  ['its own entry beats All', { All: false, 'Extole Platform': true }],
  ['an object as its own entry counts as true', { All: false, 'Extole Platform': { option: 1 } }],
  ['other names say nothing about it', { Braze: false }],
  ['null says nothing', { All: null, 'Extole Platform': null }],
])('not filtered: %s', (_, integrations) => {
  expect(filteredFor({ integrations })).toBeNull()
})

test('a mapping that is switched off gets nothing', () => {
  const subscriptions = anInstance().subscriptions.map((each) => ({ ...each, enabled: false }))
  expect(filteredFor({}, { subscriptions })).toBe('NO_MATCHING_MAPPING')
})

test('what comes from a source of the destination itself is an echo, unless the loop guard is off', () => {
  const from = (sourceKind: string, settings = {}) =>
    route(anEvent(), anInstance({ settings }), kind, sourceKind).filtered
  expect([from('extole'), from('node')]).toEqual(['FILTERED_BY_LOOP_GUARD', null])
  expect(from('extole', { ignoreExtoleSource: false })).toBeNull()
})
