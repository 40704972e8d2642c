/** The promises of `db.ts` and `migrate.ts`, run on every adapter. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { type Kysely, sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { StateDb } from './db.ts'
import { type Migration, migrate } from './migrate.ts'
import { NestedTurnError } from './turns.ts'
import { ValueError } from './values.ts'

export interface ContractTables {
  things: {
    id: number | bigint
    text: string | null
    real: number | null
    bytes: Uint8Array | null
  }
}

export interface OpenStateDb {
  readonly db: StateDb<ContractTables>
  /** Deletes the database too. Safe after `db.close()`. */
  close(): Promise<void>
}

/** @param open gives a database of its own, without tables */
export function stateDbContract(adapter: string, open: () => Promise<OpenStateDb>): void {
  describe(`StateDb on ${adapter}`, () => {
    let opened: OpenStateDb
    let db: StateDb<ContractTables>

    beforeAll(async () => {
      opened = await open()
      db = opened.db
      const bytes = db.dialect === 'sqlite' ? 'BLOB' : 'BYTEA'
      await db.write(async (tx) => {
        await sql`CREATE TABLE things (
          id BIGINT PRIMARY KEY, text TEXT UNIQUE, real DOUBLE PRECISION, bytes ${sql.raw(bytes)}
        )`.execute(tx)
      })
    })
    afterAll(async () => {
      await opened.close()
    })
    beforeEach(async () => {
      await db.write((tx) => tx.deleteFrom('things').execute())
    })

    const insert = (tx: Kysely<ContractTables>, thing: Partial<ContractTables['things']>) =>
      tx
        .insertInto('things')
        .values({ id: 1, text: null, real: null, bytes: null, ...thing })
        .execute()
    const ids = async (from: Kysely<ContractTables> = db.read) =>
      (await from.selectFrom('things').select('id').orderBy('id').execute()).map((row) => row.id)

    /** What came back of a thing that was stored. */
    const through = async <K extends 'text' | 'real' | 'bytes'>(column: K, value: ContractTables['things'][K]) => {
      await db.write(async (tx) => {
        await tx.deleteFrom('things').execute()
        await insert(tx, { [column]: value })
      })
      const row: ContractTables['things'] = await db.read.selectFrom('things').selectAll().executeTakeFirstOrThrow()
      return row[column]
    }

    test('any well-formed text comes back unchanged', async () => {
      const anyText = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''))
      await fc.assert(
        fc.asyncProperty(anyText, async (text) => {
          expect(await through('text', text)).toBe(text)
        }),
        { numRuns: 50 },
      )
    })

    test('any finite number comes back unchanged, the sign of zero aside', async () => {
      const anyNumber = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0)
      await fc.assert(
        fc.asyncProperty(anyNumber, async (number) => {
          expect(await through('real', number)).toBe(number)
        }),
        { numRuns: 50 },
      )
    })

    test('any bytes come back unchanged', async () => {
      for (const bytes of [new Uint8Array(), Uint8Array.from({ length: 256 }, (_, index) => index)]) {
        expect(Buffer.from((await through('bytes', bytes)) ?? 'none')).toEqual(Buffer.from(bytes))
      }
    })

    test.each([
      ['U+0000', 'a\0b'],
      ['a lone high surrogate', 'a\ud800'],
      ['a lone low surrogate', '\udc00b'],
      ['NaN', Number.NaN],
      ['an infinity', Number.NEGATIVE_INFINITY],
      ['an integer of 65 bits', 2n ** 63n],
      ['a boolean', true],
      ['a date', new Date(0)],
      ['an object', {}],
      ['undefined', undefined],
    ])('%s is refused, and nothing is kept', async (_, value) => {
      const attempt = db.write(async (tx) => {
        await insert(tx, { id: 1 })
        await sql`UPDATE things SET text = ${value}`.execute(tx)
      })
      await expect(attempt).rejects.toBeInstanceOf(ValueError)
      expect(await ids()).toEqual([])
    })

    test('integers up to 2^53 - 1 are read as numbers', async () => {
      const edges = [-Number.MAX_SAFE_INTEGER, -1, 0, Number.MAX_SAFE_INTEGER]
      await db.write(async (tx) => {
        for (const id of edges) await insert(tx, { id })
      })
      expect(await ids()).toEqual(edges)
    })

    test.each([2n ** 53n, -(2n ** 53n), 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)])(
      'the 64-bit integer %s is stored exactly, never rounded on reading, and readable as text',
      async (id) => {
        await db.write((tx) => insert(tx, { id }))
        await expect(ids()).rejects.toThrow()
        const { rows } = await sql<{ id: string }>`SELECT CAST(id AS TEXT) AS id FROM things`.execute(db.read)
        expect(rows).toEqual([{ id: String(id) }])
        const found = await db.read.selectFrom('things').select('text').where('id', '=', id).execute()
        expect(found).toHaveLength(1)
      },
    )

    test('counts are numbers', async () => {
      const row = await db.read
        .selectFrom('things')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .execute()
      expect(row).toEqual([{ count: 0 }])
    })

    test('an INSERT … RETURNING answers its row; changes are counted', async () => {
      await db.write(async (tx) => {
        const row = { id: 5, text: 'x', real: null, bytes: null }
        expect(await tx.insertInto('things').values(row).returning(['id', 'text']).execute()).toEqual([
          { id: 5, text: 'x' },
        ])
        const { numUpdatedRows } = await tx.updateTable('things').set({ text: 'y' }).executeTakeFirstOrThrow()
        expect(numUpdatedRows).toBe(1n)
      })
    })

    test('parameters are never read as SQL', async () => {
      const hostile = `'); DROP TABLE things; --`
      expect(await through('text', hostile)).toBe(hostile)
    })

    test('a write that throws keeps nothing and rejects with the same error', async () => {
      const error = new Error('after the insert')
      const attempt = db.write(async (tx) => {
        await insert(tx, { id: 1 })
        throw error
      })
      await expect(attempt).rejects.toBe(error)
      expect(await ids()).toEqual([])
    })

    test('after a failed statement nothing is kept, even when the work caught the error', async () => {
      const attempt = db.write(async (tx) => {
        await insert(tx, { id: 1 })
        await insert(tx, { id: 1 }).catch(() => {})
      })
      await expect(attempt).rejects.toThrow()
      expect(await ids()).toEqual([])
      await db.write((tx) => insert(tx, { id: 2 }))
      expect(await ids()).toEqual([2])
    })

    test('a transaction reads its own writes; `read` sees them once `write` has resolved, and not before', async () => {
      await db.write(async (tx) => {
        await insert(tx, { id: 1 })
        expect(await ids(tx)).toEqual([1])
        expect(await ids()).toEqual([])
      })
      expect(await ids()).toEqual([1])
    })

    test('concurrent writers take turns in the order they asked, also past one that fails', async () => {
      const order: number[] = []
      await db.write((tx) => insert(tx, { id: 1, real: 0 }))
      const writes = Array.from({ length: 20 }, (_, index) =>
        db.write(async (tx) => {
          order.push(index)
          const { real } = await tx.selectFrom('things').select('real').executeTakeFirstOrThrow()
          await nextTurn()
          await tx
            .updateTable('things')
            .set({ real: (real ?? 0) + 1 })
            .execute()
          if (index === 7) throw new Error('the seventh')
        }),
      )
      const settled = await Promise.allSettled(writes)
      expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(1)
      expect(order).toEqual(order.toSorted((a, b) => a - b))
      expect(await db.read.selectFrom('things').select('real').execute()).toEqual([{ real: 19 }])
    })

    test('a write inside of a write is refused at once, and the database goes on working', async () => {
      const attempt = db.write(() => db.write(async (tx) => insert(tx, { id: 1 })))
      await expect(attempt).rejects.toBeInstanceOf(NestedTurnError)
      await db.write((tx) => insert(tx, { id: 2 }))
      expect(await ids()).toEqual([2])
    })

    test('a write started by work that has ended is no nested write', async () => {
      const ended = Promise.withResolvers<void>()
      const { later } = await db.write(async () => ({
        later: ended.promise.then(() => db.write((tx) => insert(tx, { id: 3 }))),
      }))
      ended.resolve()
      await later
      expect(await ids()).toEqual([3])
    })

    test('a transaction inside of a transaction is refused', async () => {
      const attempt = db.write(async (tx) => {
        await tx.transaction().execute((nested) => insert(nested, { id: 1 }))
      })
      await expect(attempt).rejects.toThrow()
      expect(await ids()).toEqual([])
    })

    test('a transaction is of no use after its work ended', async () => {
      const leaked = await db.write(async (tx) => ({ tx }))
      await expect(insert(leaked.tx, { id: 1 })).rejects.toThrow()
      expect(await ids()).toEqual([])
    })

    test('a change through `read` is refused', async () => {
      await expect(insert(db.read, { id: 1 })).rejects.toThrow()
      await db.write((tx) => insert(tx, { id: 2 }))
      expect(await ids()).toEqual([2])
    })

    test('close waits for the writers in line; calls made after it reject', async () => {
      const own = await open()
      const writes = [1, 2].map(() =>
        own.db.write(async (tx) => {
          await nextTurn()
          return sql`SELECT 1`.execute(tx)
        }),
      )
      const closed = own.db.close()
      await expect(own.db.write(async () => {})).rejects.toThrow('closed')
      expect((await Promise.allSettled(writes)).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
      await closed
      await expect(sql`SELECT 1`.execute(own.db.read)).rejects.toThrow()
      await own.close()
    })
  })

  migrationContract(adapter, open)
}

const aMigration = (id: string, ...statements: string[]): Migration => ({
  id,
  sqlite: statements,
  postgres: statements,
})

function migrationContract(adapter: string, open: () => Promise<OpenStateDb>): void {
  describe(`migrate on ${adapter}`, () => {
    const withDb = (check: (db: OpenStateDb['db']) => Promise<void>) => async () => {
      const opened = await open()
      try {
        await check(opened.db)
      } finally {
        await opened.close()
      }
    }
    const first = aMigration('first', 'CREATE TABLE one (id TEXT PRIMARY KEY)', `INSERT INTO one VALUES ('a')`)
    const second = aMigration('second', `INSERT INTO one VALUES ('b')`)
    const rows = async (db: OpenStateDb['db']) =>
      (await sql<{ id: string }>`SELECT id FROM one ORDER BY id`.execute(db.read)).rows.map(({ id }) => id)

    test(
      'what is missing is applied in order, and only once',
      withDb(async (db) => {
        expect(await migrate(db, [first])).toEqual(['first'])
        expect(await migrate(db, [first, second])).toEqual(['second'])
        expect(await migrate(db, [first, second])).toEqual([])
        expect(await rows(db)).toEqual(['a', 'b'])
      }),
    )

    test(
      'each dialect gets its own statements',
      withDb(async (db) => {
        await migrate(db, [first])
        const words = {
          sqlite: [`INSERT INTO one VALUES ('sqlite')`],
          postgres: [`INSERT INTO one VALUES ('postgres')`],
        }
        await migrate(db, [first, { id: 'words', ...words }])
        expect(await rows(db)).toEqual(['a', db.dialect])
      }),
    )

    test(
      'a failing migration leaves nothing behind, keeps the ones before it, and can be repeated',
      withDb(async (db) => {
        const broken = aMigration('second', `INSERT INTO one VALUES ('half')`, 'INSERT INTO missing VALUES (1)')
        await expect(migrate(db, [first, broken])).rejects.toThrow('missing')
        expect(await rows(db)).toEqual(['a'])
        expect(await migrate(db, [first, second])).toEqual(['second'])
      }),
    )

    test(
      'a schema newer than the program is refused with exit code 26, and nothing is changed',
      withDb(async (db) => {
        await migrate(db, [first, second])
        await expect(migrate(db, [first, aMigration('third', 'DROP TABLE one')])).rejects.toMatchObject({
          exitCode: 26,
          message: expect.stringContaining('second'),
        })
        expect(await rows(db)).toEqual(['a', 'b'])
      }),
    )

    test(
      'starts at the same time apply each migration once',
      withDb(async (db) => {
        const applied = await Promise.all([1, 2, 3].map(() => migrate(db, [first, second])))
        expect(applied.flat().sort()).toEqual(['first', 'second'])
      }),
    )

    test(
      'two migrations with one id are a mistake in the program',
      withDb(async (db) => {
        await expect(migrate(db, [first, aMigration('first')])).rejects.toThrow('same id')
      }),
    )
  })
}
