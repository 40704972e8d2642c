import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LiveOutcome } from '../../../../src/api/answers/live.ts'
import { lineOf } from './lines.ts'
import type { Filter } from './search.ts'
import {
  emptyStream,
  LINES_MAX,
  type Message,
  reduce,
  resumed,
  type Stream,
  type StreamAction,
  shownOf,
} from './stream.ts'

const line = (position: number, fields: Record<string, unknown> = {}): Message => {
  const record = { type: 'track', event: 'Viewed', userId: 'ada', messageId: `m${position}`, ...fields }
  return { type: 'line', line: lineOf({ position, sourceId: 's1', record }, false, JSON.stringify(record)) }
}
const outcome = (position: number, told: Partial<LiveOutcome> = {}): Message => ({
  type: 'outcome',
  outcome: {
    ...{ position, outcome: 'delivered', sourceId: 's1', messageId: `m${position}`, type: 'track', name: null },
    ...{ userId: null, anonymousId: null, destinationId: 'd1', reason: null, status: 200, attempt: 1, atMs: 0 },
    ...told,
  },
})
const arrived = (...messages: readonly Message[]): StreamAction => ({ type: 'arrived', messages })
const after = (actions: readonly StreamAction[], filter: Filter = {}) => actions.reduce(reduce, emptyStream(filter))
const positions = (stream: Stream) => shownOf(stream).map(({ position }) => position)
const many = (from: number, to: number, fields = {}) =>
  Array.from({ length: to - from + 1 }, (_, index) => line(from + index, fields))

test('the newest event comes first, and each destination has its latest outcome', () => {
  const stream = after([
    arrived(line(1), line(2), outcome(1, { outcome: 'retry', attempt: 1 }), outcome(1, { destinationId: 'd2' })),
    arrived(outcome(1, { outcome: 'dead', attempt: 2 })),
  ])
  expect(positions(stream)).toEqual([2, 1])
  expect(shownOf(stream)[1]?.outcomes.map((told) => [told.destinationId, told.outcome])).toEqual([
    ['d2', 'delivered'],
    ['d1', 'dead'],
  ])
})

test('an outcome that comes before its event waits for it', () => {
  const stream = after([arrived(outcome(2)), arrived(line(1)), arrived(line(2))])
  expect(shownOf(stream).map(({ outcomes }) => outcomes.length)).toEqual([1, 0])
})

test('outcomes of events from before the start are not kept', () => {
  expect(after([arrived(line(5), ...[1, 2, 3].map((at) => outcome(at)))]).early).toEqual([])
})

test('what the server says twice after a break is shown once', () => {
  expect(positions(after([arrived(line(1), line(2)), arrived(line(2), line(3))]))).toEqual([3, 2, 1])
})

test('who reads an event sees a list that stands still, and what becomes of it all the same', () => {
  const reading = after([
    arrived(line(1), line(2)),
    { type: 'select', position: 1 },
    arrived(...many(3, 2_000), outcome(1)),
  ])
  expect(positions(reading)).toEqual([2, 1])
  expect(shownOf(reading)[1]?.outcomes).toHaveLength(1)
  expect(reading.waiting).toBe(1_998)
  const goneOn = reduce(reading, { type: 'resume' })
  expect(goneOn).toMatchObject({ selected: undefined, waiting: 0, seen: 2_000 })
  expect(positions(goneOn)).toHaveLength(LINES_MAX)
  expect(positions(goneOn)[0]).toBe(2_000)
})

test('what a filter finds is not pushed out by what it does not', () => {
  const stream = after(
    [
      arrived(line(1, { userId: 'bob' })),
      ...[1, 2, 3].map((round) => arrived(...many(round * 1_000, round * 1_000 + 900))),
    ],
    { user: 'bob' },
  )
  expect(positions(stream)).toEqual([1])
  expect(stream.lines).toHaveLength(LINES_MAX + 1)
  expect(positions(reduce(stream, { type: 'filter', filter: {} })).at(-1)).toBe(3_401)
})

test('an event is found by its outcome only once it has it', () => {
  const filter = { outcome: 'dead' } as const
  const before = after([arrived(line(1), line(2))], filter)
  expect(positions(before)).toEqual([])
  expect(positions(reduce(before, arrived(outcome(1, { outcome: 'dead' }))))).toEqual([1])
})

test('text is found anywhere in an event, in capital letters or small ones', () => {
  const messages = arrived(line(1, { properties: { plan: 'Gold' } }), line(2))
  expect(positions(after([messages], { q: 'gOLD' }))).toEqual([1])
  expect(positions(after([messages], { q: 'silver' }))).toEqual([])
})

test('rejected events say how many and why', () => {
  const report = { position: 3, sourceId: 's1', record: { counts: { unknown_type: 2 }, samples: [] } }
  const stream = after([arrived({ type: 'line', line: lineOf(report, true, JSON.stringify(report)) })], {
    outcome: 'rejected',
  })
  expect(shownOf(stream)).toMatchObject([{ type: 'rejected', name: '2 unknown_type' }])
})

test('whatever comes in whatever portions, it shows the last that fit, and keeps no more than twice as many', () => {
  const anyEvents = fc.array(fc.boolean(), { minLength: 1, maxLength: 3_000 })
  fc.assert(
    fc.property(anyEvents, fc.integer({ min: 1, max: 700 }), (isBob, portion) => {
      const all = isBob.map((is, position) => line(position, { userId: is ? 'bob' : 'ada' }))
      const portions = Array.from({ length: Math.ceil(all.length / portion) }, (_, at) =>
        arrived(...all.slice(at * portion, (at + 1) * portion)),
      )
      const stream = after(portions, { user: 'bob' })
      const bobs = isBob.flatMap((is, position) => (is ? [position] : []))
      expect(positions(stream).toReversed()).toEqual(
        bobs.filter((at) => bobs.length - bobs.indexOf(at) <= LINES_MAX || at >= isBob.length - LINES_MAX),
      )
      expect(stream.lines.length).toBeLessThanOrEqual(2 * LINES_MAX)
      expect(stream.seen).toBe(all.length)
    }),
    { numRuns: 30 },
  )
})

test('who comes back finds the list as they left it, and what came meanwhile follows', () => {
  const left = after([arrived(line(1), line(2)), { type: 'select', position: 1 }])
  const back = resumed(left, {})
  expect([positions(back), back.selected, back.connection]).toEqual([[2, 1], 1, 'connecting'])
  const later = [arrived(line(2), line(3)), { type: 'resume' } as const].reduce(reduce, back)
  expect([positions(later), later.seen]).toEqual([[3, 2, 1], 3])
  expect(resumed(undefined, { q: 'x' })).toEqual(emptyStream({ q: 'x' }))
})
