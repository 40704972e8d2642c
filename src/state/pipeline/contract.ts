/** The promises of `port.ts`, run on every adapter. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  aKey,
  anEnd,
  anOpen,
  aProcessed,
  aRetry,
  aStep,
  DAY_MS,
  delivery,
  FIRST_DAY,
  NOTHING,
  processed,
} from './builders.fixture.ts'
import { type DeliveryId, type NewDelivery, OffsetConflict, type PipelineState } from './port.ts'
import { agreesWithModel, anyHistory } from './property.fixture.ts'

export interface OpenPipelineState {
  readonly state: PipelineState
  /** Another adapter on the same database, as after a restart. */
  reopen(): Promise<PipelineState>
  /** Deletes the database too. */
  close(): Promise<void>
}

const MAX = Number.MAX_SAFE_INTEGER

/**
 * @param open gives an empty database of its own, with the pipeline's tables
 * @param histories random ones, compared with the plain model
 */
export function pipelineStateContract(
  adapter: string,
  open: () => Promise<OpenPipelineState>,
  histories: number,
): void {
  describe(`PipelineState on ${adapter}`, () => {
    let opened: OpenPipelineState
    let state: PipelineState

    beforeEach(async () => {
      opened = await open()
      state = opened.state
    })
    afterEach(async () => {
      await opened.close()
    })

    const openOf = (instance: number, limit = 100) => state.open({ instance, after: NOTHING, limit })
    const ids = (rows: readonly DeliveryId[]) => rows.map(({ position, route }) => `${position}.${route}`)
    const counted = async () =>
      Object.fromEntries((await state.counts()).map(({ scope, id, name, by }) => [`${scope} ${id} ${name}`, by]))
    const only = async (id: DeliveryId) => {
      const rows = await state.ledger({ position: id.position, limit: 10 })
      return rows.find((row) => row.route === id.route)
    }
    /** Commits deliveries and answers them. */
    const added = async <const D extends readonly NewDelivery[]>(...deliveries: D): Promise<D> => {
      const from = await state.offset()
      const to = Math.max(from + 1, ...deliveries.map((each) => each.position))
      await state.commit(processed({ from, to, deliveries }))
      return deliveries
    }

    describe('log offset', () => {
      test('it begins at 0 and moves with a step', async () => {
        expect(await state.offset()).toBe(0)
        await state.commit(processed({ from: 0, to: MAX }))
        expect(await state.offset()).toBe(MAX)
      })

      test('a step computed from another offset is refused, and nothing of it is kept', async () => {
        await state.commit(processed({ from: 0, to: 5 }))
        const late = { ...aProcessed({ from: 4, to: 6, deliveries: [delivery({ position: 6 })] }) }
        const counts = [{ scope: 'source', id: 's', name: 'received', by: 1 }] as const
        await expect(state.commit(aStep({ processed: late, counts }))).rejects.toThrow(OffsetConflict)
        expect([await state.offset(), await openOf(1), await state.counts()]).toEqual([5, [], []])
      })

      test('of two steps from one offset, told at the same time, one is kept', async () => {
        const told = [1, 2].map((position) =>
          state.commit(processed({ from: 0, to: position, deliveries: [delivery({ position })] })),
        )
        const outcomes = (await Promise.allSettled(told)).map(({ status }) => status)
        expect(outcomes.sort()).toEqual(['fulfilled', 'rejected'])
        expect(ids(await openOf(1))).toEqual([`${await state.offset()}.1`])
      })

      test('a step without records leaves it', async () => {
        await state.commit(processed({ from: 0, to: 5 }))
        await state.commit(aStep({ counts: [{ scope: 'source', id: 's', name: 'received', by: 1 }] }))
        expect(await state.offset()).toBe(5)
      })
    })

    describe('all or nothing', () => {
      const everything = {
        accepted: [{ ...aKey(1), position: 1 }],
        routings: [{ position: 1, lane: 7, configVersion: 1, decisions: { 1: null } }],
        tombstones: [{ lane: 7, beforeMs: 1 }],
        regulations: [{ id: 'r', createdAtMs: 1, subjects: 1 }],
      }
      const nothing = async () => ({
        offset: await state.offset(),
        first: await state.firstPositions([aKey(1)]),
        routing: await state.routing(1),
        tombstones: await state.tombstones([7]),
        regulation: await state.regulation('r'),
        open: await openOf(1),
        counts: await state.counts(),
        runtimes: await state.runtimes(),
      })

      test.each([
        ['a delivery that exists', { deliveries: [delivery({}), delivery({})] }],
        ['a key that was accepted', { accepted: [...everything.accepted, { ...aKey(1), position: 2 }] }],
        ['a routing that exists', { routings: [...everything.routings, ...everything.routings] }],
      ])('%s undoes the whole step, which can then be told again', async (_, broken) => {
        const before = await nothing()
        const step = (extra: object) =>
          aStep({
            processed: aProcessed({ from: 0, to: 2, ...everything, ...extra }),
            counts: [{ scope: 'source', id: 's', name: 'received', by: 1 }],
            runtimes: [{ instance: 1, pausedMs: 5, hold: null }],
          })
        await expect(state.commit(step(broken))).rejects.toThrow()
        expect(await nothing()).toEqual(before)
        await state.commit(step({}))
        expect(await state.firstPositions([aKey(1)])).toEqual([1])
      })

      test('an update is undone with the step it came in', async () => {
        const [one] = await added(delivery({ position: 1 }))
        const step = aStep({
          updates: [anEnd(one)],
          processed: aProcessed({ from: 1, to: 2, deliveries: [one] }),
        })
        await expect(state.commit(step)).rejects.toThrow()
        expect(ids(await openOf(1))).toEqual(['1.1'])
        expect(await state.counts()).toEqual([])
      })
    })

    describe('first positions', () => {
      test('each key answers where it was accepted, in the order asked, whatever its day', async () => {
        const accepted = [3, 1, 2].map((number, index) => ({ ...aKey(number, index), position: number * 10 }))
        await state.commit(processed({ from: 0, to: 30, accepted }))
        const asked = [2, 9, 1, 3, 2].map((number) => aKey(number))
        expect(await state.firstPositions(asked)).toEqual([20, null, 10, 30, 20])
        // Of messages that cannot be older, days before need not be looked through.
        const recent = asked.map((each, at) => ({ ...each, fromDay: [2, 1, 1, 0, 2][at] ?? 0 }))
        expect(await state.firstPositions(recent)).toEqual([20, null, 10, 30, 20])
        expect(await state.firstPositions([])).toEqual([])
      })

      test('days come and stay, across steps and a restart', async () => {
        for (const day of [2, 0, 5]) {
          const from = await state.offset()
          await state.commit(processed({ from, to: from + 1, accepted: [{ ...aKey(day, day), position: from + 1 }] }))
        }
        const asked = [0, 2, 5, 1].map((number) => aKey(number))
        expect(await state.firstPositions(asked)).toEqual([2, 1, 3, null])
        expect(await (await opened.reopen()).firstPositions(asked)).toEqual([2, 1, 3, null])
      })

      test('500 keys of one batch are all found', async () => {
        const keys = Array.from({ length: 500 }, (_, index) => aKey(index))
        const accepted = keys.map((key, index) => ({ ...key, position: index + 1 }))
        await state.commit(processed({ from: 0, to: 500, accepted }))
        expect(await state.firstPositions(keys)).toEqual(accepted.map((each) => each.position))
      })
    })

    test('a tombstone keeps the latest time, within a step and across steps', async () => {
      const lane = MAX
      const tombstones = [
        { lane, beforeMs: 5 },
        { lane, beforeMs: 9 },
        { lane, beforeMs: 7 },
        { lane: 0, beforeMs: 1 },
      ]
      expect(await state.tombstones([lane])).toEqual([null])
      await state.commit(processed({ from: 0, to: 1, tombstones }))
      await state.commit(processed({ from: 1, to: 2, tombstones: [{ lane, beforeMs: 8 }] }))
      expect(await state.tombstones([0, 3, lane])).toEqual([1, null, 9])
    })

    describe('open deliveries', () => {
      test('they come in order of position and route, page by page, of one instance', async () => {
        await added(
          delivery({ position: 2, route: 3 }),
          delivery({ position: 1, route: 5 }),
          delivery({ position: 2, route: -1 }),
          delivery({ position: 2, route: 1 }),
          delivery({ position: 3, route: 1, instance: 2 }),
        )
        const pages: string[][] = []
        let after = NOTHING
        for (;;) {
          const page = await state.open({ instance: 1, after, limit: 2 })
          if (page.length === 0) break
          pages.push(ids(page))
          after = page.at(-1) ?? after
        }
        expect(pages).toEqual([
          ['1.5', '2.-1'],
          ['2.1', '2.3'],
        ])
      })

      test('one that was never tried is told as such; the largest numbers come back', async () => {
        const [largest] = await added(delivery({ position: MAX, lane: MAX }))
        expect(await openOf(1)).toEqual([anOpen(largest)])
        expect(await state.open({ instance: 1, after: { position: MAX, route: 0 }, limit: 1 })).toHaveLength(1)
        expect(await state.open({ instance: 1, after: { position: MAX, route: 1 }, limit: 1 })).toEqual([])
      })

      test('pending ones are counted by instance', async () => {
        const [one] = await added(
          delivery({ position: 1 }),
          delivery({ position: 2 }),
          delivery({ position: 2, route: 2, instance: 2 }),
        )
        await state.commit(aStep({ updates: [anEnd(one)] }))
        expect(await state.pending()).toEqual(
          new Map([
            [1, 1],
            [2, 1],
          ]),
        )
      })
    })

    describe('a retry', () => {
      const odd = `{"a":"'quoted' \\"twice\\" 🎈 back\\\\slash NULL {}"}`

      test('shows in the open delivery, with the frozen request unchanged', async () => {
        const [one] = await added(delivery({}))
        await state.commit(aStep({ updates: [aRetry(one, { frozen: odd, status: 503, reason: 'server_error' })] }))
        const expected = {
          ...anOpen(one),
          attempts: 1,
          firstAttemptAtMs: 1_000,
          pausedMsAtFirst: 10,
          nextAttemptAtMs: 2_000,
          frozen: odd,
        }
        expect(await openOf(1)).toEqual([expected])
        expect(await only(one)).toEqual({
          ...expected,
          attemptsBefore: 0,
          state: 'pending',
          status: 503,
          reason: 'server_error',
          endedAtMs: null,
        })
      })

      test.each([false, true])(
        'a later one keeps what was frozen and when it began (in one step: %s)',
        async (isOne) => {
          const [one] = await added(delivery({}))
          const updates = [
            aRetry(one, { frozen: null }),
            aRetry(one, { attempts: 2, firstAttemptAtMs: 5, pausedMsAtFirst: 6, nextAttemptAtMs: 3_000, frozen: 'a' }),
            aRetry(one, { attempts: 3, nextAttemptAtMs: 4_000, malformed: 2, frozen: 'b' }),
          ]
          for (const step of isOne ? [updates] : updates.map((update) => [update])) {
            await state.commit(aStep({ updates: step }))
          }
          const begun = { firstAttemptAtMs: 1_000, pausedMsAtFirst: 10 }
          const latest = { attempts: 3, nextAttemptAtMs: 4_000, malformed: 2, frozen: 'a' }
          expect(await openOf(1)).toEqual([{ ...anOpen(one), ...begun, ...latest }])
        },
      )

      test('a time with a fraction is kept as a whole millisecond', async () => {
        const [one] = await added(delivery({}))
        await state.commit(aStep({ updates: [aRetry(one, { nextAttemptAtMs: 2_000.4, pausedMsAtFirst: 9.6 })] }))
        expect(await openOf(1)).toMatchObject([{ nextAttemptAtMs: 2_000, pausedMsAtFirst: 10 }])
      })

      test.each([false, true])('its row is gone once the delivery ended (in one step: %s)', async (isOne) => {
        const [one] = await added(delivery({}))
        const updates = [aRetry(one, { frozen: 'a', status: 503 }), anEnd(one, { status: null, hasRetryRow: true })]
        for (const step of isOne ? [updates] : updates.map((update) => [update])) {
          await state.commit(aStep({ updates: step }))
        }
        expect(await only(one)).toMatchObject({ state: 'delivered', firstAttemptAtMs: null, frozen: null, status: 503 })
      })
    })

    describe('spills', () => {
      const spill = (each: NewDelivery) => ({ ...each, kind: 'spill' as const })
      const spilledOf = (lane: number, after: DeliveryId = NOTHING, limit = 10) =>
        state.spilled({ instance: 1, lane, after, limit })

      test('are read by lane, in order, page by page, with what a retry left', async () => {
        const all = await added(
          delivery({ position: 1, lane: MAX }),
          delivery({ position: 2, lane: MAX, route: 2 }),
          delivery({ position: 2, lane: MAX, route: 1 }),
          delivery({ position: 3, lane: 5 }),
          delivery({ position: 4, lane: MAX, instance: 2 }),
        )
        await state.commit(aStep({ updates: [aRetry(all[1], { frozen: 'f' }), ...all.toReversed().map(spill)] }))
        expect(ids(await spilledOf(MAX))).toEqual(['1.1', '2.1', '2.2'])
        expect(await spilledOf(MAX, { position: 2, route: 1 })).toMatchObject([{ frozen: 'f' }])
        expect(ids(await spilledOf(MAX, NOTHING, 2))).toEqual(['1.1', '2.1'])
        expect(ids(await spilledOf(5))).toEqual(['3.1'])
      })

      test('one is gone when its delivery ended; told twice it is still one', async () => {
        const [one, two] = await added(delivery({ position: 1, lane: 5 }), delivery({ position: 2, lane: 5 }))
        await state.commit(aStep({ updates: [spill(one), spill(two), spill(one)] }))
        await state.commit(aStep({ updates: [spill(one), anEnd(one, { wasSpilled: true })] }))
        expect(ids(await spilledOf(5))).toEqual(['2.1'])
      })

      test('unspill forgets them, and the deliveries stay open', async () => {
        const [one] = await added(delivery({ lane: 5 }))
        await state.commit(aStep({ updates: [spill(one)] }))
        await state.unspill()
        expect(await spilledOf(5)).toEqual([])
        expect(ids(await openOf(1))).toEqual(['1.1'])
      })
    })

    describe('an end', () => {
      test.each(['delivered', 'dead', 'erased', 'cancelled'] as const)('%s: it shows and is counted', async (end) => {
        const [one] = await added(delivery({}))
        await state.commit(
          aStep({ updates: [anEnd(one, { state: end, attempts: 3, status: 418, reason: 'teapot', atMs: 7_000 })] }),
        )
        expect(await openOf(1)).toEqual([])
        expect(await only(one)).toMatchObject({
          state: end,
          attempts: 3,
          status: 418,
          reason: 'teapot',
          endedAtMs: 7_000,
        })
        const dead = end === 'dead' ? { 'destination 1 dead:teapot': 1 } : {}
        expect(await counted()).toEqual({ [`destination 1 ${end}`]: 1, ...dead })
      })

      test('what a step says about ends in its counts is not counted on top', async () => {
        const [one] = await added(delivery({}))
        const counts = ['dead', 'dead:x', 'retries'].map(
          (name) => ({ scope: 'destination', id: '1', name, by: 1 }) as const,
        )
        await state.commit(aStep({ updates: [anEnd(one, { state: 'dead', reason: 'x' })], counts }))
        expect(await counted()).toEqual({
          'destination 1 dead': 1,
          'destination 1 dead:x': 1,
          'destination 1 retries': 1,
        })
      })

      test.each([false, true])('is final: later updates change and count nothing (in one step: %s)', async (isOne) => {
        const [one] = await added(delivery({ lane: 5 }))
        const detail = { request: 'r', response: null, body: null }
        const updates = [
          anEnd(one, { state: 'delivered', status: 200 }),
          aRetry(one, { attempts: 8 }),
          { ...one, kind: 'spill' as const },
          anEnd(one, { state: 'dead', reason: 'late', attempts: 9, atMs: 9_999, detail }),
          anEnd(one, { state: 'delivered', atMs: 9_999 }),
        ]
        for (const step of isOne ? [updates] : updates.map((update) => [update])) {
          await state.commit(aStep({ updates: step }))
        }
        expect(await only(one)).toMatchObject({ state: 'delivered', status: 200, attempts: 1, endedAtMs: 5_000 })
        expect(await only(one)).toMatchObject({ firstAttemptAtMs: null, nextAttemptAtMs: 0 })
        expect(await counted()).toEqual({ 'destination 1 delivered': 1 })
        expect(await state.detail(one)).toBeNull()
        expect(await state.spilled({ instance: 1, lane: 5, after: NOTHING, limit: 1 })).toEqual([])
      })

      test('an update of a delivery that never was changes and counts nothing', async () => {
        const none = delivery({ position: 77 })
        await state.commit(aStep({ updates: [anEnd(none), aRetry(none), { ...none, kind: 'spill' }] }))
        expect([await state.ledger({ limit: 9 }), await counted()]).toEqual([[], {}])
      })

      test('its detail comes back byte for byte', async () => {
        const [one, two] = await added(delivery({ position: 1 }), delivery({ position: 2 }))
        const body = Uint8Array.from({ length: 256 }, (_, byte) => byte)
        const detail = { request: '{"a":"\'\\"🎈"}', response: null, body }
        const empty = { request: null, response: '', body: null }
        await state.commit(aStep({ updates: [anEnd(one, { detail }), anEnd(two, { detail: empty })] }))
        expect(await state.detail(one)).toEqual(detail)
        expect(await state.detail(two)).toEqual(empty)
        expect(await state.detail({ position: 1, route: 9 })).toBeNull()
      })
    })

    describe('text that a database could refuse', () => {
      const odd = `a\0b\ud800c\udc00 \u{1f388} ' " \\ {} NULL`
      const kept = `a\ufffdb\ufffdc\ufffd \u{1f388} ' " \\ {} NULL`

      test('is repaired wherever it comes in', async () => {
        const [one, two] = await added(delivery({ position: 1 }), delivery({ position: 2 }))
        const detail = { request: odd, response: odd, body: null }
        const updates = [anEnd(one, { state: 'dead', reason: odd, detail }), aRetry(two, { reason: odd, frozen: odd })]
        const hold = { reason: odd, sinceMs: 1, detail: odd }
        const counts = [{ scope: 'source', id: odd, name: odd, by: 1 }] as const
        await state.commit(aStep({ updates, counts, runtimes: [{ instance: 1, pausedMs: 0, hold }] }))
        expect(await only(one)).toMatchObject({ reason: kept })
        expect(await state.detail(one)).toEqual({ request: kept, response: kept, body: null })
        expect(await only(two)).toMatchObject({ reason: kept, frozen: kept })
        expect(await state.runtimes()).toMatchObject([{ hold: { reason: kept, detail: kept } }])
        expect(await counted()).toMatchObject({ [`source ${kept} ${kept}`]: 1, [`destination 1 dead:${kept}`]: 1 })
      })

      test('names of one meaning are one counter', async () => {
        const counts = ['a\0', 'a\ufffd'].map((name) => ({ scope: 'source', id: 's', name, by: 1 }) as const)
        await state.commit(aStep({ counts }))
        expect(await counted()).toEqual({ 'source s a\ufffd': 2 })
      })

      test('finds a regulation, or none', async () => {
        await state.commit(processed({ from: 0, to: 1, regulations: [{ id: odd, createdAtMs: 1, subjects: 1 }] }))
        expect(await state.regulation(odd)).toMatchObject({ id: kept })
        expect(await state.regulation('\0')).toBeNull()
      })
    })

    describe('an erasure', () => {
      const cancel = { lane: 7, before: 10, atMs: 6_000, inFlight: [] }

      test('cancels what the person has open before it, everywhere, and counts that', async () => {
        const deliveries = await added(
          delivery({ position: 1, lane: 7 }),
          delivery({ position: 1, route: 2, lane: 7, instance: 2 }),
          delivery({ position: 2, lane: 7 }),
          delivery({ position: 3, lane: 8 }),
        )
        const updates = [
          aRetry(deliveries[0], { frozen: 'f', status: 500 }),
          { ...deliveries[2], kind: 'spill' as const },
        ]
        await state.commit(aStep({ updates }))
        await state.commit(processed({ from: 3, to: 10, cancelLanes: [cancel] }))
        expect(await state.pending()).toEqual(new Map([[1, 1]]))
        const how = { state: 'cancelled', reason: 'erasure_requested', endedAtMs: 6_000, frozen: null }
        expect(await state.ledger({ state: 'cancelled', limit: 9 })).toMatchObject([
          { ...how, position: 2, attempts: 0 },
          { ...how, position: 1, route: 2 },
          { ...how, position: 1, route: 1, attempts: 1, status: 500 },
        ])
        expect(await state.spilled({ instance: 1, lane: 7, after: NOTHING, limit: 9 })).toEqual([])
        expect(await counted()).toEqual({ 'destination 1 cancelled': 2, 'destination 2 cancelled': 1 })
      })

      test('spares attempts in flight, erasure calls, later events, and what the step itself brings', async () => {
        const all = await added(
          delivery({ position: 1, lane: 7 }),
          delivery({ position: 2, lane: 7 }),
          delivery({ position: 2, route: 2, lane: 7 }),
          delivery({ position: 3, route: -1, lane: 7 }),
          delivery({ position: 10, lane: 7 }),
        )
        const cancelLanes = [{ ...cancel, inFlight: [{ position: 2, route: 2 }] }]
        const own = delivery({ position: 9, lane: 7 })
        await state.commit(processed({ from: 10, to: 11, cancelLanes, deliveries: [own] }))
        expect(ids(await openOf(1))).toEqual(['2.2', '3.-1', '9.1', '10.1'])
        expect(all).toHaveLength(5)
      })

      test('leaves what ended in the same step', async () => {
        const [one, two] = await added(delivery({ position: 1, lane: 7 }), delivery({ position: 2, lane: 7 }))
        const step = aProcessed({ from: 2, to: 10, cancelLanes: [cancel] })
        await state.commit(aStep({ processed: step, updates: [anEnd(one), aRetry(two)] }))
        expect(await only(one)).toMatchObject({ state: 'delivered' })
        expect(await only(two)).toMatchObject({ state: 'cancelled', attempts: 1 })
        expect(await counted()).toEqual({ 'destination 1 delivered': 1, 'destination 1 cancelled': 1 })
      })

      test('asked for twice in a step reaches as far as the later one, and spares what either does', async () => {
        await added(...[1, 5, 6, 15].map((position) => delivery({ position, lane: 7 })))
        const cancelLanes = [
          { ...cancel, before: 20, inFlight: [{ position: 5, route: 1 }] },
          { ...cancel, before: 10, inFlight: [{ position: 5, route: 1 }] },
          { ...cancel, lane: MAX },
        ]
        await state.commit(processed({ from: 15, to: 20, cancelLanes }))
        expect(ids(await openOf(1))).toEqual(['5.1'])
      })

      test('a delivery in flight may still end as it will', async () => {
        const [one] = await added(delivery({ position: 1, lane: 7 }))
        await state.commit(processed({ from: 1, to: 10, cancelLanes: [{ ...cancel, inFlight: [one] }] }))
        await state.commit(aStep({ updates: [anEnd(one)] }))
        expect(await counted()).toEqual({ 'destination 1 delivered': 1 })
      })
    })

    describe('ledger', () => {
      test('is read newest first, by instance, state and position', async () => {
        const all = await added(
          delivery({ position: 1 }),
          delivery({ position: 2 }),
          delivery({ position: 2, route: 2, instance: 2 }),
          delivery({ position: 3, route: -1 }),
        )
        await state.commit(aStep({ updates: [anEnd(all[0], { state: 'dead', reason: 'x' }), anEnd(all[1])] }))
        const read = async (options: Omit<Parameters<PipelineState['ledger']>[0], 'limit'>, limit = 10) =>
          ids(await state.ledger({ ...options, limit }))
        expect(await read({})).toEqual(['3.-1', '2.2', '2.1', '1.1'])
        expect(await read({}, 2)).toEqual(['3.-1', '2.2'])
        expect(await read({ instance: 1 })).toEqual(['3.-1', '2.1', '1.1'])
        expect(await read({ state: 'dead' })).toEqual(['1.1'])
        expect(await read({ state: 'pending', instance: 2 })).toEqual(['2.2'])
        expect(await read({ state: 'delivered', instance: 2 })).toEqual([])
        expect(await read({ position: 2 })).toEqual(['2.2', '2.1'])
        expect(await read({ position: 2, instance: 1, state: 'delivered' })).toEqual(['2.1'])
        expect(await read({ position: MAX })).toEqual([])
      })

      test('a routing says what was decided for each instance', async () => {
        const routing = { position: MAX, lane: MAX, configVersion: 12, decisions: { 1: null, 22: 'FILTERED "\0"' } }
        await state.commit(processed({ from: 0, to: MAX, routings: [routing] }))
        expect(await state.routing(MAX)).toEqual(routing)
        expect(await state.routing(1)).toBeNull()
      })
    })

    describe('counters and runtimes', () => {
      test('counts are sums', async () => {
        const count = (by: number, id = 's') => ({ scope: 'source', id, name: 'received', by }) as const
        await state.commit(aStep({ counts: [count(1), count(2), count(5, 't')] }))
        await state.commit(aStep({ counts: [count(10)] }))
        expect(await counted()).toEqual({ 'source s received': 13, 'source t received': 5 })
      })

      test('a counter holds 2^53 - 1', async () => {
        await state.commit(aStep({ counts: [{ scope: 'destination', id: '1', name: 'accepted', by: MAX }] }))
        expect(await counted()).toEqual({ 'destination 1 accepted': MAX })
      })

      test('counts and pending are of one moment in a tally, also while deliveries end', async () => {
        const reader = await opened.reopen()
        const deliveries = Array.from({ length: 40 }, (_, index) => delivery({ position: index + 1 }))
        await added(...deliveries)
        const writing = (async () => {
          for (const each of deliveries) await state.commit(aStep({ updates: [anEnd(each)] }))
        })()
        for (let sum = 0; sum < 40; ) {
          const { counts, pending } = await reader.tally()
          sum = counts.find(({ name }) => name === 'delivered')?.by ?? 0
          expect(sum + (pending.get(1) ?? 0)).toBe(40)
        }
        await writing
      })

      test('a runtime is the last that was told; a hold comes and goes', async () => {
        const hold = { reason: 'unauthorised', sinceMs: 1_700_000_000_000, detail: '401 {"code":"x"}' }
        await state.commit(
          aStep({
            runtimes: [
              { instance: 2, pausedMs: 1, hold: null },
              { instance: 1, pausedMs: 5.4, hold },
            ],
          }),
        )
        expect(await state.runtimes()).toEqual([
          { instance: 1, pausedMs: 5, hold },
          { instance: 2, pausedMs: 1, hold: null },
        ])
        await state.commit(aStep({ runtimes: [{ instance: 1, pausedMs: 9, hold: null }] }))
        expect((await state.runtimes())[0]).toEqual({ instance: 1, pausedMs: 9, hold: null })
      })
    })

    test('a regulation shows its subjects and what became of each call', async () => {
      const call = (position: number, instance: number) => delivery({ position, route: -instance, instance, lane: 7 })
      const regulations = [1, 2].map(() => ({ id: 'reg', createdAtMs: 4_000, subjects: 1 }))
      const deliveries = [call(1, 1), call(1, 2), call(2, 1)]
      const regulationTasks = deliveries.map((each) => ({
        regulationId: 'reg',
        position: each.position,
        route: each.route,
        destinationId: `d${each.instance}`,
      }))
      await state.commit(processed({ from: 0, to: 2, regulations, deliveries, regulationTasks }))
      await state.commit(processed({ from: 2, to: 3, regulations: [{ id: 'reg', createdAtMs: 9_000, subjects: 1 }] }))
      const failed = anEnd(call(1, 2), { state: 'dead', status: 400, reason: 'rejected_400', atMs: 8_000 })
      await state.commit(aStep({ updates: [failed] }))
      const pending = { state: 'pending', status: null, reason: null, endedAtMs: null }
      expect(await state.regulation('reg')).toEqual({
        id: 'reg',
        createdAtMs: 4_000,
        subjects: 3,
        tasks: [
          {
            ...{ position: 1, route: -2, destinationId: 'd2' },
            ...{ state: 'dead', status: 400, reason: 'rejected_400', endedAtMs: 8_000 },
          },
          { position: 1, route: -1, destinationId: 'd1', ...pending },
          { position: 2, route: -1, destinationId: 'd1', ...pending },
        ],
      })
      expect(await state.regulation('none')).toBeNull()
    })

    test('regulations are listed newest first, with how many of their calls are over', async () => {
      const call = delivery({ position: 1, route: -1, instance: 1, lane: 7 })
      const regulations = [
        { id: 'old', createdAtMs: 1_000, subjects: 1 },
        { id: 'a', createdAtMs: 2_000, subjects: 2 },
        { id: 'b', createdAtMs: 2_000, subjects: 1 },
      ]
      const regulationTasks = [{ regulationId: 'old', position: 1, route: -1, destinationId: 'd1' }]
      await state.commit(processed({ from: 0, to: 1, regulations, deliveries: [call], regulationTasks }))
      expect(await state.latestRegulations(2)).toEqual([regulations[2], regulations[1]])
      expect((await state.latestRegulations(3))[2]).toEqual(regulations[0])
      const none = { all: 0, pending: 0, delivered: 0, endedAtMs: null }
      expect([await state.regulationProgress('b'), await state.regulationProgress('nobody')]).toEqual([none, none])
      expect(await state.regulationProgress('old')).toEqual({ ...none, all: 1, pending: 1 })
      await state.commit(
        aStep({ updates: [anEnd(call, { state: 'delivered', status: 200, reason: null, atMs: 8_000 })] }),
      )
      expect(await state.regulationProgress('old')).toEqual({ all: 1, pending: 0, delivered: 1, endedAtMs: 8_000 })
    })

    describe('forget', () => {
      const forget = (options: { dedupBeforeDay?: number; deliveredBeforeMs?: number; limit?: number }) =>
        state.forget({ dedupBeforeDay: 0, deliveredBeforeMs: 0, limit: 100, ...options })

      test('drops the keys of old days, and they can be accepted again', async () => {
        const accepted = [0, 1, 2].map((day) => ({ ...aKey(day, day), position: day + 1 }))
        await state.commit(processed({ from: 0, to: 3, accepted }))
        await forget({ dedupBeforeDay: FIRST_DAY + 1 })
        const asked = [0, 1, 2].map((number) => aKey(number))
        expect(await state.firstPositions(asked)).toEqual([null, 2, 3])
        await state.commit(processed({ from: 3, to: 4, accepted: [{ ...aKey(0, 0), position: 4 }] }))
        expect(await state.firstPositions(asked)).toEqual([4, 2, 3])
        await forget({ dedupBeforeDay: FIRST_DAY + 3 })
        expect(await (await opened.reopen()).firstPositions(asked)).toEqual([null, null, null])
      })

      test('removes what ended before, with its detail; dead letters, pending and newer ones stay', async () => {
        const all = await added(...[1, 2, 3, 4, 5].map((position) => delivery({ position })))
        const detail = { request: 'r', response: null, body: null }
        await state.commit(
          aStep({
            updates: [
              anEnd(all[0] as NewDelivery, { atMs: 100, detail }),
              anEnd(all[1] as NewDelivery, { atMs: 100, state: 'dead', reason: 'x', detail }),
              anEnd(all[2] as NewDelivery, { atMs: 101 }),
              anEnd(all[3] as NewDelivery, { atMs: 99, state: 'cancelled' }),
            ],
          }),
        )
        const before = await counted()
        expect(await forget({ deliveredBeforeMs: 101 })).toEqual({ more: false })
        expect(ids(await state.ledger({ limit: 9 }))).toEqual(['5.1', '3.1', '2.1'])
        expect(await state.detail({ position: 1, route: 1 })).toBeNull()
        expect(await state.detail({ position: 2, route: 1 })).toEqual(detail)
        expect(await counted()).toEqual(before)
      })

      test('is a bounded piece of work that says when there is more', async () => {
        const all = await added(...[1, 2, 3, 4, 5].map((position) => delivery({ position })))
        await state.commit(aStep({ updates: all.map((each, index) => anEnd(each, { atMs: 100 - index })) }))
        expect(await forget({ deliveredBeforeMs: 200, limit: 2 })).toEqual({ more: true })
        expect(ids(await state.ledger({ limit: 9 }))).toEqual(['3.1', '2.1', '1.1'])
        expect(await forget({ deliveredBeforeMs: 200, limit: 2 })).toEqual({ more: true })
        expect(await forget({ deliveredBeforeMs: 200, limit: 2 })).toEqual({ more: false })
        expect(await state.ledger({ limit: 9 })).toEqual([])
      })

      test('goes through routings that nobody was to get a bounded piece a call, and through all of them', async () => {
        const routings = [1, 2, 3, 4, 5].map((position) => ({ position, lane: 1, configVersion: 1, decisions: {} }))
        const accepted = routings.map(({ position }) => ({ ...aKey(position, 0), position }))
        await state.commit(
          processed({ from: 0, to: 6, routings, accepted: [...accepted, { ...aKey(6, 1), position: 6 }] }),
        )
        const left = async () => {
          const found = await Promise.all(routings.map(({ position }) => state.routing(position)))
          return found.filter((each) => each !== null).length
        }
        const lefts = []
        for (const more of [true, true, false]) {
          expect(await forget({ deliveredBeforeMs: (FIRST_DAY + 1) * DAY_MS, limit: 2 })).toEqual({ more })
          lefts.push(await left())
        }
        expect(lefts).toEqual([3, 1, 0])
      })

      test('the calls of a regulation stay: they are its receipt', async () => {
        const call = delivery({ position: 1, route: -1 })
        const regulationTasks = [{ regulationId: 'reg', position: 1, route: -1, destinationId: 'd' }]
        const regulations = [{ id: 'reg', createdAtMs: 1, subjects: 1 }]
        await state.commit(processed({ from: 0, to: 1, deliveries: [call], regulations, regulationTasks }))
        await state.commit(aStep({ updates: [anEnd(call, { atMs: 100 })] }))
        await forget({ deliveredBeforeMs: 1_000 })
        expect(await state.regulation('reg')).toMatchObject({ tasks: [{ state: 'delivered' }] })
      })

      test('a routing goes with its last delivery; one that nobody was to get goes by its day', async () => {
        const routing = (position: number) => ({ position, lane: 1, configVersion: 1, decisions: {} })
        const routings = [1, 2, 3, 4].map(routing)
        const accepted = [
          { ...aKey(1, 0), position: 1 },
          { ...aKey(2, 0), position: 2 },
          { ...aKey(3, 1), position: 3 },
          { ...aKey(4, 1), position: 4 },
        ]
        const deliveries = [delivery({ position: 2, route: 1 }), delivery({ position: 2, route: 2 })] as const
        await state.commit(processed({ from: 0, to: 4, routings, accepted, deliveries }))
        const kept = async () => {
          const found = await Promise.all([1, 2, 3, 4].map((position) => state.routing(position)))
          return found.flatMap((each) => (each === null ? [] : [each.position]))
        }
        const day = (FIRST_DAY + 1) * DAY_MS
        await state.commit(aStep({ updates: [anEnd(deliveries[0], { atMs: day - 1 })] }))
        await forget({ deliveredBeforeMs: day - 1 })
        expect(await kept()).toEqual([1, 2, 3, 4])
        while ((await forget({ deliveredBeforeMs: day, limit: 1 })).more) await state.offset()
        expect(await kept()).toEqual([2, 3, 4])
        await state.commit(aStep({ updates: [anEnd(deliveries[1], { atMs: day })] }))
        await forget({ deliveredBeforeMs: day + 1 })
        expect(await kept()).toEqual([3, 4])
      })
    })

    test('what was committed is there after a restart', async () => {
      const [one, two] = await added(delivery({ position: 1, lane: MAX }), delivery({ position: 2 }))
      await state.commit(aStep({ updates: [aRetry(one, { frozen: 'f' }), anEnd(two)] }))
      const again = await opened.reopen()
      expect(await again.offset()).toBe(2)
      expect(await again.open({ instance: 1, after: NOTHING, limit: 9 })).toEqual(await openOf(1))
      expect(await again.counts()).toEqual(await state.counts())
    })
  })

  test(`PipelineState on ${adapter}: any history reads like the plain model's`, { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, async (history) => {
        const opened = await open()
        try {
          await agreesWithModel(opened, history)
        } finally {
          await opened.close()
        }
      }),
      { numRuns: histories },
    )
  })
}
