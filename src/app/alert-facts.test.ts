import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type AlertFacts, DEAD_LETTERS_ALERT_MS } from '../api/index.ts'
import {
  type CountDelta,
  MINUTE_MS,
  migrate,
  openSqliteState,
  pipelineMigrations,
  SqlitePipelineState,
} from '../state/index.ts'
import { anEnd, aStep, delivery, processed } from '../state/pipeline/builders.fixture.ts'
import type { ConfigSnapshot } from '../workspace/index.ts'
import { AlertFactsReader, countDead } from './alert-facts.ts'

const dead = (id: number, by: number): CountDelta => ({ scope: 'destination', id: String(id), name: 'dead', by })

test('dead letters that were there before are not new, those that come are, also at a destination that had none', () => {
  const start = new Map([[1, { count: 5, newestMs: null }]])
  expect(countDead(start, [dead(1, 5)], 10).get(1)).toEqual({ count: 5, newestMs: null })
  expect(countDead(new Map(), [dead(1, 1)], 20).get(1)).toEqual({ count: 1, newestMs: 20 })
  const later = countDead(start, [dead(1, 6), dead(2, 1)], 20)
  expect([later.get(1), later.get(2)]).toEqual([
    { count: 6, newestMs: 20 },
    { count: 1, newestMs: 20 },
  ])
  const replayed = countDead(later, [dead(1, 0), dead(2, 1)], 30)
  expect([replayed.get(1), replayed.get(2)]).toEqual([
    { count: 0, newestMs: 20 },
    { count: 1, newestMs: 20 },
  ])
})

test('dead letters that came before anybody looked are as new as they are, also after a restart', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'grapevine-facts-'))
  const db = openSqliteState({ file: join(directory, 'state.db') })
  onTestFinished(async () => {
    await db.close()
    rmSync(directory, { recursive: true })
  })
  await migrate(db, pipelineMigrations)
  const state = new SqlitePipelineState(db)
  const nowMs = 1_800_000_000_000
  const minute = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS
  const event = { type: 'track', name: 'Clicked', receivedMs: nowMs }
  const ends: readonly [instance: number, agoMs: number][] = [
    [1, 2 * MINUTE_MS],
    [1, 5 * MINUTE_MS],
    [2, DEAD_LETTERS_ALERT_MS + MINUTE_MS],
    [3, 0],
  ]
  const deliveries = ends.map(([instance], index) => delivery({ position: index + 1, instance }))
  await state.commit(processed({ from: 0, to: ends.length, deliveries }))
  const died = (index: number, atMs: number) =>
    anEnd(deliveries[index] ?? delivery({}), { state: 'dead', reason: 'rejected_400', atMs, event })
  await state.commit(aStep({ updates: ends.map(([, agoMs], index) => died(index, nowMs - agoMs)) }))

  const destinations = new Map([1, 2, 3, 4].map((number) => [`dst_${number}`, { id: `dst_${number}`, number }]))
  const reader = () =>
    new AlertFactsReader({
      directory,
      config: () => ({ destinations }) as unknown as ConfigSnapshot,
      states: async () => ({}),
      state,
      log: { reader: { read: () => [] }, logBytes: () => 0 },
      logBytesMax: 1,
      backups: { failure: null, schedule: null },
      nowMs: () => nowMs,
      monotonicMs: () => 0,
    })
  const of = ({ destinations: found }: AlertFacts) => found.map(({ deadLetters }) => deadLetters)
  const expected = [
    { count: 2, newestMs: minute - 2 * MINUTE_MS },
    { count: 1, newestMs: null },
    { count: 1, newestMs: minute },
    { count: 0, newestMs: null },
  ]
  const running = reader()
  expect(of(await running.read())).toEqual(expected)
  expect(of(await running.read())).toEqual(expected)
  expect(of(await reader().read())).toEqual(expected)
})
