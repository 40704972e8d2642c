/** Fills a stopped product's state with deduplication rows of a busy day, as v4 messageIds leave them: at random. */
import { randomFillSync } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const KEY_BYTES = 16
const MS_PER_DAY = 86_400_000

export function preload(directory: string, rows: number): void {
  const db = new DatabaseSync(join(directory, 'state.db'))
  const day = Math.floor(Date.now() / MS_PER_DAY)
  db.exec(`PRAGMA synchronous = OFF;
    CREATE TABLE IF NOT EXISTS dedup_${day} (key BLOB PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID, STRICT`)
  const keys = randomFillSync(Buffer.alloc(rows * KEY_BYTES))
  const sorted = Array.from({ length: rows }, (_, row) => keys.subarray(row * KEY_BYTES, (row + 1) * KEY_BYTES)).sort(
    Buffer.compare,
  )
  const insert = db.prepare(`INSERT INTO dedup_${day} (key, position) VALUES (?, 0)`)
  db.exec('BEGIN')
  for (const key of sorted) insert.run(key)
  db.exec('COMMIT')
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
}
