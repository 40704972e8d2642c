/** A source that is full of names takes new ones again, in each kind of database and after a restart. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { anEvent, SOURCE } from '../src/connections/builders.ts'
import { createKeyedHash } from '../src/connections/keyed-hash.ts'
import { decodeSeen } from '../src/connections/seen-document.ts'
import { EVENT_NAMES_MAX, MEMBERS_MAX, SeenNames } from '../src/connections/seen-names.ts'
import { SEEN_KEPT_MS } from '../src/connections/seen-room.ts'
import { systemClock } from '../src/ports/index.ts'
import {
  migrate,
  openPostgresState,
  openSqliteState,
  type PipelineState,
  PostgresPipelineState,
  pipelineMigrations,
  SqlitePipelineState,
} from '../src/state/index.ts'
import { POSTGRES, postgresMissing, useTestPostgres } from '../src/state/postgres/test-server.ts'

const START_MS = Date.parse('2026-01-02T03:04:05.678Z')

/** What the database has after each of these was noted by a process of its own. */
async function after(state: PipelineState, ...steps: readonly (readonly [string, Record<string, number>, number])[][]) {
  let position = 0
  for (const step of steps) {
    const names = new SeenNames(createKeyedHash(new Uint8Array(32)), await state.seen.all())
    names.configure([SOURCE])
    for (const [name, properties, afterMs] of step) {
      position += 1
      const event = anEvent({ event: name, properties, receivedAt: new Date(START_MS + afterMs).toISOString() })
      names.note({ record: { position, sourceId: SOURCE, kind: 'event', body: '' }, event })
    }
    await state.commit({ seen: names.take(), updates: [], counts: [], runtimes: [] })
  }
  const seen = (await state.seen.all()).map(decodeSeen).filter(({ kind }) => kind === 'event')
  return { count: seen.length, byName: new Map(seen.map((each) => [each.name, each])) }
}

async function takesNewOnes(state: PipelineState): Promise<void> {
  const properties = Object.fromEntries(Array.from({ length: MEMBERS_MAX }, (_, index) => [`p${index}`, 1]))
  const full = Array.from({ length: EVENT_NAMES_MAX }, (_, index) => [`e${index}`, {}, index] as const)
  const early = await after(
    state,
    [...full, ['e999', properties, 1_000]],
    [['new', {}, SEEN_KEPT_MS - 1]],
    [['e999', { fresh: 1 }, 1_000 + SEEN_KEPT_MS - 1]],
  )
  expect([early.count, early.byName.has('e0'), early.byName.has('new')]).toEqual([EVENT_NAMES_MAX, true, false])
  expect(early.byName.get('e999')?.members.has('fresh')).toBe(false)
  const late = await after(state, [['new', { a: 1 }, SEEN_KEPT_MS]], [['e999', { fresh: 1 }, 1_000 + SEEN_KEPT_MS]])
  expect([late.count, late.byName.has('e0'), late.byName.has('new')]).toEqual([EVENT_NAMES_MAX, false, true])
  expect([...(late.byName.get('new')?.members.keys() ?? [])]).toEqual(['a'])
  const members = late.byName.get('e999')?.members
  expect([members?.size, members?.has('p0'), members?.has('p1'), members?.has('fresh')]).toEqual([
    500,
    false,
    true,
    true,
  ])
}

test('at 31 days and not before, on SQLite', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'grapevine-seen-'))
  const db = openSqliteState({ file: join(directory, 'state.db') })
  onTestFinished(async () => {
    await db.close()
    rmSync(directory, { recursive: true, force: true })
  })
  await migrate(db, pipelineMigrations)
  await takesNewOnes(new SqlitePipelineState(db))
})

describe.skipIf(postgresMissing)(POSTGRES, () => {
  const postgres = useTestPostgres()

  test('at 31 days and not before', async () => {
    const { url } = await postgres.newDatabase()
    const db = await openPostgresState({ url, asyncStandbyAllowed: true, clock: systemClock })
    onTestFinished(() => db.close())
    await migrate(db, pipelineMigrations)
    await takesNewOnes(new PostgresPipelineState(db))
  })
})
