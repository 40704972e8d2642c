/**
 * Commits rows one by one and says so after each, as a log would, with the given durability:
 * `node writer.ts <file> NORMAL|FULL`, all else as the product's log has it. The product knows FULL only; this is what shows that the test can fail.
 */
import { DatabaseSync } from 'node:sqlite'

const [, , file = '', synchronous = ''] = process.argv
if (synchronous !== 'NORMAL' && synchronous !== 'FULL') throw new Error('synchronous is NORMAL or FULL')
const db = new DatabaseSync(file)
db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};
  PRAGMA wal_autocheckpoint = 4000;
  CREATE TABLE rows (n INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT`)
const insert = db.prepare('INSERT INTO rows (n, body) VALUES (?, ?)')
/** Between two rows, in milliseconds: the first checkpoint is seconds away. */
const ROW_MS = 1
const body = 'x'.repeat(500)

let n = 0
function writeOn(): void {
  n += 1
  insert.run(n, body)
  process.stdout.write(`${n}\n`)
  // Not at full speed: SQLite flushes at each checkpoint, and a cut during one would lose nothing by luck.
  setTimeout(writeOn, ROW_MS)
}
writeOn()
