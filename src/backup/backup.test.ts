/** Backups of a server that works: what is in one, what is not, and what is found when it was changed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseConfig, type Running, serve } from '../app/index.ts'
import { aDataDirectory, environment, quickstartOf, SERVE_TEST_MS, send } from '../app/serve.fixture.ts'
import { systemClock } from '../ports/index.ts'
import { listBackups, makeBackup, problemsAt, systemDisk } from './index.ts'
import { bytesOf } from './manifest.ts'

const never = new AbortController().signal
const watched = { signal: never, onProgress() {} }
let seconds = Date.now() / 1_000
/** Each of another second: that names it. */
function of(folder: string) {
  seconds += 1
  return {
    ...watched,
    data,
    folder,
    atMs: seconds * 1_000,
    cause: 'request',
    version: '0.0.0',
    clock: systemClock,
    disk: systemDisk,
  } as const
}

/** Of all tests here; each has a folder of backups of its own. */
let running: Running
const data = mkdtempSync(join(tmpdir(), 'grapevine-backup-'))

beforeAll(async () => {
  running = await serve(parseConfig(environment(data)), (_, message) => {
    throw new Error(message)
  })
  for (let n = 0; n < 20; n++) expect(await send(running, 'track', { userId: `u${n}`, event: 'Bought' })).toBe(200)
}, SERVE_TEST_MS)

afterAll(async () => {
  await running?.[Symbol.asyncDispose]()
  rmSync(data, { recursive: true, force: true })
}, SERVE_TEST_MS)

test(
  'a backup of a running server has every event that was acknowledged before, and verifies itself',
  async () => {
    const folder = join(aDataDirectory(), 'backups')
    let [copied, checked] = [0, 0]
    const onProgress = (phase: string, done: number) => {
      if (phase === 'copying') copied = done
      else checked = done
    }
    // The server goes on: each of these comes while the backup is made, or after.
    let isOver = false
    const traffic = (async () => {
      while (!isOver) expect(await send(running, 'track', { userId: 'meanwhile', event: 'Looked' })).toBe(200)
    })()
    const manifest = await makeBackup({ ...of(folder), onProgress })
    isOver = true
    await traffic
    expect(manifest.log.end).toBeGreaterThanOrEqual(Math.max(20, manifest.offset))
    expect(copied).toBeGreaterThan(0)
    expect(checked).toBe(bytesOf(manifest))
    expect(await listBackups(folder)).toMatchObject([{ name: manifest.name, check: { problems: [] } }])
    const log = new DatabaseSync(join(folder, manifest.name, 'log', '1.db'), { readOnly: true })
    const users = log.prepare("SELECT json_extract(CAST(body AS TEXT), '$.userId') AS user FROM records").all()
    log.close()
    const kept = new Set(users.map(({ user }) => user))
    expect(Array.from({ length: 20 }, (_, n) => `u${n}`).filter((user) => !kept.has(user))).toEqual([])
  },
  SERVE_TEST_MS,
)

test(
  'no key and no token is in a backup, and nothing in it is for others',
  async () => {
    const folder = join(aDataDirectory(), 'backups')
    const { name } = await makeBackup(of(folder))
    const { publicApiToken, extole } = quickstartOf(running)
    const keys = readFileSync(join(data, 'secrets'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    const files = readdirSync(join(folder, name), { recursive: true, withFileTypes: true }).filter((each) =>
      each.isFile(),
    )
    expect(files.map((each) => each.name).sort()).toEqual(['1.db', 'backup.json', 'check.json', 'state.db'])
    for (const { parentPath, name: file } of files) {
      const bytes = readFileSync(join(parentPath, file))
      for (const secret of [...keys, publicApiToken, extole?.apiKey ?? '']) {
        expect(secret.length).toBeGreaterThan(10)
        expect(bytes.includes(secret) || bytes.includes(Buffer.from(secret, 'base64'))).toBe(false)
      }
    }
  },
  SERVE_TEST_MS,
)

test(
  'one byte that is another is found, in whichever file',
  async () => {
    const folder = join(aDataDirectory(), 'backups')
    const { name } = await makeBackup(of(folder))
    const directory = join(folder, name)
    expect(await problemsAt(directory, watched)).toEqual([])
    for (const file of ['state.db', 'log/1.db', 'backup.json']) {
      const path = join(directory, file)
      const whole = readFileSync(path)
      for (const at of [0, 100, Math.floor(whole.length / 2), whole.length - 1]) {
        const flipped = Buffer.from(whole)
        flipped.writeUInt8(whole.readUInt8(at) ^ 0x10, at)
        writeFileSync(path, flipped)
        expect(await problemsAt(directory, watched), `${file} at ${at}`).toHaveLength(1)
      }
      writeFileSync(path, whole.subarray(0, -1))
      expect(await problemsAt(directory, watched)).toHaveLength(1)
      writeFileSync(path, whole)
    }
    expect(await problemsAt(directory, watched)).toEqual([])
  },
  SERVE_TEST_MS,
)

test(
  'a backup that is cancelled leaves nothing',
  async () => {
    const folder = join(aDataDirectory(), 'backups')
    const cancelled = new AbortController()
    const onProgress = (phase: string) => phase === 'checking' && cancelled.abort(new Error('cancelled'))
    await expect(makeBackup({ ...of(folder), signal: cancelled.signal, onProgress })).rejects.toThrow()
    expect(readdirSync(folder)).toEqual(['erasures.jsonl'])
  },
  SERVE_TEST_MS,
)

test(
  'what a process left that was killed in the middle of a backup is never listed, and goes with the next one',
  async () => {
    const folder = join(aDataDirectory(), 'backups')
    for (const phase of ['copying', 'checking']) {
      const program = join(import.meta.dirname, 'kill.fixture.ts')
      const child = spawn(process.execPath, [program, data, folder, phase], { stdio: ['ignore', 'pipe', 'inherit'] })
      await once(child.stdout, 'data')
      child.kill('SIGKILL')
      await once(child, 'exit')
      expect(readdirSync(folder).filter((name) => name.startsWith('.making-'))).toHaveLength(1)
      expect(await listBackups(folder)).toEqual([])
    }
    mkdirSync(join(folder, '.removing-2026-01-01T00-00-00Z'))
    const { name } = await makeBackup(of(folder))
    expect(readdirSync(folder).sort()).toEqual([name, 'erasures.jsonl'])
  },
  SERVE_TEST_MS,
)
