import { expect, test } from 'vitest'
import { Catalog } from '../destinations/index.ts'
import type { DestinationFilter, FilterAction } from '../workspace/index.ts'
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
  expect(route(anEvent(), anInstance(), undefined, 'node').filtered).toBe('UNKNOWN_INTEGRATION')
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

const consent = (categoryPreferences: unknown) => ({ context: { consent: { categoryPreferences } } })

test.each([
  ['no consent object goes everywhere', {}, null],
  ['consent to all of them', consent({ ads: true, stats: true, more: false }), null],
  ['consent to one of two', consent({ ads: true, stats: false }), 'FILTERED_BY_END_USER_CONSENT'],
  ['no word about one of two', consent({ ads: true }), 'FILTERED_BY_END_USER_CONSENT'],
  ['no preferences at all', consent({}), 'FILTERED_BY_END_USER_CONSENT'],
  ['preferences that cannot be read', consent('yes'), 'FILTERED_BY_END_USER_CONSENT'],
  ['consent that is not true itself', consent({ ads: 'true', stats: 1 }), 'FILTERED_BY_END_USER_CONSENT'],
])('consent, of a destination with two categories: %s', (_, event, expected) => {
  expect(filteredFor(event, { consentCategories: ['ads', 'stats'] })).toBe(expected)
  expect(filteredFor(event)).toBeNull()
})

test.each([
  ['the browser sent it there itself', { bundled: ['Segment.io', 'Extole Platform'] }, 'MESSAGE_SENT_CLIENT_SIDE'],
  ['the browser left it to the server', { bundled: ['Segment.io'], unbundled: ['Extole Platform'] }, null],
  ['the list is no list', { bundled: 'Extole Platform' }, null],
])('%s', (_, _metadata, expected) => {
  expect(filteredFor({ _metadata })).toBe(expected)
})

const aFilter = (condition: string, ...actions: FilterAction[]): DestinationFilter => ({
  id: 'f',
  title: 'f',
  description: null,
  if: condition,
  actions,
  enabled: true,
  createdAtMs: 0,
  updatedAtMs: 0,
})

test.each([
  ['drops it', aFilter('type = "track"', { type: 'DROP' }), 'FILTERED_BY_RULES'],
  ['leaves it out of the sample', aFilter('all', { type: 'SAMPLE', percent: 0 }), 'FILTERED_BY_RULES'],
  ['cannot be evaluated', aFilter('contains(properties, "x")', { type: 'DROP' }), 'FILTER_NOT_EVALUATED'],
  ['does not match', aFilter('type = "page"', { type: 'DROP' }), null],
  ['is switched off', { ...aFilter('all', { type: 'DROP' }), enabled: false }, null],
  [
    'takes away what the trigger needs',
    aFilter('all', { type: 'DROP_PROPERTIES', fields: { '': ['event'] } }),
    'NO_MATCHING_MAPPING',
  ],
])('a filter that %s', (_, filter, expected) => {
  const subscriptions = anInstance().subscriptions.map((each) => ({ ...each, trigger: 'event = "Button Clicked"' }))
  expect(filteredFor({}, { filters: [filter], subscriptions })).toBe(expected)
})

test('of several reasons the first in the order of processing is the one given', () => {
  const everything = {
    type: 'page' as const,
    integrations: { All: false },
    context: { consent: { categoryPreferences: {} }, library: { name: 'extole' } },
    _metadata: { bundled: ['Extole Platform'] },
  }
  const over = { filters: [aFilter('all', { type: 'DROP' })], consentCategories: ['ads'], subscriptions: [] }
  const steps: [Parameters<typeof anEvent>[0], Parameters<typeof anInstance>[0], string][] = [
    [{}, { enabled: false }, 'DESTINATION_DISABLED'],
    [{}, {}, 'UNSUPPORTED_EVENT_TYPE'],
    [{ type: 'track' }, {}, 'FILTERED_BY_END_USER_CONSENT'],
    [{}, { consentCategories: [] }, 'FILTERED_BY_INTEGRATIONS_OBJECT'],
    [{ integrations: {} }, {}, 'MESSAGE_SENT_CLIENT_SIDE'],
    [{ _metadata: {} }, {}, 'FILTERED_BY_LOOP_GUARD'],
    [{ context: {} }, {}, 'FILTERED_BY_RULES'],
    [{}, { filters: [] }, 'NO_MATCHING_MAPPING'],
  ]
  let [event, instance]: [Parameters<typeof anEvent>[0], Parameters<typeof anInstance>[0]] = [everything, over]
  for (const [eventChange, instanceChange, expected] of steps) {
    event = { ...event, ...eventChange }
    instance = { ...over, ...instance, enabled: true, ...instanceChange }
    expect(filteredFor(event, instance)).toBe(expected)
  }
})
