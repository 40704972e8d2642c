import { expect, test } from 'vitest'
import type { SeenName } from '../../connections/index.ts'
import { SAMPLE_CHARS_MAX, SAMPLES_MAX, samplesOf } from './samples.ts'
import { eventsShown, membersShown, positionsOf, type SeenBy } from './seen.ts'

const seen = (sourceId: string, over: Partial<SeenName> = {}): SeenBy => ({
  sourceId,
  seen: { kind: 'event', name: 'A', firstAtMs: 10, lastAtMs: 20, members: new Map(), isCut: false, ...over },
})

test('what two sources send under one name is one event, from the first to the last of both', () => {
  const all = [seen('s1', { firstAtMs: 5 }), seen('s2', { lastAtMs: 30 }), seen('s2', { name: '9' })]
  expect(eventsShown(all)).toEqual({
    items: [
      { name: '9', firstSeenAt: iso(10), lastSeenAt: iso(20), sourceIds: ['s2'] },
      { name: 'A', firstSeenAt: iso(5), lastSeenAt: iso(30), sourceIds: ['s1', 's2'] },
    ],
    leftOut: false,
  })
  expect(eventsShown([...all, seen('s1', { kind: 'left_out', name: '' })]).leftOut).toBe(true)
})

test('a property has the types of both, and its newest places come first', () => {
  const both = [
    seen('s1', { members: new Map([['total', { types: 1, positions: [3, 9], lastAtMs: 20 }]]) }),
    seen('s2', { members: new Map([['total', { types: 2, positions: [4], lastAtMs: 20 }]]), isCut: true }),
  ]
  expect(membersShown(both)).toEqual({ items: [{ name: 'total', types: ['string', 'number'] }], leftOut: true })
  expect(positionsOf(both, 'total')).toEqual([9, 4, 3])
  expect(positionsOf(both, 'toString')).toBeUndefined()
})

test(`${SAMPLES_MAX} values are given, each once, in their order; nothing is no value`, () => {
  expect(samplesOf([1, '1', null, 1, undefined, true, '1', 0, '', { a: [1] }])).toEqual([
    1,
    '1',
    true,
    0,
    '',
    '{"a":[1]}',
  ])
  const numbers = Array.from({ length: SAMPLES_MAX + 1 }, (_, index) => index)
  expect(samplesOf(numbers)).toEqual(numbers.slice(0, SAMPLES_MAX))
})

test(`a text of ${SAMPLE_CHARS_MAX} characters is whole, and a longer one is cut to them`, () => {
  const fits = 'x'.repeat(SAMPLE_CHARS_MAX)
  expect(samplesOf([fits, `${fits}x`])).toEqual([fits, `${'x'.repeat(SAMPLE_CHARS_MAX - 1)}…`])
  const [cut] = samplesOf([`${'x'.repeat(SAMPLE_CHARS_MAX - 2)}\u{1f600}\u{1f600}`])
  expect(String(cut).isWellFormed()).toBe(true)
})

const iso = (ms: number) => new Date(ms).toISOString()
