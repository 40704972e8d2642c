import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../ports/index.ts'
import { type Database, openDatabase } from './database.ts'

function openFile(): { db: Database; committed: () => number } {
  const folder = mkdtempSync(join(tmpdir(), 'extole-db-'))
  const db = openDatabase(join(folder, 'x.db'), systemClock)
  const other = new DatabaseSync(join(folder, 'x.db'))
  onTestFinished(() => {
    other.close()
    db.close()
    rmSync(folder, { recursive: true, force: true })
  })
  // Another connection sees only what is committed.
  return { db, committed: () => Number(other.prepare('SELECT count(*) AS n FROM meta').get()?.n) }
}

const put = (db: Database, name: string) => db.run('INSERT INTO meta (name, value) VALUES (?, ?)', name, '')

test('a change is seen at once here, and elsewhere once it is durable', async () => {
  const { db, committed } = openFile()
  db.write(() => put(db, 'a'))
  expect([db.all('SELECT name FROM meta').length, committed()]).toEqual([1, 0])
  await db.durable()
  expect(committed()).toBe(1)
})

test('a change that fails leaves nothing of itself and keeps the others of its group', async () => {
  const { db, committed } = openFile()
  db.write(() => put(db, 'a'))
  expect(() =>
    db.write(() => {
      put(db, 'b')
      db.write(() => put(db, 'c'))
      throw new Error('no')
    }),
  ).toThrow('no')
  db.write(() => put(db, 'd'))
  await db.durable()
  expect([committed(), db.changes]).toEqual([2, 2])
})

test('senders that come and go, many or few, all get their answer', async () => {
  const { db, committed } = openFile()
  let sent = 0
  const sender = async (count: number) => {
    for (let n = 0; n < count; n++) {
      db.write(() => put(db, `n${sent++}`))
      await db.durable()
    }
  }
  for (const senders of [1, 40, 3, 200, 1]) await Promise.all(Array.from({ length: senders }, () => sender(5)))
  expect(committed()).toBe(245 * 5)
})

test('closing commits what is open', () => {
  const folder = mkdtempSync(join(tmpdir(), 'extole-db-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'x.db')
  const db = openDatabase(file, systemClock)
  db.write(() => put(db, 'a'))
  db.close()
  db.close()
  const again = openDatabase(file, systemClock)
  expect(again.all('SELECT name FROM meta')).toHaveLength(1)
  again.close()
})
