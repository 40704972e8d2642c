/** The promises of `replay-port.ts`, run on every adapter. */
import { CompiledQuery, type Kysely } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { anEnd, anOpen, aRetry, aStep, delivery, NOTHING, processed } from './builders.fixture.ts'
import type { OpenPipelineState } from './contract.ts'
import { type DeliveryId, type NewDelivery, OffsetConflict, type PipelineState } from './port.ts'
import { type NewReplay, type Replay, ReplayConflict } from './replay-port.ts'

const aReplay = (parts: Partial<NewReplay> = {}): NewReplay => ({
  id: 'rpl_1',
  kind: 'dead',
  instance: 1,
  selection: '{}',
  total: 3,
  ratePerSecond: 100,
  createdAtMs: 1_000,
  cursor: NOTHING,
  ...parts,
})

export function replayContract(adapter: string, open: () => Promise<OpenPipelineState>): void {
  describe(`Replays on ${adapter}`, () => {
    let opened: OpenPipelineState
    let state: PipelineState

    beforeEach(async () => {
      opened = await open()
      state = opened.state
    })
    afterEach(async () => {
      await opened.close()
    })

    const ids = (rows: readonly DeliveryId[]) => rows.map(({ position, route }) => `${position}.${route}`)
    const counted = async (scope: string) =>
      Object.fromEntries(
        (await state.counts()).filter((each) => each.scope === scope).map(({ name, by }) => [name, by]),
      )
    const dead = (each: NewDelivery) => anEnd(each, { state: 'dead', reason: 'rejected_400', status: 400, attempts: 4 })
    const detail = { request: '{}', response: null, body: Buffer.from('{"messageId":"m"}') }

    /** Dead letters at the positions 1 to `count`, and a replay of them. */
    const replayOfDead = async (count: number) => {
      const rows = Array.from({ length: count }, (_, n) => delivery({ position: n + 1, lane: n % 2 }))
      await state.commit(processed({ from: 0, to: count, deliveries: rows }))
      await state.commit(aStep({ updates: rows.map((each) => ({ ...dead(each), detail })) }))
      const replay = await state.createReplay(aReplay({ total: count }))
      const advance = { number: replay.number, from: NOTHING, isRead: false, insert: [], skipped: 0 }
      return { rows, replay, advance }
    }

    test('dead letters are pending again with the number of the replay, and the cursor moved with them', async () => {
      const { rows, replay, advance } = await replayOfDead(3)
      const to = { position: 2, route: 1 }
      const told = await state.advanceReplay({ ...advance, to, revive: rows.slice(0, 2) })
      const expected = rows.slice(0, 2).map((each) => ({ ...anOpen(each), replay: replay.number }))
      expect([told, await state.open({ instance: 1, after: NOTHING, limit: 9 })]).toEqual([expected, expected])
      expect((await state.replays({ id: 'rpl_1', limit: 1 }))[0]).toMatchObject({
        cursor: to,
        state: 'running',
        counts: { revived: 2, returned: 0 },
      })
      expect(await counted('destination')).toMatchObject({ dead: 1, 'dead:rejected_400': 1 })
      const [row] = await state.ledger({ position: 1, limit: 1 })
      expect(row).toMatchObject({ state: 'pending', reason: 'rejected_400', endedAtMs: null, attemptsBefore: 4 })
    })

    test('an advance from another cursor is refused, and nothing of it is kept', async () => {
      const { rows, advance } = await replayOfDead(2)
      const late = { ...advance, from: { position: 1, route: 1 }, to: { position: 2, route: 1 }, revive: rows }
      await expect(state.advanceReplay(late)).rejects.toThrow(OffsetConflict)
      expect(await state.open({ instance: 1, after: NOTHING, limit: 9 })).toEqual([])
    })

    test('what is not dead, or of another destination, is passed over', async () => {
      const { rows, advance } = await replayOfDead(1)
      const other = [delivery({ position: 2, instance: 2 }), delivery({ position: 3 })] as const
      await state.commit(processed({ from: 1, to: 3, deliveries: other }))
      await state.commit(aStep({ updates: [dead(other[0])] }))
      const revive = [...rows, ...other, { position: 99, route: 1 }]
      expect(ids(await state.advanceReplay({ ...advance, to: { position: 3, route: 1 }, revive }))).toEqual(['1.1'])
    })

    test('an end is counted under the replay, and a success takes the kept body away', async () => {
      const { rows, replay, advance } = await replayOfDead(2)
      const [first, second] = rows as [NewDelivery, NewDelivery]
      await state.advanceReplay({ ...advance, to: { position: 2, route: 1 }, isRead: true, revive: rows })
      const again = { ...dead(second), replay: replay.number, detail }
      await state.commit(aStep({ updates: [anEnd(first, { replay: replay.number }), again] }))
      expect((await state.replays({ limit: 1 }))[0]).toMatchObject({
        isRead: true,
        counts: { revived: 2, delivered: 1, dead: 1 },
      })
      expect(await counted('destination')).toMatchObject({ dead: 1, delivered: 1 })
      expect([await state.detail(first), (await state.detail(second))?.request]).toEqual([null, '{}'])
    })

    test('a cancelled replay gives back untried what it took, spares what is on its way, and new ones are cancelled', async () => {
      const { rows, replay, advance } = await replayOfDead(4)
      const insert = [delivery({ position: 5, route: 2 })]
      await state.advanceReplay({ ...advance, to: { position: 5, route: 2 }, revive: rows.slice(0, 3), insert })
      const tried = aRetry(rows[0] as NewDelivery)
      await state.commit(aStep({ updates: [tried] }))
      const spare = [rows[1] as NewDelivery]
      await state.endReplay({ number: replay.number, state: 'cancelled', atMs: 9_000, spare })
      expect(ids(await state.open({ instance: 1, after: NOTHING, limit: 9 }))).toEqual(['1.1', '2.1'])
      const ledger = await state.ledger({ limit: 9 })
      expect(ledger.map((row) => [row.position, row.state, row.reason, row.endedAtMs])).toEqual([
        [5, 'cancelled', 'replay_cancelled', 9_000],
        [4, 'dead', 'rejected_400', 5_000],
        [3, 'dead', 'rejected_400', 5_000],
        [2, 'pending', 'rejected_400', null],
        [1, 'pending', 'timeout', null],
      ])
      expect((await state.replays({ limit: 1 }))[0]).toMatchObject({
        state: 'cancelled',
        counts: { revived: 4, returned: 1, cancelled: 1 },
      })
      expect(await counted('destination')).toMatchObject({ dead: 2, cancelled: 1, deliveries: 1 })
      await expect(state.advanceReplay({ ...advance, to: NOTHING, revive: [] })).rejects.toThrow(OffsetConflict)
    })

    test('one replay of a destination runs at a time; after it another may', async () => {
      const first = await state.createReplay(aReplay())
      await expect(state.createReplay(aReplay({ id: 'rpl_2' }))).rejects.toThrow(ReplayConflict)
      await state.createReplay(aReplay({ id: 'rpl_3', instance: 2 }))
      await state.endReplay({ number: first.number, state: 'finished', atMs: 2_000, spare: [] })
      await state.createReplay(aReplay({ id: 'rpl_4' }))
      const running = await state.replays({ state: 'running', limit: 9 })
      expect(running.map(({ id }) => id)).toEqual(['rpl_4', 'rpl_3'])
    })

    test('what goes alongside is kept with the beginning and the end, and neither without the other', async () => {
      const note =
        (text: string, fails = false) =>
        async (tx: Kysely<unknown>, replay: Replay) => {
          await tx.executeQuery(
            CompiledQuery.raw(
              `INSERT INTO installation (name, sealed) VALUES ('${text} ${replay.id}', '${replay.state}')`,
            ),
          )
          if (fails) throw new Error('no room for the note')
        }
      const noted = async () => {
        let rows: readonly unknown[] = []
        const read = async (tx: Kysely<unknown>) => {
          const query = "SELECT name, sealed FROM installation WHERE name LIKE 'note%' ORDER BY name"
          rows = (await tx.executeQuery(CompiledQuery.raw(query))).rows.map((row) => Object.values(Object(row)))
        }
        // Another instance: a replay that fails with what it read leaves nothing behind.
        const undone = state.createReplay(aReplay({ id: 'rpl_read', instance: 9 }), async (tx) => {
          await read(tx)
          throw new Error('read')
        })
        await expect(undone).rejects.toThrow('read')
        return rows
      }
      await expect(state.createReplay(aReplay(), note('note1', true))).rejects.toThrow('no room')
      expect([await state.replays({ limit: 9 }), await noted()]).toEqual([[], []])
      const { id, number } = await state.createReplay(aReplay(), note('note1'))
      const end = { number, state: 'cancelled', atMs: 9_000, spare: [] } as const
      await expect(state.endReplay(end, note('note2', true))).rejects.toThrow('no room')
      expect((await state.replays({ limit: 9 }))[0]).toMatchObject({ state: 'running', endedAtMs: null })
      await state.endReplay(end, note('note2'))
      expect((await state.replays({ limit: 9 }))[0]).toMatchObject({ state: 'cancelled', endedAtMs: 9_000 })
      expect(await noted()).toEqual([
        [`note1 ${id}`, 'running'],
        [`note2 ${id}`, 'cancelled'],
      ])
    })

    test('a replay goes on after a restart where it stood', async () => {
      const { rows, advance } = await replayOfDead(3)
      await state.advanceReplay({ ...advance, to: { position: 1, route: 1 }, revive: rows.slice(0, 1) })
      state = await opened.reopen()
      const [replay] = await state.replays({ state: 'running', limit: 1 })
      const after = replay?.cursor ?? NOTHING
      expect(ids(await state.deadLetters({ instance: 1, after, limit: 9 }))).toEqual(['2.1', '3.1'])
    })
  })
}
