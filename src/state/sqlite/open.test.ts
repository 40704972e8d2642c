import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { type ContractTables, stateDbContract } from '../contract.ts'
import { assertSqliteIntact, openSqliteState } from './open.ts'

function aDirectory(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'grapevine-state-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

function aFile(): string {
  const directory = aDirectory()
  onTestFinished(directory.remove)
  return join(directory.path, 'state.db')
}

function aState() {
  const file = aFile()
  const state = openSqliteState({ file })
  onTestFinished(() => state.close())
  state.connection.exec('CREATE TABLE t (id INTEGER PRIMARY KEY)')
  const rows = () =>
    state.connection
      .prepare('SELECT id FROM t ORDER BY id')
      .all()
      .map((row) => row.id)
  return { file, state, rows }
}

stateDbContract('SQLite', async () => {
  const directory = aDirectory()
  const db = openSqliteState<ContractTables>({ file: join(directory.path, 'state.db') })
  return {
    db,
    async close() {
      await db.close()
      directory.remove()
    },
  }
})

test('settings are read back as they were set', () => {
  const { state } = aState()
  const setting = (name: string) => Object.values(state.connection.prepare(`PRAGMA ${name}`).get() ?? {})[0]
  expect(setting('journal_mode')).toBe('wal')
  expect(setting('synchronous')).toBe(2)
  expect(setting('foreign_keys')).toBe(1)
  expect(setting('secure_delete')).toBe(1)
  expect(setting('busy_timeout')).toBe(5_000)
  expect(setting('cache_size')).toBe(-32_000)
})

test('the file, its WAL and its index are readable by their owner only, also where the file was open to others', () => {
  const { file } = aState()
  for (const suffix of ['', '-wal', '-shm']) expect(statSync(file + suffix).mode & 0o777).toBe(0o600)
  const old = aFile()
  writeFileSync(old, '')
  chmodSync(old, 0o644)
  const state = openSqliteState({ file: old })
  onTestFinished(() => state.close())
  expect(statSync(old).mode & 0o777).toBe(0o600)
})

test('exclusive work and writes take turns', async () => {
  const { state, rows } = aState()
  const write = state.write(async (tx) => {
    await sql`INSERT INTO t VALUES (1)`.execute(tx)
    await nextTurn()
    await sql`INSERT INTO t VALUES (2)`.execute(tx)
  })
  const batch = state.exclusive(() => {
    expect(state.connection.isTransaction).toBe(false)
    expect(rows()).toEqual([1, 2])
    state.connection.exec('BEGIN; INSERT INTO t VALUES (3); COMMIT')
    return 'done'
  })
  expect(await Promise.all([write, batch])).toEqual([undefined, 'done'])
  expect(rows()).toEqual([1, 2, 3])
})

test('a transaction that exclusive work left open is rolled back and told', async () => {
  const { state, rows } = aState()
  const forgot = state.exclusive(() => state.connection.exec('BEGIN; INSERT INTO t VALUES (1)'))
  await expect(forgot).rejects.toThrow('left its transaction open')
  const error = new Error('half-way')
  const failed = state.exclusive(() => {
    state.connection.exec('BEGIN; INSERT INTO t VALUES (2)')
    throw error
  })
  await expect(failed).rejects.toBe(error)
  expect(rows()).toEqual([])
  expect(state.connection.isTransaction).toBe(false)
})

test('an error that ends the transaction by itself is told as it was, and the next write works', async () => {
  const { state, rows } = aState()
  // A full disk ends the transaction inside SQLite; so does this, without a disk to fill.
  const failed = state.write(async (tx) => {
    await sql`INSERT INTO t VALUES (1)`.execute(tx)
    await sql`INSERT OR ROLLBACK INTO t VALUES (1)`.execute(tx)
  })
  await expect(failed).rejects.toThrow('UNIQUE')
  await state.write((tx) => sql`INSERT INTO t VALUES (2)`.execute(tx))
  expect(rows()).toEqual([2])
})

test('a write is the only writer from its beginning, not only from its first change', async () => {
  const { file, state, rows } = aState()
  const other = new DatabaseSync(file, { timeout: 0 })
  onTestFinished(() => other.close())
  await state.write(async (tx) => {
    await sql`SELECT id FROM t`.execute(tx)
    expect(() => other.exec('INSERT INTO t VALUES (1)')).toThrow('locked')
    await sql`INSERT INTO t VALUES (2)`.execute(tx)
  })
  expect(rows()).toEqual([2])
})

test('a full database keeps nothing of the write that did not fit, and takes the next that does', async () => {
  const { state } = aState()
  state.connection.exec('CREATE TABLE big (body TEXT); PRAGMA max_page_count = 20')
  const failed = state.write(async (tx) => {
    await sql`INSERT INTO big VALUES ('small')`.execute(tx)
    await sql`INSERT INTO big VALUES (${'x'.repeat(1_000_000)})`.execute(tx)
  })
  await expect(failed).rejects.toThrow('full')
  await state.write((tx) => sql`INSERT INTO big VALUES ('next')`.execute(tx))
  expect(state.connection.prepare('SELECT body FROM big').all()).toEqual([expect.objectContaining({ body: 'next' })])
})

test('a read-only state reads what the writer committed and refuses to write', async () => {
  const { file, state } = aState()
  const reader = openSqliteState({ file, readOnly: true })
  onTestFinished(() => reader.close())
  await state.write((tx) => sql`INSERT INTO t VALUES (9)`.execute(tx))
  expect((await sql`SELECT id FROM t`.execute(reader.read)).rows).toEqual([{ id: 9 }])
  await expect(reader.write(async () => {})).rejects.toThrow('read-only')
  await expect(reader.exclusive(() => {})).rejects.toThrow('read-only')
})

test('a read-only state of a file that does not exist is refused, and makes none', () => {
  const file = aFile()
  expect(() => openSqliteState({ file, readOnly: true })).toThrow()
  expect(() => statSync(file)).toThrow('ENOENT')
})

test('a file that is no database ends the start with exit code 26 and is left as it is', () => {
  const file = aFile()
  const text = 'not a database, but long enough to look at its first hundred bytes. '.repeat(20)
  writeFileSync(file, text)
  expect(() => openSqliteState({ file })).toThrow(expect.objectContaining({ exitCode: 26 }))
  expect(statSync(file).size).toBe(text.length)
})

test('a check finds an overwritten page: exit code 26', async () => {
  const file = aFile()
  const first = openSqliteState({ file })
  first.connection.exec(`CREATE TABLE t (body TEXT); CREATE INDEX i ON t (body)`)
  const insert = first.connection.prepare('INSERT INTO t VALUES (?)')
  for (let row = 0; row < 500; row += 1) insert.run(`row ${row} ${'x'.repeat(100)}`)
  await assertSqliteIntact(first)
  await first.close()
  const bytes = readFileSync(file)
  bytes.fill(0x55, 4096 * 5, 4096 * 6)
  writeFileSync(file, bytes)
  const state = openSqliteState({ file })
  onTestFinished(() => state.close())
  await expect(assertSqliteIntact(state)).rejects.toMatchObject({ exitCode: 26 })
})

test('processes that start at the same time apply each migration once', async () => {
  const file = aFile()
  const migrations = ['a', 'b', 'c'].map((id) => {
    const statements = [`CREATE TABLE ${id} (id INTEGER)`]
    return { id, sqlite: statements, postgres: statements }
  })
  const starts = Array.from({ length: 4 }, () => {
    const worker = new Worker(new URL('./start.fixture.ts', import.meta.url), { workerData: { file, migrations } })
    return new Promise<string[]>((resolve, reject) => worker.once('message', resolve).once('error', reject))
  })
  expect((await Promise.all(starts)).flat().sort()).toEqual(['a', 'b', 'c'])
})

test('streaming is refused: an open iterator would keep the WAL growing', async () => {
  const { state } = aState()
  const rows = state.read.selectFrom(sql`t`.as('t')).selectAll().stream()
  await expect(rows[Symbol.asyncIterator]().next()).rejects.toThrow('pages')
})

test('what was deleted is gone from the bytes of the file after a checkpoint', async () => {
  const { file, state } = aState()
  await state.write((tx) => sql`CREATE TABLE people (id INTEGER PRIMARY KEY, mail TEXT)`.execute(tx))
  await state.write((tx) => sql`INSERT INTO people (mail) VALUES ('canary@example.com')`.execute(tx))
  await state.write((tx) => sql`DELETE FROM people`.execute(tx))
  state.connection.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  expect(readFileSync(file).includes('canary@example.com')).toBe(false)
})
