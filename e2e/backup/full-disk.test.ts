/** A server whose disk of backups gets full while one is made: a real disk, of a size of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { type Quickstart, readQuickstart } from '../../src/app/index.ts'

const MIB = 1024 ** 2
/** A backup steps behind all others, on a busy machine far. */
const TEST_MS = 180_000
/** A process that may mount has disks of its own, which go with it. */
const NAMESPACE = ['--user', '--map-root-user', '--mount']
const canMount = spawnSync('unshare', [...NAMESPACE, 'true']).status === 0

interface Backups {
  readonly failure: { readonly at: string; readonly message: string } | null
  readonly job: { readonly state: string; readonly problem: string | null } | null
  readonly backups: readonly { readonly name: string }[]
}

/** Several times what a backup needs. */
const DISK_BYTES = 64 * MIB

/** @param diskBytes of the disk of backups, which is seen under `disk` from here */
async function startOn(root: string, diskBytes: number) {
  const [data, folder] = [join(root, 'data'), join(root, 'disk')]
  mkdirSync(folder, { recursive: true })
  const script = 'mount -t tmpfs -o size="$1" none "$2" && shift 2 && exec "$@"'
  const serve = [process.execPath, resolve('src/main.ts'), 'serve', '--json']
  const child = spawn('unshare', [...NAMESPACE, 'sh', '-c', script, 'sh', String(diskBytes), folder, ...serve], {
    env: {
      PATH: process.env['PATH'] ?? '',
      GRAPEVINE_DATA: data,
      GRAPEVINE_BACKUPS: folder,
      GRAPEVINE_PORT: '0',
      GRAPEVINE_EXTOLE_SANDBOX_PORT: 'any',
      GRAPEVINE_LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  const quickstart = readQuickstart(data)
  if (quickstart === undefined) throw new Error('the server made no quickstart')
  const call = async <T>(method: string, path: string): Promise<T> => {
    const headers = { authorization: `Bearer ${quickstart.publicApiToken}` }
    const answer = await fetch(`${quickstart.url}/api${path}`, { method, headers })
    return ((await answer.json()) as { readonly data: T }).data
  }
  /** @returns what is there when the work that was begun has ended */
  const ended = async (): Promise<Backups> => {
    for (;;) {
      const now = await call<Backups>('GET', '/backups')
      if (now.job?.state !== 'RUNNING') return now
      await wait(20)
    }
  }
  const failedAlerts = async () => {
    const { alerts } = await call<{ alerts: { kind: string; since: string; detail: string }[] }>('GET', '/alerts')
    return alerts.filter(({ kind }) => kind === 'backup_failed')
  }
  return { child, quickstart, call, ended, failedAlerts, disk: `/proc/${child.pid}/root${folder}` }
}

/** It has looked whether there is room, and writes. */
const isCopying = (disk: string) =>
  readdirSync(disk).some((each) => each.startsWith('.making-') && existsSync(join(disk, each, 'state.db')))

async function stopped(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  await once(child, 'exit')
}

async function send({ url, sources }: Quickstart, count: number): Promise<number> {
  const batch = Array.from({ length: count }, (_, n) => ({
    type: 'track',
    event: 'Looked',
    userId: `u${n}`,
    properties: { padding: 'x'.repeat(4_000) },
  }))
  const body = JSON.stringify({ writeKey: sources[0]?.writeKey, batch })
  return (await fetch(`${url}/v1/batch`, { method: 'POST', body })).status
}

test.runIf(canMount)(
  'a disk that gets full while a backup is made: events go on, nothing of it is left, and an alert says why, after a restart too',
  async () => {
    const root = mkdtempSync(join(tmpdir(), 'grapevine-full-'))
    onTestFinished(() => rmSync(root, { recursive: true, force: true }))
    const small = await startOn(root, DISK_BYTES)
    for (let n = 0; n < 40; n++) expect(await send(small.quickstart, 100)).toBe(200)
    const acks: number[] = []
    let isQuiet = false
    const traffic = (async () => {
      while (!isQuiet) {
        acks.push(await send(small.quickstart, 1))
        await wait(5)
      }
    })()
    const ballast = join(small.disk, 'ballast')
    let full = await small.ended()
    // Made in time once in a while: then once more.
    while (full.job?.problem?.includes('is full') !== true) {
      rmSync(ballast, { force: true })
      for (const each of full.backups) await small.call('DELETE', `/backups/${each.name}`)
      let isOver = false
      const end = small
        .call('POST', '/backups')
        .then(small.ended)
        .finally(() => {
          isOver = true
        })
      while (!isOver && !isCopying(small.disk)) await turn()
      // Somebody else takes what the backup counted on.
      expect(() => {
        for (;;) writeFileSync(ballast, Buffer.alloc(MIB), { flag: 'a' })
      }).toThrow('ENOSPC')
      full = await end
    }
    isQuiet = true
    await traffic
    expect(full.job).toMatchObject({ state: 'FAILED', problem: expect.stringMatching(/^the disk of .* is full: free/) })
    expect(full.backups).toEqual([])
    expect(readdirSync(small.disk).sort()).toEqual(['ballast', 'erasures.jsonl'])
    expect(acks.length).toBeGreaterThan(0)
    expect(acks.filter((status) => status !== 200)).toEqual([])
    const alert = { since: full.failure?.at, detail: full.failure?.message }
    expect(await small.failedAlerts()).toMatchObject([alert])
    await stopped(small.child)

    const again = await startOn(root, DISK_BYTES)
    expect((await again.call<Backups>('GET', '/backups')).failure).toEqual(full.failure)
    expect(await again.failedAlerts()).toMatchObject([alert])
    await stopped(again.child)
  },
  TEST_MS,
)
