import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { openSqliteState } from './open.ts'

const KILLS = 5

/** Kills a writer some milliseconds after its first pair. Answers the last pair it said was kept. */
async function killedWriter(file: string, afterMs: number): Promise<number> {
  const fixture = fileURLToPath(new URL('./pairs.fixture.ts', import.meta.url))
  const writer = spawn(process.execPath, [fixture, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void writer.kill('SIGKILL'))
  let said = ''
  writer.stdout.on('data', (chunk) => {
    said += chunk
  })
  await once(writer.stdout, 'data')
  await wait(afterMs)
  writer.kill('SIGKILL')
  await once(writer, 'close')
  return Number(said.trimEnd().split('\n').at(-1))
}

test('after kill -9 every write that resolved is there, and no write is there by half', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'grapevine-kill-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const file = join(directory, 'state.db')
  for (let kill = 0; kill < KILLS; kill += 1) {
    const said = await killedWriter(file, 20 + kill * 13)
    const state = openSqliteState({ file })
    const { rows } = await sql<{ pair: number; halves: number }>`
      SELECT pair, count(*) AS halves FROM halves GROUP BY pair ORDER BY pair`.execute(state.read)
    await state.close()
    expect(rows.length).toBeGreaterThanOrEqual(said)
    expect(rows).toEqual(rows.map((_, index) => ({ pair: index + 1, halves: 2 })))
  }
})
