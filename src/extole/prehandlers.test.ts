import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchingBlocks, parseBlockRules } from './blocks.ts'
import type { IncomingEvent } from './events.ts'
import { applyPrehandlers, notRun, parsePrehandler } from './prehandlers.ts'

const event = (name: string, data: Record<string, unknown> = {}): IncomingEvent => ({
  name,
  data: new Map(Object.entries(data)),
  eventMs: 0,
  container: 'production',
})
const origin = { headers: { 'x-partner': 'acme', 'user-agent': 'Bot/1' }, address: '10.1.2.3' }
const run = (bodies: Record<string, unknown>[], given: IncomingEvent, blocks: readonly string[] = []) =>
  applyPrehandlers(
    bodies.map((body, index) => parsePrehandler({ name: `p${index}`, enabled: true, ...body })),
    given,
    origin,
    () => new Set(blocks),
  )
const rename = { type: 'RENAME_EVENT', event_name: 'renamed' }

test('a rename and a mapping add what the rules want and keep what the sender said', () => {
  const mapping = {
    type: 'MAP_DATA_ATTRIBUTES',
    data_attribute_mappings: [
      { source_attribute: 'order_id', attribute: 'partner_conversion_id' },
      { source_attribute: 'none', attribute: 'x', default_value: 1 },
    ],
  }
  const out = run(
    [{ conditions: [{ type: 'EVENT_NAME_MATCH', event_names: ['order completed'] }], actions: [rename, mapping] }],
    event('Order Completed', { order_id: 'o1' }),
  )
  expect([out.name, Object.fromEntries(out.data)]).toEqual([
    'renamed',
    { order_id: 'o1', partner_conversion_id: 'o1', x: 1 },
  ])
})

test.each([
  { name: 'no condition matches everything', conditions: [], isMet: true },
  { name: 'one of the names', conditions: [{ type: 'EVENT_NAME_MATCH', event_names: ['x', 'THING'] }], isMet: true },
  { name: 'none of the names', conditions: [{ type: 'EVENT_NAME_MATCH', event_names: ['x'] }], isMet: false },
  { name: 'a key in any case', conditions: [{ type: 'DATA_EXISTS', data_keys: ['PLAN'] }], isMet: true },
  {
    name: 'a header with a value',
    conditions: [{ type: 'HTTP_HEADER_MATCH', http_headers: { 'X-Partner': 'acme' } }],
    isMet: true,
  },
  {
    name: 'a header with another value',
    conditions: [{ type: 'HTTP_HEADER_MATCH', http_headers: { 'X-Partner': 'x' } }],
    isMet: false,
  },
  {
    name: 'a header by name',
    conditions: [{ type: 'HTTP_HEADER_MATCH', http_header_names: ['X-PARTNER'] }],
    isMet: true,
  },
  {
    name: 'a block list that is met',
    conditions: [{ type: 'BLOCK_MATCH', considered_block_list_types: ['CIDR'] }],
    isMet: true,
  },
  {
    name: 'all of several',
    conditions: [
      { type: 'DATA_EXISTS', data_keys: ['plan'] },
      { type: 'DATA_EXISTS', data_keys: ['nope'] },
    ],
    isMet: false,
  },
  { name: 'a script never holds', conditions: [{ type: 'JAVASCRIPT_V1', javascript: 'true' }], isMet: false },
])('conditions: $name', ({ conditions, isMet }) => {
  expect(run([{ conditions, actions: [rename] }], event('thing', { plan: 'pro' }), ['CIDR']).name).toBe(
    isMet ? 'renamed' : 'thing',
  )
})

test('a disabled prehandler, which is the default, does nothing', () => {
  expect(parsePrehandler({ name: 'p' })).toMatchObject({
    enabled: false,
    order: 0,
    conditions: [],
    actions: [],
    tags: [],
  })
  expect(run([{ enabled: false, actions: [rename] }], event('a')).name).toBe('a')
})

test('a later one sees what an earlier one made', () => {
  const second = {
    conditions: [{ type: 'EVENT_NAME_MATCH', event_names: ['renamed'] }],
    actions: [{ type: 'SET_SANDBOX', sandbox_id: 'container-test' }],
  }
  expect(run([{ actions: [rename] }, second], event('a')).container).toBe('test')
})

test('SET_DATA deletes, sets, and fills only what is absent', () => {
  const action = { type: 'SET_DATA', data: { a: 1 }, default_data: { b: 2, c: 3 }, delete_data: ['d'] }
  expect(Object.fromEntries(run([{ actions: [action] }], event('x', { a: 0, b: 0, d: 0 })).data)).toEqual({
    a: 1,
    b: 0,
    c: 3,
  })
})

test('a script action is stored, reported and leaves the event as it is', () => {
  const script = parsePrehandler({
    name: 's',
    enabled: true,
    actions: [{ type: 'JAVASCRIPT_V1', javascript: 'builder.withEventName("x")' }],
  })
  expect(notRun(script)).toEqual(['JAVASCRIPT_V1'])
  expect(applyPrehandlers([script], event('a'), origin, () => new Set()).name).toBe('a')
})

test('without SET_DATA deleting, no prehandler loses a key of the sender', () => {
  const anyAction = fc.constantFrom(
    rename,
    { type: 'SET_DATA', default_data: { a: 9 } },
    { type: 'MAP_DATA_ATTRIBUTES', data_attribute_mappings: [{ source_attribute: 'a', attribute: 'b' }] },
  )
  fc.assert(
    fc.property(
      fc.array(anyAction, { maxLength: 4 }),
      fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), fc.integer()),
      (actions, data) => {
        const out = run([{ actions }], event('x', data))
        expect(Object.keys(data).every((key) => out.data.has(key))).toBe(true)
      },
    ),
  )
})

test.each([
  [{ name: 'a b' }],
  [{ name: '' }],
  [{ name: 'x'.repeat(256) }],
  [{ name: 'p', enabled: 'yes' }],
  [{ name: 'p', actions: [{ type: 'NOPE' }] }],
  [{ name: 'p', actions: [{ type: 'RENAME_EVENT' }] }],
  [{ name: 'p', actions: [{ type: 'SET_SANDBOX', sandbox_id: 'x-y' }] }],
  [{ name: 'p', conditions: [{ type: 'constructor' }] }],
  [{ name: 'p', component_references: [{}, {}] }],
])('refuses %j', (body) => {
  expect(() => parsePrehandler(body)).toThrow()
})

test.each([
  { rule: { type: 'EMAIL_DOMAIN', value: 'Blocked.example' }, data: { email: 'X@blocked.EXAMPLE' }, isMet: true },
  { rule: { type: 'EMAIL_DOMAIN', value: 'blocked.example' }, data: { email: 'x@not-blocked.example' }, isMet: false },
  { rule: { type: 'NORMALIZED_EMAIL', value: 'a@b.co' }, data: { email: 'A@B.co' }, isMet: true },
  { rule: { type: 'USER_AGENT', value: 'bot' }, data: {}, isMet: true },
  { rule: { type: 'CIDR', value: '10.0.0.0/8' }, data: {}, isMet: true },
  { rule: { type: 'CIDR', value: '10.2.0.0/16' }, data: {}, isMet: false },
])('block rule $rule.type $rule.value: $isMet', ({ rule, data, isMet }) => {
  expect(matchingBlocks(parseBlockRules([rule]), new Map(Object.entries(data)), origin).size === 1).toBe(isMet)
})

test.each([
  [{ type: 'CIDR', value: '10.0.0.0/33' }],
  [{ type: 'CIDR', value: 'x/8' }],
  [{ type: 'IP', value: '1' }],
  [{ type: 'CIDR' }],
])('refuses the block rule %j', (rule) => {
  expect(() => parseBlockRules([rule])).toThrow()
})
