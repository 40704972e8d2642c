/** What is promised to who sends a request again, on every database. */
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemRandom } from '../ports/index.ts'
import { migrate, type StateDb } from '../state/index.ts'
import { aContext, NOW_MS } from './builders.ts'
import {
  type CommandContext,
  createSecrets,
  createSource,
  doneBefore,
  ensureWorkspace,
  findOnce,
  forgetOnce,
  keepAnswer,
  noteDone,
  ONCE_KEYS_MAX,
  ONCE_MS,
  resealSecrets,
  type WorkspaceTables,
  workspaceMigrations,
} from './index.ts'

interface Opened {
  readonly db: StateDb<WorkspaceTables>
  close(): Promise<void>
}

/** @param open gives a database of its own, without tables */
export function onceContract(adapter: string, open: () => Promise<Opened>): void {
  describe(`requests that are made once on ${adapter}`, () => {
    let opened: Opened
    let db: StateDb<WorkspaceTables>
    let nowMs: number
    let ctx: CommandContext
    let keys = 0
    const aKey = () => {
      keys += 1
      return { id: `key-${keys}`, fingerprint: `what-${keys}` }
    }
    const find = (id: string) => findOnce(db.read, id, ctx.secrets, nowMs)
    const rows = () => db.read.selectFrom('idempotency_keys').selectAll().orderBy('id').execute()

    beforeAll(async () => {
      opened = await open()
      db = opened.db
      await migrate(db, workspaceMigrations)
    }, 60_000)
    afterAll(async () => opened?.close())
    beforeEach(async () => {
      nowMs = NOW_MS
      ctx = aContext({ clock: { nowMs: () => nowMs } })
      await db.write((tx) => tx.deleteFrom('idempotency_keys').execute())
    })

    test('what a step gave is given back, each step its own, and the answer when there is one', async () => {
      const key = aKey()
      expect(await find(key.id)).toBeUndefined()
      expect(await doneBefore(db.read, key, 'first', ctx)).toBeUndefined()
      await db.write((tx) => noteDone(tx, key, 'first', { id: 'a', names: ['x'] }, ctx))
      await db.write((tx) => noteDone(tx, key, 'second', undefined, ctx))
      expect(await doneBefore(db.read, key, 'first', ctx)).toEqual({ value: { id: 'a', names: ['x'] } })
      expect(await doneBefore(db.read, key, 'second', ctx)).toEqual({})
      expect(await doneBefore(db.read, key, 'third', ctx)).toBeUndefined()
      expect(await find(key.id)).toEqual({ fingerprint: key.fingerprint, answer: undefined })
      await db.write((tx) => keepAnswer(tx, { id: key.id, answer: 'told' }, ctx))
      expect(await find(key.id)).toEqual({ fingerprint: key.fingerprint, answer: 'told' })
      expect(await find(aKey().id)).toBeUndefined()
    })

    test('what was not done is not noted', async () => {
      const key = aKey()
      const failing = async (tx: Kysely<WorkspaceTables>) => {
        await createSource(tx, { slug: 'once', kind: 'node' }, ctx)
        await noteDone(tx, key, 'step', 'done', ctx)
        throw new Error('too late')
      }
      await expect(db.write(failing)).rejects.toThrow('too late')
      expect(await doneBefore(db.read, key, 'step', ctx)).toBeUndefined()
      // An answer to what did nothing is none to keep.
      await db.write((tx) => keepAnswer(tx, { id: key.id, answer: 'told' }, ctx))
      expect(await rows()).toEqual([])
    })

    test('neither what was done nor the answer is kept in the clear, nor opens in another place', async () => {
      const [one, other] = [aKey(), aKey()]
      for (const key of [one, other]) {
        await db.write((tx) => noteDone(tx, key, 'step', 'canary-4711', ctx))
        await db.write((tx) => keepAnswer(tx, { id: key.id, answer: 'canary-4711' }, ctx))
      }
      expect(JSON.stringify(await rows())).not.toContain('canary')
      const [row] = await rows()
      const swapped = { done: row?.answer ?? '', answer: row?.done ?? '' }
      await db.write((tx) => tx.updateTable('idempotency_keys').set(swapped).where('id', '=', other.id).execute())
      await expect(find(other.id)).rejects.toThrow('another record')
      await expect(doneBefore(db.read, other, 'step', ctx)).rejects.toThrow('another record')
    })

    test(`a key is known for ${ONCE_MS / 3_600_000} hours and not a millisecond longer`, async () => {
      const key = aKey()
      await db.write((tx) => noteDone(tx, key, 'step', 1, ctx))
      nowMs += ONCE_MS - 1
      expect(await find(key.id)).toBeDefined()
      await db.write((tx) => forgetOnce(tx, nowMs))
      expect(await doneBefore(db.read, key, 'step', ctx)).toEqual({ value: 1 })
      nowMs += 1
      expect(await find(key.id)).toBeUndefined()
      expect(await doneBefore(db.read, key, 'step', ctx)).toBeUndefined()
      // And can be used anew, for anything.
      await db.write((tx) => noteDone(tx, { ...key, fingerprint: 'new' }, 'step', 2, ctx))
      expect(await find(key.id)).toEqual({ fingerprint: 'new', answer: undefined })
      nowMs += ONCE_MS
      await db.write((tx) => forgetOnce(tx, nowMs))
      expect(await rows()).toEqual([])
    })

    test(`of more than ${ONCE_KEYS_MAX} keys the oldest are forgotten`, async () => {
      const old = Array.from({ length: ONCE_KEYS_MAX - 1 }, (_, at) => ({
        ...{ id: `old-${String(at).padStart(5, '0')}`, fingerprint: '', created_at_ms: NOW_MS - 10_000 + at },
        ...{ done: '', answer: null },
      }))
      for (let at = 0; at < old.length; at += 1_000) {
        const some = old.slice(at, at + 1_000)
        await db.write((tx) => tx.insertInto('idempotency_keys').values(some).execute())
      }
      const ids = async () => (await db.read.selectFrom('idempotency_keys').select('id').execute()).map(({ id }) => id)
      const [last, one, two] = [aKey(), aKey(), aKey()]
      await db.write((tx) => noteDone(tx, last, 'step', 1, ctx))
      expect(await ids()).toHaveLength(ONCE_KEYS_MAX)
      expect(await ids()).toContain('old-00000')
      for (const key of [one, two]) await db.write((tx) => noteDone(tx, key, 'step', 1, ctx))
      const now = await ids()
      expect(now).toHaveLength(ONCE_KEYS_MAX)
      expect(now.filter((id) => id <= 'old-00002' && id.startsWith('old'))).toEqual(['old-00002'])
      expect(now).toEqual(expect.arrayContaining([last.id, one.id, two.id]))
    })

    test('after a rotation of keys it is sealed with the new one', async () => {
      const [answered, cut] = [aKey(), aKey()]
      for (const key of [answered, cut]) await db.write((tx) => noteDone(tx, key, 'step', 'done', ctx))
      await db.write((tx) => keepAnswer(tx, { id: answered.id, answer: 'told' }, ctx))
      const [older, newer] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
      await db.write((tx) => ensureWorkspace(tx, { slug: 'grapevine', name: 'Grapevine' }, ctx))
      const both = { ...ctx, secrets: createSecrets([older, newer], systemRandom) }
      await db.write((tx) => resealSecrets(tx, {}, both))
      ctx = { ...ctx, secrets: createSecrets([newer], systemRandom) }
      expect(await find(answered.id)).toMatchObject({ answer: 'told' })
      expect(await doneBefore(db.read, cut, 'step', ctx)).toEqual({ value: 'done' })
    })
  })
}
