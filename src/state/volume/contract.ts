/** The promises of `port.ts`, run on every adapter. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aKey, anEnd, aStep, delivery, FIRST_DAY, processed } from '../pipeline/builders.fixture.ts'
import type { OpenPipelineState } from '../pipeline/contract.ts'
import type { PipelineState } from '../pipeline/port.ts'
import {
  attemptReason,
  HOUR_MS,
  HOURS_KEPT_MS,
  MINUTE_MS,
  MINUTES_KEPT_MS,
  NAME_CHARS_MAX,
  NAMES_MAX,
  OTHER_NAME,
  VOLUME_FACTS,
  type VolumeDelta,
  type VolumeKey,
  type VolumeQuery,
} from './port.ts'

const T0 = FIRST_DAY * 24 * HOUR_MS
const KEY: VolumeKey = {
  scope: 'source',
  id: 's',
  fact: 'accepted',
  route: null,
  type: 'track',
  name: 'Clicked',
  reason: null,
}

const aDelta = (parts: Partial<VolumeDelta> = {}): VolumeDelta => {
  return { ...KEY, atMs: T0, by: 1, retries: 0, ...parts }
}

/** @param histories random ones, compared with the plain model */
export function volumeContract(adapter: string, open: () => Promise<OpenPipelineState>, histories: number): void {
  describe(`VolumeStore on ${adapter}`, () => {
    let opened: OpenPipelineState
    let state: PipelineState

    beforeEach(async () => {
      opened = await open()
      state = opened.state
    })
    afterEach(async () => {
      await opened.close()
    })

    const count = (...volume: VolumeDelta[]) => state.commit(aStep({ volume }))
    const all = { scope: 'source', facts: VOLUME_FACTS } as const
    const keys = async (of: Parameters<PipelineState['volume']['series']>[0] = all, from = state) =>
      (await from.volume.series(of)).map(({ scope, id, fact, route, type, name, reason }) =>
        [scope, id, fact, route, type, name, reason].join(' '),
      )
    const HOURS: Omit<VolumeQuery, 'series'> = {
      unit: 'hour',
      fromMs: T0 - HOURS_KEPT_MS,
      toMs: T0 + HOURS_KEPT_MS,
      unitsOfPoint: 1,
    }
    const MINUTES = { ...HOURS, unit: 'minute' } as const
    /** Points of everything that is counted of sources, added up. */
    const points = async (query: Partial<VolumeQuery> = {}, from = state, of: Parameters<typeof keys>[0] = all) => {
      const series = (await from.volume.series(of)).map(({ number }) => number)
      const sums = new Map<number, number>()
      for (const { atMs, count: by } of await from.volume.points({ ...HOURS, series, ...query })) {
        sums.set(atMs - T0, (sums.get(atMs - T0) ?? 0) + by)
      }
      return [...sums].sort(([a], [b]) => a - b)
    }
    const destination = { scope: 'destination', facts: VOLUME_FACTS } as const

    test('what is counted in one minute is one number, and the next minute has its own', async () => {
      await count(aDelta(), aDelta({ atMs: T0 + MINUTE_MS - 1, by: 2 }), aDelta({ atMs: T0 + MINUTE_MS, by: 4 }))
      await count(aDelta({ atMs: T0 + 1, by: 8 }))
      expect(await points(MINUTES)).toEqual([
        [0, 11],
        [MINUTE_MS, 4],
      ])
      expect(await points()).toEqual([[0, 15]])
    })

    test('an hour ends with its last millisecond', async () => {
      await count(
        aDelta({ atMs: T0 + HOUR_MS - 1 }),
        aDelta({ atMs: T0 + HOUR_MS, by: 2 }),
        aDelta({ atMs: T0 - 1, by: 4 }),
      )
      expect(await points()).toEqual([
        [-HOUR_MS, 4],
        [0, 1],
        [HOUR_MS, 2],
      ])
      expect(await points({ unitsOfPoint: 24 })).toEqual([
        [-24 * HOUR_MS, 4],
        [0, 3],
      ])
    })

    test('a range has its first moment and not its end', async () => {
      await count(aDelta(), aDelta({ atMs: T0 + MINUTE_MS, by: 2 }), aDelta({ atMs: T0 + 2 * MINUTE_MS, by: 4 }))
      const middle = { ...MINUTES, fromMs: T0 + MINUTE_MS, toMs: T0 + 2 * MINUTE_MS }
      expect(await points(middle)).toEqual([[MINUTE_MS, 2]])
    })

    test('a series is found by scope, id and fact', async () => {
      await count(
        aDelta(),
        aDelta({ fact: 'duplicate' }),
        aDelta({ id: 'other', type: 'identify', name: null }),
        aDelta({ scope: 'destination', id: '7', fact: 'dead', route: 3, reason: 'rejected_400' }),
      )
      expect(await keys({ ...all, id: 's' })).toEqual([
        'source s accepted  track Clicked ',
        'source s duplicate  track Clicked ',
      ])
      expect(await keys({ ...all, facts: ['accepted'] })).toHaveLength(2)
      expect(await keys(destination)).toEqual(['destination 7 dead 3 track Clicked rejected_400'])
      expect(await keys({ ...destination, id: '8' })).toEqual([])
    })

    test('points come by series and time, and of those series only that are asked for', async () => {
      await count(aDelta({ id: 'a', atMs: T0 + HOUR_MS }), aDelta({ id: 'a' }), aDelta({ id: 'b', by: 3, retries: 2 }))
      await count(aDelta({ id: 'c' }))
      const numbers = new Map((await state.volume.series(all)).map(({ number, id }) => [id, number]))
      const [a = -1, b = -1] = ['a', 'b'].map((id) => numbers.get(id))
      expect(await state.volume.points({ ...HOURS, series: [b, a] })).toEqual([
        { series: a, atMs: T0, count: 1, retries: 0 },
        { series: a, atMs: T0 + HOUR_MS, count: 1, retries: 0 },
        { series: b, atMs: T0, count: 3, retries: 2 },
      ])
      expect(await state.volume.points({ ...HOURS, series: [] })).toEqual([])
    })

    test(`a source keeps ${NAMES_MAX} names, one more is counted as ${OTHER_NAME}, and the known ones go on`, async () => {
      const named = (from: number, to: number) =>
        Array.from({ length: to - from }, (_, index) => aDelta({ name: `n${from + index}` }))
      await count(...named(0, NAMES_MAX))
      expect(await keys()).not.toContain(`source s accepted  track ${OTHER_NAME} `)
      await count(...named(NAMES_MAX - 1, NAMES_MAX + 2), aDelta({ fact: 'duplicate', name: `n${NAMES_MAX}` }))
      expect(await keys()).toHaveLength(NAMES_MAX + 2)
      expect(await keys()).toContain(`source s accepted  track ${OTHER_NAME} `)
      expect(await keys()).toContain(`source s duplicate  track ${OTHER_NAME} `)
      await count(aDelta({ id: 'another', name: 'its own' }))
      expect(await keys({ ...all, id: 'another' })).toEqual(['source another accepted  track its own '])
      const reopened = await opened.reopen()
      await reopened.commit(aStep({ volume: [aDelta({ name: 'late' }), aDelta({ name: 'n0' })] }))
      expect(await keys(all, reopened)).toHaveLength(NAMES_MAX + 3)
      expect(await points({}, reopened, { ...all, id: 's' })).toEqual([[0, NAMES_MAX + 6]])
    })

    test(`a name of ${NAME_CHARS_MAX} characters is kept, a longer one is counted as ${OTHER_NAME}`, async () => {
      const [longest, longer] = [NAME_CHARS_MAX, NAME_CHARS_MAX + 1].map((length) => 'n'.repeat(length))
      await count(aDelta({ name: longest ?? '' }), aDelta({ name: longer ?? '' }))
      const names = (await state.volume.series(all)).map(({ name }) => name)
      expect(names.sort()).toEqual([OTHER_NAME, longest])
    })

    test('a name may be any text', async () => {
      const names = ['', 'null', 'a\nb', "'; --", 'nul \0', '\ud800', '🙂']
      await count(...names.map((name) => aDelta({ name })), aDelta({ name: null }))
      const kept = (await state.volume.series(all)).map(({ name }) => name)
      expect(new Set(kept)).toEqual(new Set(['', 'null', 'a\nb', "'; --", 'nul \ufffd', '\ufffd', '🙂', null]))
    })

    test('minutes and hours go once they are older than they are kept, and not before', async () => {
      const old = [aDelta(), aDelta({ atMs: T0 + MINUTE_MS, by: 2 }), aDelta({ atMs: T0 + HOUR_MS, by: 4 })]
      await count(...old)
      const forget = (nowMs: number) => state.volume.forget({ nowMs, limit: 100 })
      expect(await forget(T0 + MINUTES_KEPT_MS + MINUTE_MS - 1)).toEqual({ more: false })
      expect(await points(MINUTES)).toHaveLength(3)
      await forget(T0 + MINUTES_KEPT_MS + MINUTE_MS)
      expect((await points(MINUTES)).map(([, by]) => by)).toEqual([2, 4])
      await forget(T0 + HOURS_KEPT_MS + HOUR_MS - 1)
      expect([await points(MINUTES), await points()]).toEqual([
        [],
        [
          [0, 3],
          [HOUR_MS, 4],
        ],
      ])
      await forget(T0 + HOURS_KEPT_MS + HOUR_MS)
      expect(await points()).toEqual([[HOUR_MS, 4]])
      expect(await keys()).toHaveLength(1)
      await forget(T0 + HOURS_KEPT_MS + 2 * HOUR_MS)
      expect(await keys()).toEqual([])
    })

    test('a name of which nothing is left makes room for another', async () => {
      await count(...Array.from({ length: NAMES_MAX }, (_, index) => aDelta({ name: `n${index}` })))
      await count(aDelta({ name: 'n0', atMs: T0 + HOUR_MS }))
      const nowMs = T0 + HOURS_KEPT_MS + HOUR_MS
      expect(await state.volume.forget({ nowMs, limit: 2 })).toEqual({ more: true })
      await state.volume.forget({ nowMs, limit: 10_000 })
      await count(aDelta({ name: 'new', atMs: nowMs }))
      expect((await keys()).sort()).toEqual(['source s accepted  track n0 ', 'source s accepted  track new '])
    })

    test('a step that is refused counts nothing, and the same names are counted afterwards', async () => {
      await state.commit(processed({ from: 0, to: 1 }))
      const volume = [aDelta(), aDelta({ name: 'Viewed' })]
      await expect(state.commit({ ...processed({ from: 0, to: 2 }), volume })).rejects.toThrow('offset is 1')
      expect(await keys()).toEqual([])
      await state.commit({ ...processed({ from: 1, to: 2 }), volume })
      expect(await points()).toEqual([[0, 2]])
    })

    describe('ends of deliveries', () => {
      const event = { type: 'track', name: 'Clicked', receivedMs: T0 - 1_000 }
      const pending = delivery({ position: 1, route: 4, instance: 7 })
      const ends = async () => (await keys(destination)).filter((text) => !text.includes('latency')).sort()
      const latencies = async () => (await keys({ ...destination, facts: ['latency'] })).sort()

      test('an end is counted once, at its time, with its retries', async () => {
        await state.commit(processed({ from: 0, to: 1, deliveries: [pending] }))
        const end = anEnd(pending, { attempts: 3, atMs: T0 + 5, event })
        await state.commit(aStep({ updates: [end, { ...end, state: 'dead', reason: 'redirect' }] }))
        await state.commit(aStep({ updates: [end] }))
        expect(await ends()).toEqual([`destination 7 delivered 4 track Clicked ${attemptReason(3)}`])
        const delivered = await state.volume.series({ ...destination, facts: ['delivered'] })
        const [series = -1] = delivered.map(({ number }) => number)
        const of = await state.volume.points({ ...MINUTES, series: [series] })
        expect(of).toEqual([{ series, atMs: T0, count: 1, retries: 2 }])
      })

      test('a dead letter that is replayed and delivered is both, each at its time', async () => {
        await state.commit(processed({ from: 0, to: 1, deliveries: [pending] }))
        await state.commit(aStep({ updates: [anEnd(pending, { state: 'dead', reason: 'redirect', atMs: T0, event })] }))
        const cursor = { position: 0, route: 0 }
        const asked = { id: 'r', kind: 'dead', instance: 7, selection: '{}', total: 1, ratePerSecond: 1 } as const
        const { number } = await state.createReplay({ ...asked, createdAtMs: T0, cursor })
        const moved = { number, from: cursor, to: pending, isRead: true, insert: [], skipped: 0 }
        await state.advanceReplay({ ...moved, revive: [pending] })
        const again = anEnd(pending, { replay: number, atMs: T0 + HOUR_MS, event })
        await state.commit(aStep({ updates: [again] }))
        expect(await points({}, state, destination)).toEqual([
          [0, 1],
          [HOUR_MS, 1],
        ])
        expect(await ends()).toEqual([
          'destination 7 dead 4 track Clicked redirect',
          `destination 7 delivered 4 track Clicked ${attemptReason(1)}`,
        ])
        expect((await state.counts()).find(({ name }) => name === 'dead')?.by).toBe(0)
        // It says how long a person took to ask for the replay.
        expect(await latencies()).toEqual([])
      })

      test('a delivery is counted in the band of its latency, and what ends in another way is not', async () => {
        const others = [2, 3, 4].map((position) => delivery({ position, route: 4, instance: 7 }))
        await state.commit(processed({ from: 0, to: 4, deliveries: [pending, ...others] }))
        const [second = pending, third = pending, fourth = pending] = others
        const updates = [
          anEnd(pending, { atMs: T0 + 24, event }),
          anEnd(second, { atMs: T0 + 25, event }),
          anEnd(third, { state: 'dead', reason: 'redirect', atMs: T0, event }),
          anEnd(fourth, { atMs: T0 }),
        ]
        await state.commit(aStep({ updates }))
        expect(await latencies()).toEqual(['destination 7 latency    1024', 'destination 7 latency    1218'])
      })

      test('what an erasure cancels is a number without a name, and an erasure call is no event', async () => {
        const erase = delivery({ position: 1, route: -7, instance: 7 })
        await state.commit(processed({ from: 0, to: 1, deliveries: [pending, erase] }))
        const cancelLanes = [{ lane: pending.lane, before: 2, atMs: T0, inFlight: [] }]
        const updates = [anEnd(erase, { state: 'erased', atMs: T0 })]
        await state.commit({ ...processed({ from: 1, to: 2, cancelLanes }), updates })
        expect(await ends()).toEqual(['destination 7 cancelled 4   erasure_requested'])
      })

      test('what is made by a replay and ends with it is counted as cancelled', async () => {
        await state.commit(processed({ from: 0, to: 1 }))
        const cursor = { position: 0, route: 0 }
        const asked = { id: 'r', kind: 'history', instance: 7, selection: '{}', total: 1, ratePerSecond: 1 } as const
        const { number } = await state.createReplay({ ...asked, createdAtMs: T0, cursor })
        const moved = { number, from: cursor, to: pending, isRead: true, revive: [], skipped: 0 }
        await state.advanceReplay({ ...moved, insert: [pending] })
        await state.endReplay({ number, state: 'cancelled', atMs: T0, spare: [] })
        expect(await ends()).toEqual(['destination 7 cancelled 4   replay_cancelled'])
      })
    })

    test('whatever is counted, in whatever steps, a range has what a list of all of it has', async () => {
      const anyDelta = fc.record({
        atMs: fc.integer({ min: T0 - 3 * HOUR_MS, max: T0 + 3 * HOUR_MS }),
        by: fc.integer({ min: 1, max: 5 }),
        retries: fc.integer({ min: 0, max: 2 }),
        name: fc.constantFrom('a', 'b', null),
        id: fc.constantFrom('s', 't'),
        fact: fc.constantFrom('accepted', 'duplicate'),
      })
      const anyHistory = fc.record({
        steps: fc.array(fc.array(anyDelta, { maxLength: 6 }), { maxLength: 6 }),
        unit: fc.constantFrom('minute', 'hour'),
        units: fc.integer({ min: 1, max: 5 }),
        from: fc.integer({ min: -5, max: 3 }),
        length: fc.integer({ min: 1, max: 6 }),
      })
      let round = 0
      await fc.assert(
        fc.asyncProperty(anyHistory, async ({ steps, unit, units, from, length }) => {
          round += 1
          const told = steps.map((step) =>
            step.map((each) => aDelta({ ...each, id: `${each.id}${round}` }) as VolumeDelta),
          )
          for (const step of told) await count(...step)
          const unitMs = unit === 'minute' ? MINUTE_MS : HOUR_MS
          const [fromMs, toMs] = [T0 + from * unitMs, T0 + (from + length) * unitMs]
          const series = await state.volume.series({ ...all, id: `s${round}`, facts: ['accepted'] })
          const nameOf = new Map(series.map((each) => [each.number, each.name]))
          const query = { unit, fromMs, toMs, unitsOfPoint: units, series: [...nameOf.keys()] } as const
          const expected = new Map<string, { count: number; retries: number }>()
          for (const { id, fact, name, atMs, by, retries } of told.flat()) {
            if (id !== `s${round}` || fact !== 'accepted' || atMs < fromMs || atMs >= toMs) continue
            const key = `${name} ${Math.floor(atMs / (unitMs * units)) * unitMs * units}`
            const known = expected.get(key) ?? { count: 0, retries: 0 }
            expected.set(key, { count: known.count + by, retries: known.retries + retries })
          }
          const answered = (await state.volume.points(query)).map(({ series: number, atMs, ...figures }) => {
            return [`${nameOf.get(number)} ${atMs}`, figures] as const
          })
          expect(answered).toHaveLength(expected.size)
          expect(new Map(answered)).toEqual(expected)
        }),
        { numRuns: histories },
      )
    })

    test('counting does not touch what else a step writes', async () => {
      await state.commit({
        ...processed({ from: 0, to: 1, accepted: [{ ...aKey(1), position: 1 }] }),
        volume: [aDelta()],
      })
      expect(await state.firstPositions([aKey(1)])).toEqual([1])
      expect(await state.counts()).toEqual([])
    })
  })
}
