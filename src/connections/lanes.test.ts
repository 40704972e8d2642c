import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DueHeap } from './due-heap.ts'
import { type ItemId, LANE_ITEMS_MAX, LANES_FEW, type LaneItem, LaneQueue } from './lanes.ts'

const item = (position: number, lane: number): LaneItem => ({ position, route: 1, lane })
const isAfter = (a: ItemId, b: ItemId) => a.position > b.position || (a.position === b.position && a.route > b.route)
const positions = (items: readonly LaneItem[]) => items.map(({ position }) => position)

test('what is ready is told apart from what waits, is under way or is gone', () => {
  const queue = new LaneQueue<LaneItem>()
  expect(queue.hasReady).toBe(false)
  for (const lane of [1, 2]) queue.offer({ position: lane, route: 1, lane })
  expect(queue.hasReady).toBe(true)
  queue.take(0)
  queue.cancel(2, 10)
  expect(queue.hasReady).toBe(false)
  queue.park(1, 1_000)
  expect([queue.hasReady, queue.nextDueMs()]).toEqual([false, 1_000])
})

test('one lane has one item in flight, another lane goes on beside it', () => {
  const queue = new LaneQueue()
  for (const each of [item(1, 7), item(2, 7), item(3, 8)]) queue.offer(each)
  expect([queue.take(0)?.position, queue.take(0)?.position, queue.take(0)]).toEqual([1, 3, undefined])
  queue.ended(7)
  expect(queue.take(0)?.position).toBe(2)
})

test('a parked lane waits for its time and delays nobody', () => {
  const queue = new LaneQueue()
  for (const each of [item(1, 7), item(2, 7), item(3, 8)]) queue.offer(each)
  queue.take(0)
  queue.park(7, 1_000)
  expect([queue.lanes, queue.parked, queue.nextDueMs()]).toEqual([2, 1, 1_000])
  expect(queue.take(999)?.position).toBe(3)
  expect(queue.take(999)).toBeUndefined()
  expect(queue.take(1_000)?.position).toBe(1)
  expect(queue.parked).toBe(0)
})

test('a lane keeps LANE_ITEMS_MAX items; the next is spilled, and so is everything after it until it is restored', () => {
  const queue = new LaneQueue()
  for (let i = 1; i <= LANE_ITEMS_MAX; i++) expect(queue.offer(item(i, 7))).toBe('kept')
  expect(queue.offer(item(LANE_ITEMS_MAX + 1, 7))).toBe('spilled')
  for (let i = 1; i <= LANE_ITEMS_MAX; i++) {
    expect(queue.hungry()).toEqual([])
    queue.take(0)
    queue.ended(7)
    if (i === 1) expect(queue.offer(item(LANE_ITEMS_MAX + 2, 7))).toBe('spilled')
  }
  expect(queue.hungry()).toEqual([{ lane: 7, after: { position: LANE_ITEMS_MAX + 1, route: 0 } }])
  queue.restore(7, [item(LANE_ITEMS_MAX + 1, 7), item(LANE_ITEMS_MAX + 2, 7)])
  expect(queue.hungry()).toEqual([])
  expect(queue.take(0)?.position).toBe(LANE_ITEMS_MAX + 1)
})

test('cancelling spares what is in flight and what came later', () => {
  const queue = new LaneQueue()
  for (const position of [1, 2, 3, 9]) queue.offer(item(position, 7))
  queue.take(0)
  expect(positions(queue.cancel(7, 9))).toEqual([2, 3])
  queue.ended(7)
  expect(queue.take(0)?.position).toBe(9)
})

test('cancelling a lane that waits does not wake what is left of it', () => {
  const queue = new LaneQueue()
  for (const position of [5, 6]) queue.offer(item(position, 7))
  queue.take(0)
  queue.park(7, 1_000)
  expect(queue.cancel(7, 5)).toEqual([])
  expect(queue.take(999)).toBeUndefined()
})

test('under pressure parked lanes give up all but their head', () => {
  const queue = new LaneQueue()
  for (const each of [item(1, 7), item(2, 7), item(3, 7), item(4, 8), item(5, 8)]) queue.offer(each)
  queue.take(0)
  queue.park(7, 1_000)
  expect(positions(queue.relieve(3))).toEqual([2, 3])
  expect(queue.size).toBe(3)
  expect(queue.relieve(0)).toEqual([])
  expect(queue.hasBefore(7, 2)).toBe(true)
})

test('few lanes that fill memory give up what is more than their share, and lose nothing', () => {
  const queue = new LaneQueue()
  for (const each of [item(1, 7), item(2, 7), item(3, 7), item(4, 7), item(5, 8)]) queue.offer(each)
  queue.take(0)
  expect(queue.level(5)).toEqual([])
  expect(positions(queue.level(4))).toEqual([3, 4])
  expect(queue.offer(item(6, 9))).toBe('kept')
  expect(queue.offer(item(7, 7))).toBe('spilled')
  for (const lane of [7, 8]) {
    if (lane === 8) queue.take(0)
    queue.ended(lane)
  }
  expect([queue.take(0)?.position, queue.take(0)?.position]).toEqual([6, 2])
  queue.ended(7)
  expect(queue.hungry()).toEqual([{ lane: 7, after: { position: 3, route: 0 } }])
})

test('where there are more lanes than can be under way, nobody gives up anything', () => {
  const filled = (lanes: number) => {
    const queue = new LaneQueue()
    for (let position = 0; position < lanes * 3; position++) queue.offer(item(position, position % lanes))
    return queue
  }
  expect(filled(LANES_FEW + 1).level(LANES_FEW)).toEqual([])
  expect(filled(LANES_FEW).level(LANES_FEW)).toHaveLength(2 * LANES_FEW)
})

test('a heap gives its values by time, equal times in the order pushed', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), (dues) => {
      const heap = new DueHeap<number>()
      for (const [index, due] of dues.entries()) heap.push(due, index)
      const popped = dues.map(() => heap.pop()?.value)
      const sorted = dues.map((due, index) => ({ due, index })).sort((a, b) => a.due - b.due || a.index - b.index)
      expect(popped).toEqual(sorted.map(({ index }) => index))
      expect(heap.pop()).toBeUndefined()
    }),
  )
})

/**
 * The model keeps every item in one list and finds what may start by looking at all of it. Spilled items are kept in a
 * second list, as the database would, and handed back when the queue asks.
 */
type Step =
  | { readonly kind: 'offer'; readonly lane: number }
  | { readonly kind: 'take' }
  | { readonly kind: 'wakeAll' }
  | { readonly kind: 'ended'; readonly pick: number }
  | { readonly kind: 'release'; readonly pick: number }
  | { readonly kind: 'park'; readonly pick: number; readonly forMs: number }
  | { readonly kind: 'cancel'; readonly lane: number }
  | { readonly kind: 'relieve' | 'level'; readonly to: number }
  | { readonly kind: 'pass'; readonly ms: number }

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('offer' as const), lane: fc.nat(3) }) },
  { weight: 5, arbitrary: fc.constant({ kind: 'take' } as const) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('ended' as const), pick: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), pick: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('park' as const), pick: fc.nat(3), forMs: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), lane: fc.nat(3) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('relieve' as const, 'level' as const), to: fc.nat(4) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'wakeAll' } as const) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(15) }) },
)

test('agrees with a model that keeps one list: order, one in flight, due times, nothing lost', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 120 }), (steps) => {
      const queue = new LaneQueue()
      let nowMs = 0
      let next = 1
      let model: { item: LaneItem; notBefore: number }[] = []
      const flying = new Map<number, LaneItem>()
      /** As in the real one, rows of restored items stay until they end, and must not be read twice. */
      const database = new Map<number, LaneItem>()
      const pick = (index: number) => [...flying.keys()][index % Math.max(flying.size, 1)]
      const startable = () =>
        model.filter(
          ({ item: each, notBefore }) =>
            notBefore <= nowMs &&
            !flying.has(each.lane) &&
            model.find(({ item: other }) => other.lane === each.lane)?.item === each,
        )
      const feed = () => {
        for (const { lane, after } of queue.hungry()) {
          const spilled = [...database.values()].filter((each) => each.lane === lane && isAfter(each, after))
          queue.restore(lane, spilled.sort((a, b) => a.position - b.position).slice(0, 2))
        }
      }
      for (const step of steps) {
        feed()
        if (step.kind === 'offer') {
          const offered = item(next++, step.lane)
          model.push({ item: offered, notBefore: 0 })
          if (queue.offer(offered) === 'spilled') database.set(offered.position, offered)
        } else if (step.kind === 'take') {
          const may = startable()
          const taken = queue.take(nowMs)
          expect(taken !== undefined).toBe(may.length > 0)
          if (taken === undefined) continue
          expect(positions(may.map((each) => each.item))).toContain(taken.position)
          flying.set(taken.lane, taken)
        } else if (step.kind === 'ended' || step.kind === 'release' || step.kind === 'park') {
          const lane = pick(step.pick)
          if (lane === undefined) continue
          const taken = flying.get(lane)
          flying.delete(lane)
          if (step.kind === 'ended') {
            queue.ended(lane)
            model = model.filter((each) => each.item !== taken)
          } else if (step.kind === 'release') queue.release(lane)
          else {
            queue.park(lane, nowMs + step.forMs)
            for (const each of model) if (each.item === taken) each.notBefore = nowMs + step.forMs
          }
        } else if (step.kind === 'cancel') {
          // As the pipeline does: with the position of a command that is newer than everything offered so far.
          queue.cancel(step.lane, next)
          model = model.filter((each) => each.item.lane !== step.lane || flying.get(step.lane) === each.item)
          for (const each of database.values()) if (each.lane === step.lane) database.delete(each.position)
        } else if (step.kind === 'wakeAll') {
          queue.wakeAll()
          for (const each of model) each.notBefore = 0
        } else if (step.kind === 'pass') nowMs += step.ms
        else for (const each of queue[step.kind](step.to)) database.set(each.position, each)
        expect(queue.inFlight).toBe(flying.size)
      }
      for (const lane of flying.keys()) queue.release(lane)
      const drained: LaneItem[] = []
      feed()
      for (let taken = queue.take(Infinity); taken !== undefined; taken = queue.take(Infinity)) {
        drained.push(taken)
        queue.ended(taken.lane)
        feed()
      }
      const perLane = (items: readonly LaneItem[]) => Map.groupBy(items, ({ lane }) => lane)
      expect(perLane(drained)).toEqual(perLane(model.map((each) => each.item)))
      expect(queue.size).toBe(0)
    }),
    { numRuns: 500 },
  )
})
