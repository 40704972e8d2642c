/** Backups where there is no room: what is said, and that nothing is left and nobody else stopped. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { parseConfig, serve } from '../app/index.ts'
import { aDataDirectory, environment, SERVE_TEST_MS } from '../app/serve.fixture.ts'
import { systemClock } from '../ports/index.ts'
import { bytesOf, makeBackup, systemDisk } from './index.ts'
import { type Disk, RESERVE_BYTES } from './room.ts'

const data = mkdtempSync(join(tmpdir(), 'grapevine-room-'))

/** Programs are started, on a busy machine slowly. */
vi.setConfig({ testTimeout: 2 * SERVE_TEST_MS })

beforeAll(async () => {
  const running = await serve(parseConfig(environment(data)), (_, message) => {
    throw new Error(message)
  })
  await running[Symbol.asyncDispose]()
}, SERVE_TEST_MS)

afterAll(() => rmSync(data, { recursive: true, force: true }))

const made = (folder: string, disk: Disk, onProgress: () => void = () => {}) =>
  makeBackup({
    signal: new AbortController().signal,
    onProgress,
    data,
    folder,
    cause: 'request',
    version: '0',
    atMs: 0,
    clock: systemClock,
    disk,
  })

test('one is made into just enough room; with a byte less it is refused before anything is written, with what to do', async () => {
  const needed = bytesOf(await made(join(aDataDirectory(), 'backups'), systemDisk))
  for (const isSame of [false, true]) {
    const folder = join(aDataDirectory(), 'backups')
    const enough = needed + (isSame ? RESERVE_BYTES : 0)
    const disk = (bytes: number) => ({ freeBytes: () => bytes, isSameDisk: () => isSame })
    const refused = await made(folder, disk(enough - 1)).catch(String)
    expect(refused).toContain('MiB left')
    expect(refused).toContain('free space there, or name another folder')
    expect(refused.toString().includes('have to stay free for events')).toBe(isSame)
    expect(readdirSync(folder)).toEqual(['erasures.jsonl'])
    await made(folder, disk(enough))
  }
})

test('when others come near the end of the disk while it is made it steps back, and leaves nothing', async () => {
  const folder = join(aDataDirectory(), 'backups')
  let looks = 0
  const freeBytes = () => (looks++ < 2 ? 2 * RESERVE_BYTES : RESERVE_BYTES - 1)
  await expect(made(folder, { freeBytes, isSameDisk: () => true })).rejects.toThrow('have to stay free for events')
  expect(looks).toBe(3)
  expect(readdirSync(folder)).toEqual(['erasures.jsonl'])
})

/** A process that may mount has a disk of its own, of any size, that goes with it. */
const NAMESPACE = ['--user', '--map-root-user', '--mount']
const canMount = spawnSync('unshare', [...NAMESPACE, 'true']).status === 0

function onDisk(bytes: number, what: 'make' | 'note') {
  const folder = aDataDirectory()
  const program = join(import.meta.dirname, 'full.fixture.ts')
  const script = 'mount -t tmpfs -o size="$1" none "$2" && shift && exec "$2" "$3" "$4" "$5" "$1/backups"'
  const args = [...NAMESPACE, 'sh', '-c', script, 'sh', String(bytes), folder, process.execPath, program, what, data]
  return JSON.parse(execFileSync('unshare', args, { encoding: 'utf8' })) as {
    readonly message: string
    readonly left: readonly string[]
    readonly listed: readonly string[]
    readonly journal: string
  }
}

test.runIf(canMount)(
  'a disk that is full, wherever that happens, is named; nothing is listed and nothing is left',
  async () => {
    const whole = bytesOf(await made(join(aDataDirectory(), 'backups'), systemDisk))
    for (const bytes of [8_192, whole / 2, whole - 4_096, whole]) {
      const { message, left, listed } = onDisk(Math.floor(bytes / 4_096) * 4_096, 'make')
      expect(message, `${bytes} of ${whole}`).toMatch(
        /^the disk of .*backups is full: free space there, or name another/,
      )
      expect([left, listed]).toEqual([['erasures.jsonl'], []])
    }
    expect(onDisk(4 * whole, 'make')).toMatchObject({ message: '', listed: [{ check: { problems: [] } }] })
  },
)

test.runIf(canMount)('a deletion of which the disk took a part is not taken for noted, and the next one is', () => {
  const { message, journal } = onDisk(4_096, 'note')
  expect(message).toContain('a deletion is not noted')
  expect(journal.trim().split('\n')).toEqual([expect.stringContaining('linus')])
})
