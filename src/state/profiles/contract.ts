/** The promises of `port.ts` about people, run on every adapter. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OpenPipelineState } from '../pipeline/contract.ts'
import { OffsetConflict, type PipelineStep } from '../pipeline/port.ts'
import { MINUTE_MS } from '../volume/port.ts'
import type { StoredProfile, UnifyStep } from './port.ts'

export const NOTHING: UnifyStep = {
  atMs: 0,
  freed: [],
  profiles: [],
  gone: [],
  ids: [],
  memberships: [],
  forgotten: [],
  joined: [],
  lost: [],
  tellings: [],
  again: [],
  untold: [],
  outbox: [],
  appendedTo: 0,
  runs: [],
}
const key = (n: number) => Buffer.alloc(16, n)
const profile = (id: number, over: Partial<StoredProfile> = {}): StoredProfile => ({
  id,
  space: 1,
  document: `{"n":${id}}`,
  dueAtMs: null,
  ...over,
})
const member = (id: number, computation = 1) => ({ computation, profile: id })
type Member = ReturnType<typeof member>
const same = (a: Member, b: Member) => a.computation === b.computation && a.profile === b.profile
export const step = (unify: Partial<UnifyStep>, processed?: PipelineStep['processed']): PipelineStep => ({
  unify: { ...NOTHING, ...unify },
  ...(processed === undefined ? {} : { processed }),
  updates: [],
  counts: [],
  runtimes: [],
})
const MAX = Number.MAX_SAFE_INTEGER

export function peopleContract(adapter: string, open: () => Promise<OpenPipelineState>): void {
  describe(`people on ${adapter}`, () => {
    let opened: OpenPipelineState
    beforeEach(async () => {
      opened = await open()
    })
    afterEach(() => opened.close())
    const write = (unify: Partial<UnifyStep>) => opened.state.commit(step(unify))
    const people = () => opened.state.people

    test('a profile is found by its number, its ids and its place, as it was written last', async () => {
      await write({
        profiles: [profile(1), profile(MAX)],
        ids: [
          { key: key(1), profile: 1 },
          { key: key(2), profile: MAX },
        ],
      })
      await write({
        profiles: [profile(1, { document: '{"a":"\u{1f600}"}' }), profile(1, { document: '"newest"', dueAtMs: MAX })],
      })
      const newest = profile(1, { document: '"newest"', dueAtMs: MAX })
      expect(await people().profiles([MAX, 7, 1])).toEqual([profile(MAX), null, newest])
      expect(await people().profilesByIds([key(2), key(9), key(1)])).toEqual([MAX, null, 1])
      expect(await people().profilesAfter({ space: 1, after: 0, limit: 1 })).toEqual([newest])
      expect(await people().profilesAfter({ space: 1, after: 1, limit: 5 })).toEqual([profile(MAX)])
      expect(await people().profilesAfter({ space: 2, after: 0, limit: 5 })).toEqual([])
      expect([await people().profileCount(1), await people().profileCount(2)]).toEqual([2, 0])
    })

    test('nothing asked is nothing answered', async () => {
      expect([await people().profiles([]), await people().profilesByIds([])]).toEqual([[], []])
    })

    test('an id leads where it was moved to last', async () => {
      await write({
        ids: [
          { key: key(1), profile: 1 },
          { key: key(1), profile: 2 },
        ],
      })
      await write({ freed: [key(1)], ids: [{ key: key(1), profile: 3 }] })
      expect(await people().profilesByIds([key(1)])).toEqual([3])
      await write({ freed: [key(1), key(2)] })
      expect(await people().profilesByIds([key(1)])).toEqual([null])
    })

    test('what is due comes by time and then by profile, of one space, and nobody else', async () => {
      const all = [
        profile(3, { dueAtMs: 10 }),
        profile(1, { dueAtMs: 20 }),
        profile(2, { dueAtMs: 10 }),
        profile(4, { dueAtMs: 21 }),
        profile(5),
        profile(6, { dueAtMs: 5, space: 2 }),
      ]
      await write({ profiles: all })
      expect((await people().due({ space: 1, atMs: 20, limit: 9 })).map(({ id }) => id)).toEqual([2, 3, 1])
      expect((await people().due({ space: 1, atMs: 20, limit: 2 })).map(({ id }) => id)).toEqual([2, 3])
      expect(await people().nextDueMs()).toBe(5)
      await write({ profiles: all.map((each) => ({ ...each, dueAtMs: null })) })
      expect(await people().nextDueMs()).toBeNull()
    })

    test('times are whole milliseconds, however they come', async () => {
      await write({ profiles: [profile(1, { dueAtMs: 2.6 })] })
      expect(await people().nextDueMs()).toBe(3)
    })

    test('who is gone takes the memberships along, and no number is given twice', async () => {
      await write({ profiles: [profile(1), profile(2)], memberships: [member(1), member(2)] })
      await write({ gone: [2] })
      expect(await people().profiles([1, 2])).toEqual([profile(1), null])
      expect(await people().members({ computation: 1, after: 0, limit: 9 })).toEqual([member(1)])
      expect(await people().lastProfileId()).toBe(2)
      // Made and merged within one step.
      await write({ gone: [3] })
      expect(await people().lastProfileId()).toBe(3)
    })

    test('members are those who came in and did not leave, by profile', async () => {
      await write({ memberships: [member(3), member(1), member(2), member(MAX), member(9, 2), member(1)] })
      await write({ memberships: [member(1)], forgotten: [member(3), member(7)] })
      expect(await people().members({ computation: 1, after: 0, limit: 9 })).toEqual(
        [1, 2, MAX].map((id) => member(id)),
      )
      expect(await people().members({ computation: 1, after: 1, limit: 1 })).toEqual([member(2)])
      expect([await people().memberCount(1), await people().memberCount(3)]).toEqual([3, 0])
    })

    test('who comes and who leaves is counted when it is so, and adds up to the members', async () => {
      const anyone = fc.record({ computation: fc.constantFrom(1, 2), profile: fc.integer({ min: 1, max: 4 }) })
      const anyStep = fc.record({
        memberships: fc.array(anyone, { maxLength: 4 }),
        forgotten: fc.array(anyone, { maxLength: 4 }),
        gone: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 2 }),
      })
      const ofMinutes = { unit: 'minute', unitsOfPoint: 1 } as const
      const T0 = 100 * MINUTE_MS
      let run = 0
      await fc.assert(
        fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 6 }), async (steps) => {
          // Nobody of a run before is in a computation of this one.
          run += 1
          const [number, other] = [2 * run - 1, 2 * run]
          const ofRun = (each: Member) => ({
            computation: each.computation === 1 ? number : other,
            profile: each.profile + 10 * run,
          })
          const members = new Set<number>()
          const sizes: number[] = []
          for (const [at, given] of steps.entries()) {
            const gone = given.gone.map((profile) => profile + 10 * run)
            const came = given.memberships.map(ofRun).filter(({ profile }) => !gone.includes(profile))
            const left = given.forgotten.map(ofRun).filter((each) => !came.some((one) => same(one, each)))
            await write({ atMs: T0 + at * MINUTE_MS, memberships: came, forgotten: left, gone })
            for (const profile of gone) members.delete(profile)
            for (const { computation, profile } of came) if (computation === number) members.add(profile)
            for (const { computation, profile } of left) if (computation === number) members.delete(profile)
            sizes.push(members.size)
          }
          const { volume } = opened.state
          const { count, points } = await volume.membersSince({ computation: number, ...ofMinutes, fromMs: T0 })
          expect(count).toBe(members.size)
          const facts = ['entered', 'left'] as const
          const series = await volume.series({ scope: 'computation', id: String(number), facts })
          const signs = new Map(series.map((each) => [each.number, each.fact === 'entered' ? 1 : -1]))
          const sizeAt = (ms: number) =>
            points
              .filter(({ atMs }) => atMs <= ms)
              .reduce((sum, each) => sum + each.count * (signs.get(each.series) ?? Number.NaN), 0)
          expect(steps.map((_, at) => sizeAt(T0 + at * MINUTE_MS))).toEqual(sizes)
          const later = await volume.membersSince({ computation: number, ...ofMinutes, fromMs: T0 + MINUTE_MS })
          expect(later).toEqual({ count, points: points.filter(({ atMs }) => atMs > T0) })
        }),
        { numRuns: 20 },
      )
    })

    test('the outbox keeps its order until the log has it, and its numbers go on', async () => {
      const item = (number: number) => ({ number, sourceId: 's', body: `"${number}"` })
      await write({ outbox: [item(1), item(2)] })
      await write({ outbox: [item(3)], appendedTo: 1 })
      expect(await people().outbox(1)).toEqual([item(2)])
      await write({ appendedTo: 3 })
      expect([await people().outbox(9), await people().lastOutboxNumber()]).toEqual([[], 3])
    })

    test('a run is kept until it is over', async () => {
      await write({
        runs: [
          { name: 'r2', body: '1' },
          { name: 'r1', body: '2' },
        ],
      })
      await write({ runs: [{ name: 'r2', body: '3' }] })
      expect(await people().runs()).toEqual([
        { name: 'r1', body: '2' },
        { name: 'r2', body: '3' },
      ])
      await write({
        runs: [
          { name: 'r1', body: null },
          { name: 'r2', body: null },
        ],
      })
      expect(await people().runs()).toEqual([])
    })

    test('all of it is written with the offset or not at all', async () => {
      const processed = {
        from: 5,
        to: 6,
        accepted: [],
        routings: [],
        deliveries: [],
        cancelLanes: [],
        tombstones: [],
        regulations: [],
        regulationTasks: [],
      }
      const all = {
        profiles: [profile(1)],
        ids: [{ key: key(1), profile: 1 }],
        memberships: [member(1)],
        outbox: [{ number: 1, sourceId: 's', body: '1' }],
        runs: [{ name: 'r1', body: '1' }],
      }
      await expect(opened.state.commit(step(all, processed))).rejects.toThrow(OffsetConflict)
      expect([await people().profiles([1]), await people().profilesByIds([key(1)])]).toEqual([[null], [null]])
      expect([await people().memberCount(1), await people().outbox(9), await people().runs()]).toEqual([0, [], []])
      await opened.state.commit(step(all, { ...processed, from: 0 }))
      expect(await (await opened.reopen()).people.profiles([1])).toEqual([profile(1)])
    })

    test('any text is kept, with what neither database can hold repaired', async () => {
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
          await write({ profiles: [profile(1, { document: text })] })
          const kept = text.toWellFormed().replaceAll('\0', '\ufffd')
          expect(await people().profiles([1])).toEqual([profile(1, { document: kept })])
        }),
        { numRuns: 50 },
      )
    })
  })
}
