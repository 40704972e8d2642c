/** A process of a test that writes pairs of rows until it is killed, and says each pair once `write` has resolved. */
import { writeSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql } from 'kysely'
import { openSqliteState } from './open.ts'

const state = openSqliteState({ file: process.argv[2] ?? '' })
await state.write((tx) => sql`CREATE TABLE IF NOT EXISTS halves (pair INTEGER, half INTEGER)`.execute(tx))
const { rows } = await sql<{ last: number | null }>`SELECT max(pair) AS last FROM halves`.execute(state.read)
for (let pair = (rows[0]?.last ?? 0) + 1; ; pair += 1) {
  await state.write(async (tx) => {
    await sql`INSERT INTO halves VALUES (${pair}, 1)`.execute(tx)
    await nextTurn()
    await sql`INSERT INTO halves VALUES (${pair}, 2)`.execute(tx)
  })
  writeSync(1, `${pair}\n`)
}
