/** The promises of `telling-port.ts`, run on every adapter. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OpenPipelineState } from '../pipeline/contract.ts'
import { step } from './contract.ts'
import type { UnifyStep } from './port.ts'
import type { Due, NewTelling, StoredTelling, ToldValue } from './telling-port.ts'

const MESSAGE_MAX = 2 ** 48 - 1
const NOW = 1_700_000_000_000

const value = (text: string, run: number | null = null): ToldValue => ({ value: text, atMs: NOW, message: 7, run })
const told = (profile: number, what: ToldValue | null, due: Due | null = null): NewTelling => ({
  computation: 1,
  destination: 1,
  profile,
  told: what,
  due,
})

export function tellingContract(adapter: string, open: () => Promise<OpenPipelineState>): void {
  describe(`the sync ledger on ${adapter}`, () => {
    let opened: OpenPipelineState
    beforeEach(async () => {
      opened = await open()
    })
    afterEach(() => opened.close())
    const write = (unify: Partial<UnifyStep>) => opened.state.commit(step(unify))
    const people = () => opened.state.people
    const all = (computation = 1) => people().tellings({ computation, after: 0, to: Number.MAX_SAFE_INTEGER })

    test('what a destination was told last stands there, by profile and destination', async () => {
      const big = { ...value('"\u{1f600}"'), message: MESSAGE_MAX }
      await write({ tellings: [told(9, value('true')), { ...told(2, big), destination: 3 }, told(2, value('1'))] })
      await write({ tellings: [told(9, value('null')), told(9, value('false'))] })
      expect(await all()).toEqual([
        { ...told(2, value('1')), before: null },
        { ...told(2, big), destination: 3, before: null },
        { ...told(9, value('false')), before: null },
      ])
      expect(await people().tellings({ computation: 1, after: 2, to: 8 })).toEqual([])
      expect(await people().tellings({ computation: 1, after: 8, to: 9 })).toHaveLength(1)
      expect(await all(2)).toEqual([])
    })

    test('a run leaves what was told before it, however often it tells, until a change is told', async () => {
      const rows = async () => (await all()).map((row) => [row.told?.value, row.told?.run, row.before])
      await write({ tellings: [told(1, value('1')), told(2, value('true', 5))] })
      await write({ tellings: [told(1, value('2', 5))] })
      await write({ tellings: [told(1, value('3', 5))] })
      expect(await rows()).toEqual([
        ['3', 5, '1'],
        ['true', 5, null],
      ])
      await write({ tellings: [told(1, value('4', 6))] })
      expect((await rows())[0]).toEqual(['4', 6, '3'])
      await write({ tellings: [told(1, value('5'))] })
      expect((await rows())[0]).toEqual(['5', null, null])
    })

    test('what waits comes by its time, and is over when it is told or found to be the same', async () => {
      const due = (atMs: number, anew = false, run: number | null = null) => ({ atMs, anew, run })
      const waiting = async () =>
        (await people().dueTellings({ atMs: 100, limit: 9 })).map((row) => [row.profile, row.due, row.told?.value])
      await write({
        tellings: [told(1, value('1')), told(3, null, due(50)), told(2, null, due(50)), told(4, null, due(101))],
      })
      await write({ tellings: [told(1, null, due(40, true)), told(2, null, due(60))] })
      await write({ tellings: [told(1, null, due(70, false, 3))] })
      expect(await waiting()).toEqual([
        [1, due(40, true, 3), '1'],
        [2, due(50), undefined],
        [3, due(50), undefined],
      ])
      expect(await people().dueTellings({ atMs: 49, limit: 9 })).toHaveLength(1)
      expect(await people().dueTellings({ atMs: 100, limit: 2 })).toHaveLength(2)
      expect(await people().nextDueMs()).toBe(40)
      await write({ tellings: [told(1, null), told(2, value('2')), told(3, value('3'), due(80, false, 4))] })
      expect(await waiting()).toEqual([[3, due(80, false, 4), '3']])
      expect((await all()).map((row) => row.told?.value)).toEqual(['1', '2', '3', undefined])
      const profile = { id: 1, space: 1, document: '{}', dueAtMs: 30 }
      await write({ profiles: [profile] })
      expect(await people().nextDueMs()).toBe(30)
      await write({ profiles: [{ ...profile, dueAtMs: 90 }] })
      expect(await people().nextDueMs()).toBe(80)
    })

    test('what did not get there is known as such, unless something else was told since', async () => {
      const lose = (profile: number, message: number, destinations = [1, 2]) => ({
        computation: 1,
        profile,
        message,
        destinations,
      })
      await write({ tellings: [told(1, value('true')), told(2, value('true')), told(3, value('true'))] })
      await write({ lost: [lose(1, 7), lose(2, 8), lose(3, 7, [2])] })
      expect((await all()).map((row) => row.told?.message)).toEqual([null, 7, 7])
      await write({ lost: [lose(2, 7)], tellings: [told(2, { ...value('false'), message: 9 })] })
      expect((await all())[1]).toEqual({ ...told(2, { ...value('false'), message: 9 }), before: null })
    })

    test('what is told to further ids is the same telling, and none where something else was told or it was lost', async () => {
      const again = (profile: number, what: string, message: number) => {
        return { computation: 1, destination: 1, profile, value: what, atMs: NOW + 5, message }
      }
      await write({ tellings: [told(1, value('true')), told(2, value('true', 4)), told(3, value('true'))] })
      await write({
        tellings: [told(2, value('1', 4))],
        lost: [{ computation: 1, destinations: [1], profile: 3, message: 7 }],
      })
      await write({ again: [again(1, 'false', 8), again(2, '1', 9), again(3, 'true', 8), again(4, 'true', 8)] })
      expect(await all()).toEqual([
        { ...told(1, value('true')), before: null },
        { ...told(2, { ...value('1', 4), atMs: NOW + 5, message: 9 }), before: null },
        { ...told(3, { ...value('true'), message: null }), before: null },
      ])
      // Told and told again in one step.
      await write({ tellings: [told(5, value('true'))], again: [again(5, 'true', 8), again(5, 'true', 9)] })
      expect((await all())[3]?.told).toMatchObject({ value: 'true', message: 9 })
    })

    test('of two profiles that are one now there is one row, looked at anew where different things were told', async () => {
      const joined = (profile: number, into: number) => ({ profile, into, atMs: NOW })
      const other = (row: NewTelling) => ({ ...row, destination: 2 })
      await write({
        tellings: [
          told(1, value('true')),
          told(2, value('false')),
          other(told(2, value('true', 4))),
          told(3, value('true')),
          told(4, value('true')),
          told(5, value('true')),
          told(10, value('null')),
          told(11, value('7')),
        ],
      })
      await write({
        joined: [joined(2, 1), joined(3, 4), joined(11, 10), joined(5, 6), joined(6, 7)],
        gone: [2, 3, 5, 6, 11],
      })
      const at = { atMs: NOW, anew: false, run: null }
      expect(await all()).toEqual([
        { ...told(1, value('true'), { atMs: NOW, anew: true, run: null }), before: null },
        { ...other(told(1, value('true'), at)), before: null },
        { ...told(4, value('true')), before: null },
        { ...told(7, value('true'), at), before: null },
        { ...told(10, value('7'), { atMs: NOW, anew: true, run: null }), before: null },
      ])
      // Told in the same step: nothing is left to look at.
      await write({ tellings: [told(8, value('false'))] })
      await write({ joined: [joined(8, 1)], gone: [8], tellings: [told(1, value('9'))] })
      expect((await all())[0]).toEqual({ ...told(1, value('9')), before: null })
    })

    test('of who is gone or forgotten no row stays', async () => {
      const rows = [
        told(1, value('1')),
        told(2, value('2')),
        { ...told(2, value('2')), destination: 2 },
        told(3, value('3')),
      ]
      await write({ tellings: [...rows, { ...told(2, value('4')), computation: 2 }] })
      await write({ gone: [1], untold: [{ computation: 1, profile: 2 }] })
      expect((await all()).map(({ profile }) => profile)).toEqual([3])
      expect((await all(2)).map(({ profile }) => profile)).toEqual([2])
    })

    test('everybody with a value, and everybody who was told one, comes once, by profile', async () => {
      const member = (profile: number, computation = 1) => ({ computation, profile })
      await write({
        memberships: [member(1), member(3), member(8, 2)],
        tellings: [told(1, value('true')), told(2, value('true')), { ...told(2, value('true')), destination: 2 }],
      })
      const standing = [1, 2, 3]
      expect(await people().standings({ computation: 1, after: 0, limit: 9 })).toEqual(standing)
      expect(await people().standings({ computation: 1, after: 0, limit: 2 })).toEqual(standing.slice(0, 2))
      expect(await people().standings({ computation: 1, after: 2, limit: 2 })).toEqual(standing.slice(2))
      expect(await people().standingCount(1)).toBe(3)
    })

    test('any course of steps leaves what a plain map would', async () => {
      const key = {
        computation: fc.constantFrom(1, 2),
        destination: fc.constantFrom(1, 2),
        profile: fc.integer({ min: 1, max: 3 }),
      }
      const due = fc.record({
        atMs: fc.integer({ min: 1, max: 9 }),
        anew: fc.boolean(),
        run: fc.option(fc.integer({ min: 1, max: 2 })),
      })
      const what = fc.record({
        value: fc.constantFrom('true', 'false', '1'),
        atMs: fc.constant(NOW),
        message: fc.integer({ min: 0, max: MESSAGE_MAX }),
        run: fc.option(fc.integer({ min: 1, max: 2 })),
      })
      const telling = fc.record({ ...key, told: fc.option(what), due: fc.option(due) })
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(telling, { maxLength: 4 }), { maxLength: 6 }), async (steps) => {
          await write({ gone: [1, 2, 3] })
          const model = new Map<string, StoredTelling>()
          for (const tellings of steps) {
            await write({ tellings })
            const last = new Map(tellings.map((row) => [nameOf(row), row]))
            for (const [name, row] of last) {
              const next = applied(model.get(name), row)
              if (next !== undefined) model.set(name, next)
            }
          }
          const stored = [...(await all(1)), ...(await all(2))]
          expect(new Map(stored.map((row) => [nameOf(row), row]))).toEqual(model)
        }),
        { numRuns: 30 },
      )
    })
  })
}

const nameOf = ({ computation, destination, profile }: NewTelling) => `${computation} ${destination} ${profile}`

/** What one row is after a change. */
function applied(row: StoredTelling | undefined, { told, due, ...key }: NewTelling): StoredTelling | undefined {
  if (told !== null) {
    const isSameRun = row?.told?.run === told.run
    const before = told.run === null ? null : isSameRun ? (row?.before ?? null) : (row?.told?.value ?? null)
    return { ...key, told, due, before }
  }
  if (due === null) return row === undefined ? undefined : { ...row, due: null }
  const known = row ?? { ...key, told: null, before: null, due: null }
  const both =
    known.due === null
      ? due
      : { atMs: Math.min(known.due.atMs, due.atMs), anew: known.due.anew || due.anew, run: due.run }
  return { ...known, due: both }
}
