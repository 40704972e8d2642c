/**
 * The floor of live evaluation: for each event the document of its profile is found by the user's key, read, changed and
 * written, with one commit for the same number of events. It evaluates nothing. Argument: `EngagePlan`.
 */
import { hash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { type EngagePlan, type LoadEvent, measure } from '../engage-load.ts'

const plan = JSON.parse(process.argv[2] ?? '{}') as EngagePlan
const db = new DatabaseSync(plan.file)
db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -32000;
  CREATE TABLE ids (key BLOB PRIMARY KEY, profile INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE profiles (id INTEGER PRIMARY KEY, document TEXT NOT NULL)`)
const find = db.prepare('SELECT profile FROM ids WHERE key = ?')
const name = db.prepare('INSERT INTO ids (key, profile) VALUES (?, ?)')
const read = db.prepare('SELECT document FROM profiles WHERE id = ?')
const write = db.prepare('INSERT OR REPLACE INTO profiles (id, document) VALUES (?, ?)')
let last = 0

async function step(events: readonly LoadEvent[]): Promise<void> {
  db.exec('BEGIN')
  for (const { position, event } of events) {
    const { userId = '', traits = {} } = event as { userId?: string; traits?: object }
    const key = hash('sha256', userId, 'buffer').subarray(0, 16)
    let id = find.get(key)?.['profile'] as number | undefined
    if (id === undefined) {
      last += 1
      id = last
      name.run(key, id)
    }
    const stored = read.get(id)?.['document']
    const known = stored === undefined ? { userId, traits, recent: [] } : JSON.parse(String(stored))
    known.recent.push(position)
    write.run(id, JSON.stringify(known))
  }
  db.exec('COMMIT')
}

console.log(JSON.stringify({ ready: true }))
console.log(JSON.stringify(await measure(plan, step)))
db.close()
