import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FilterAction } from '../workspace/index.ts'
import { anEvent } from './builders.ts'
import { applyFilters, type FilterRule } from './filters.ts'

const rule = (condition: string, ...actions: FilterAction[]): FilterRule => ({ if: condition, actions })
const order = anEvent({
  event: 'Order Completed',
  properties: { email: 'a@b.c', total: 5, products: [{ sku: 'x', price: 1 }, 'odd', [{ price: 2 }], { price: 3 }] },
  context: { ip: '1.2.3.4', page: { url: 'https://x' } },
})
const seen = (...rules: FilterRule[]) => {
  const filtered = applyFilters(rules, order)
  return filtered.kind === 'kept' ? filtered.event : filtered.kind
}

test('without a filter that matches the event passes as it is', () => {
  expect(seen()).toBe(order)
  expect(seen(rule('type = "identify"', { type: 'DROP' }))).toBe(order)
})

test('DROP keeps back what the condition matches', () => {
  expect(seen(rule('all', { type: 'DROP' }))).toBe('dropped')
  expect(seen(rule('event = "Order Completed"', { type: 'DROP' }))).toBe('dropped')
})

test.each([
  ['keys under a parent', { properties: ['email', 'missing'] }, 'properties.email'],
  ['keys at the top', { '': ['userId'] }, 'userId'],
  ['a whole list', { properties: ['products'] }, 'properties.products'],
  ['keys deep inside', { 'context.page': ['url'] }, 'context.page.url'],
])('DROP_PROPERTIES takes away %s and nothing else', (_, fields, gone) => {
  const names = gone.split('.')
  const expected = structuredClone(order) as Record<string, unknown>
  const parent = names.slice(0, -1).reduce<Record<string, unknown>>((value, name) => Object(value[name]), expected)
  delete parent[names.at(-1) ?? '']
  expect(seen(rule('all', { type: 'DROP_PROPERTIES', fields }))).toEqual(expected)
})

test('a key is taken away in each object of a list, whatever else is in it', () => {
  expect(seen(rule('all', { type: 'DROP_PROPERTIES', fields: { 'properties.products': ['price'] } }))).toMatchObject({
    properties: { products: [{ sku: 'x' }, 'odd', [{ price: 2 }], {}] },
  })
})

test('ALLOW_PROPERTIES leaves only what it names, and what every event needs', () => {
  const allowed = seen(rule('all', { type: 'ALLOW_PROPERTIES', fields: { properties: ['total'], '': ['properties'] } }))
  const { userId: _, context: __, integrations: ___, event: ____, ...kept } = order
  expect(allowed).toEqual({ ...kept, properties: { total: 5 } })
})

test('every condition is asked of the event as it came in, and the event itself is not changed', () => {
  const before = JSON.stringify(order)
  const drop = rule('properties.total = 5', { type: 'DROP_PROPERTIES', fields: { properties: ['total'] } })
  const alsoDrop = rule('properties.total = 5', { type: 'DROP_PROPERTIES', fields: { properties: ['email'] } })
  expect(seen(drop, alsoDrop)).toEqual(seen(alsoDrop, drop))
  expect(seen(drop, alsoDrop)).not.toMatchObject({ properties: { email: expect.anything() } })
  expect(JSON.stringify(order)).toBe(before)
})

test('samples come before drops, drops before properties', () => {
  const unclear = rule('contains(properties.total, "5")', { type: 'DROP_PROPERTIES', fields: { properties: ['a'] } })
  expect(seen(unclear, rule('all', { type: 'DROP' }))).toBe('dropped')
  const unclearDrop = rule('contains(properties.total, "5")', { type: 'DROP' })
  expect(seen(unclearDrop, rule('all', { type: 'SAMPLE', percent: 0 }))).toBe('dropped')
})

test('what cannot be decided is kept back, and says by which filter and why', () => {
  const broken = rule('contains(properties.total, "5")', { type: 'DROP' })
  expect(applyFilters([broken], order)).toEqual({
    kind: 'undecided',
    by: broken,
    problem: 'contains needs a text, and properties.total is a number',
  })
  expect(applyFilters([rule('oops"', { type: 'DROP' })], order)).toMatchObject({ kind: 'undecided' })
})

const passes = (percent: number, path: string | undefined, event: Parameters<typeof anEvent>[0]) =>
  applyFilters([rule('all', { type: 'SAMPLE', percent, ...(path === undefined ? {} : { path }) })], anEvent(event))
    .kind === 'kept'

test('a sample has about the share that was asked for, nothing at 0, everything at 1', () => {
  for (const percent of [0, 0.1, 0.5, 0.9, 1]) {
    let kept = 0
    for (let n = 0; n < 4_000; n += 1) kept += passes(percent, undefined, { messageId: `m${n}` }) ? 1 : 0
    expect(Math.abs(kept / 4_000 - percent)).toBeLessThan(percent % 1 === 0 ? 0.000001 : 0.04)
  }
})

test('all events with one value at the path share its fate, and a greater share holds the smaller one', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.double({ min: 0, max: 1, noNaN: true }), (userId, messageId, percent) => {
      const one = passes(percent, 'userId', { userId, messageId })
      expect(passes(percent, '$.userId', { userId, messageId: `${messageId}2` })).toBe(one)
      if (one) expect(passes(Math.min(1, percent + 0.1), 'userId', { userId })).toBe(true)
    }),
  )
})

test('without the value at the path the messageId decides', () => {
  for (let n = 0; n < 50; n += 1) {
    const messageId = `m${n}`
    expect(passes(0.5, 'properties.missing', { messageId })).toBe(passes(0.5, undefined, { messageId }))
  }
})

test('the same events are in the sample in every version', () => {
  const sample = Array.from({ length: 12 }, (_, n) => (passes(0.5, 'userId', { userId: `u${n}` }) ? n : null))
  expect(sample.filter((n) => n !== null)).toMatchInlineSnapshot(`
    [
      0,
      2,
      3,
      4,
      5,
      8,
      11,
    ]
  `)
})
