/** Backups that nobody asks for, of a real data directory: only the clock is the test's. */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { makeBackup, systemDisk } from '../backup/index.ts'
import { encodeCommand } from '../connections/index.ts'
import { MemoryLog } from '../log/index.ts'
import { createLogger } from '../observe/index.ts'
import { type Clock, systemClock } from '../ports/index.ts'
import { OwnBackups } from './backups.ts'
import { parseConfig, serve } from './index.ts'
import { aDataDirectory, environment, SERVE_TEST_MS } from './serve.fixture.ts'

const TEST_MS = 180_000
const HOUR = 3_600_000
const DAY = 24 * HOUR
const START = Date.parse('2026-03-01T00:00:00Z')

const data = mkdtempSync(join(tmpdir(), 'grapevine-own-backups-'))

beforeAll(async () => {
  const running = await serve(parseConfig(environment(data)), (_, message) => {
    throw new Error(message)
  })
  await running[Symbol.asyncDispose]()
}, SERVE_TEST_MS)

afterAll(() => rmSync(data, { recursive: true, force: true }))

/** Waits for what must come. A backup steps behind all others, on a busy machine far: the test's own time is the bound. */
async function eventually<T>(look: () => T | undefined): Promise<T> {
  for (let found = look(); ; found = look()) {
    if (found !== undefined) return found
    await wait(10)
  }
}

/** Time stands still until the test lets it pass; a timer runs at its time. */
function aClock() {
  let nowMs = START
  const timers = new Set<{ readonly atMs: number; run(): void }>()
  const clock: Clock = {
    ...systemClock,
    nowMs: () => nowMs,
    after(delayMs, run) {
      const timer = { atMs: nowMs + delayMs, run }
      timers.add(timer)
      return { cancel: () => void timers.delete(timer) }
    },
  }
  const first = () => eventually(() => [...timers].sort((a, b) => a.atMs - b.atMs)[0])
  /** Lets it pass, with all that is done meanwhile. */
  const pass = async (ms: number) => {
    const endMs = nowMs + ms
    for (let timer = await first(); timer.atMs <= endMs; timer = await first()) {
      timers.delete(timer)
      nowMs = timer.atMs
      timer.run()
    }
    nowMs = endMs
  }
  const set = (ms: number) => {
    nowMs = ms
  }
  return { clock, pass, set }
}

function aSchedule(options: { clock: Clock; folder: string; everyMs?: number }) {
  const scheduled: string[] = []
  const backups = new OwnBackups({
    data,
    folder: options.folder,
    unavailable: null,
    everyMs: options.everyMs ?? 6 * HOUR,
    keep: 1,
    version: '0',
    secrets: { seal: (text) => text },
    clock: options.clock,
    logger: createLogger({ level: 'error', thread: 'test' }),
    onScheduled: async (name) => scheduled.push(name),
  })
  onTestFinished(() => backups.stop())
  const names = async () => (await backups.list()).map(({ name }) => name)
  return { backups, scheduled, names }
}

test(
  'one is made every interval, the last of them stays, and so does each that somebody asked for',
  async () => {
    const { clock, pass } = aClock()
    const folder = join(aDataDirectory(), 'backups')
    const { backups, scheduled, names } = aSchedule({ clock, folder })
    await pass(HOUR)
    expect(await names()).toEqual(['2026-03-01T00-00-00Z'])
    await backups.make('request', clock.nowMs())
    const nextAtMs = START + 7 * HOUR
    await eventually(() => (backups.schedule?.nextAtMs === nextAtMs ? true : undefined))
    await pass(6 * HOUR)
    expect(await names()).toEqual(['2026-03-01T07-00-00Z', '2026-03-01T01-00-00Z'])
    expect(scheduled).toEqual(['2026-03-01T00-00-00Z', '2026-03-01T07-00-00Z'])
  },
  TEST_MS,
)

test(
  'what was missed while the server was stopped is made at its start, once; one that is not due waits',
  async () => {
    const { clock, pass, set } = aClock()
    const folder = join(aDataDirectory(), 'backups')
    const before = aSchedule({ clock, folder })
    await pass(HOUR)
    await before.backups.stop()
    const soon = aSchedule({ clock, folder })
    await pass(HOUR)
    expect(soon.scheduled).toEqual([])
    await soon.backups.stop()
    set(START + 30 * HOUR)
    const late = aSchedule({ clock, folder })
    await pass(HOUR)
    expect(late.scheduled).toEqual(['2026-03-02T06-00-00Z'])
    expect(await late.names()).toEqual(['2026-03-02T06-00-00Z'])
  },
  TEST_MS,
)

test(
  'backups from before a clock that was wrong do not keep new ones from being made, nor push them out',
  async () => {
    const { clock, pass, set } = aClock()
    const folder = join(aDataDirectory(), 'backups')
    set(START + 365 * DAY)
    const wrong = aSchedule({ clock, folder })
    await pass(HOUR)
    expect(wrong.scheduled).toHaveLength(1)
    await wrong.backups.stop()
    set(START)
    const right = aSchedule({ clock, folder })
    await pass(HOUR)
    expect(await right.names()).toEqual(['2026-03-01T00-00-00Z'])
  },
  TEST_MS,
)

test(
  'one that is cancelled is not begun again at once',
  async () => {
    const { clock, pass } = aClock()
    const { backups, scheduled, names } = aSchedule({ clock, folder: join(aDataDirectory(), 'backups') })
    const passed = pass(HOUR / 2)
    await eventually(() => backups.cancel() ?? undefined)
    await passed
    expect(backups.job?.state).toBe('CANCELLED')
    expect([scheduled.length, backups.failure, await names()]).toEqual([1, null, []])
    await pass(HOUR)
    expect(await names()).toEqual(['2026-03-01T01-00-00Z'])
  },
  TEST_MS,
)

test(
  'a failure is known after a restart, with its time, until one is made: by the server, or by the command while it is stopped',
  async () => {
    const { clock, pass, set } = aClock()
    const at = join(aDataDirectory(), 'disk')
    const folder = join(at, 'backups')
    // Where the disk of the backups should be is none.
    writeFileSync(at, '')
    const failing = aSchedule({ clock, folder, everyMs: HOUR })
    await pass(HOUR)
    const failure = { atMs: START + HOUR, message: expect.stringContaining('ENOTDIR') }
    expect([failing.backups.job?.state, failing.backups.failure]).toEqual(['FAILED', failure])
    await failing.backups.stop()
    const again = aSchedule({ clock, folder, everyMs: HOUR })
    expect(again.backups.failure).toEqual(failure)
    await pass(2 * HOUR)
    expect(again.scheduled).toHaveLength(2)
    expect(again.backups.schedule?.overdueSinceMs).toBe(START + 3 * HOUR)
    rmSync(at)
    mkdirSync(at)
    await pass(HOUR)
    expect([again.backups.failure, again.backups.schedule?.overdueSinceMs]).toEqual([null, null])
    await again.backups.stop()
    rmSync(at, { recursive: true })
    writeFileSync(at, '')
    const mended = aSchedule({ clock, folder, everyMs: DAY })
    await pass(HOUR)
    expect(mended.backups.failure).not.toBeNull()
    await mended.backups.stop()
    rmSync(at)
    mkdirSync(at)
    set(clock.nowMs() + HOUR)
    const watched = { signal: new AbortController().signal, onProgress() {} }
    await makeBackup({
      ...watched,
      data,
      folder,
      cause: 'command',
      version: '0',
      atMs: clock.nowMs(),
      clock,
      disk: systemDisk,
    })
    const made = aSchedule({ clock, folder })
    await pass(HOUR)
    expect([made.backups.failure, made.scheduled]).toEqual([null, []])
  },
  TEST_MS,
)

test(
  'a deletion that the disk of the backups does not take is noted there after a restart, once, and it is done',
  async () => {
    const { clock, pass } = aClock()
    const folder = join(aDataDirectory(), 'backups')
    const log = new MemoryLog({ charsMax: 10_000 })
    const first = aSchedule({ clock, folder })
    await pass(HOUR)
    renameSync(folder, `${folder}.away`)
    writeFileSync(folder, '')
    const erase = { regulationType: 'DELETE_ONLY', userId: 'linus', requestedAtMs: START } as const
    const body = (regulationId: string) => encodeCommand({ command: 'erase', regulationId, ...erase })
    for (const id of ['one', 'two'])
      await first.backups.noting(log).append([{ kind: 'command', sourceId: '', body: body(id) }])
    expect(first.backups.failure?.message).toContain('ENOTDIR')
    expect(log.end.end()).toBe(2)
    await first.backups.stop()

    rmSync(folder)
    renameSync(`${folder}.away`, folder)
    const noted = () => readFileSync(join(folder, 'erasures.jsonl'), 'utf8').trim().split('\n')
    const again = aSchedule({ clock, folder })
    await pass(HOUR / 4)
    expect(noted()).toMatchObject([expect.stringContaining('"one"'), expect.stringContaining('"two"')])
    await again.backups.noting(log).append([{ kind: 'command', sourceId: '', body: body('three') }])
    expect(noted()).toHaveLength(3)
  },
  TEST_MS,
)
