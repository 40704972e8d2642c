/**
 * Whether a backup holds ingest up: acks of single events before and while backups are made, one after the other, on one
 * server with a log and a state of some size. `node e2e/backup/main.ts --events 200000 --seconds 12`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Quickstart, readQuickstart } from '../../src/app/index.ts'

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '200000' },
    seconds: { type: 'string', default: '15' },
    rate: { type: 'string', default: '200' },
  },
})
const EVENTS = Number(values.events)
const SECONDS = Number(values.seconds)
/** Requests a second, whatever the answers take. */
const RATE = Number(values.rate)
const BATCH = 100
const PADDING = 'x'.repeat(700)
const agent = new Agent({ keepAlive: true, maxSockets: 64 })

const directory = mkdtempSync(join(tmpdir(), 'grapevine-backup-'))
const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/main.ts'), 'serve', '--json'], {
  env: {
    PATH: process.env['PATH'] ?? '',
    GRAPEVINE_DATA: directory,
    GRAPEVINE_PORT: '0',
    GRAPEVINE_EXTOLE_SANDBOX_PORT: 'any',
    GRAPEVINE_LOG_LEVEL: 'error',
  },
  stdio: ['ignore', 'pipe', 'inherit'],
})
try {
  await once(child.stdout, 'data')
  const quickstart = readQuickstart(directory)
  if (quickstart === undefined) throw new Error('the server made no quickstart')
  await fill(quickstart)
  const quiet = await acks(quickstart)
  const { made, bytes, stop } = backups(quickstart)
  const busy = await acks(quickstart)
  await stop()
  console.log(
    `${EVENTS} events in the log; a backup has ${Math.round(bytes() / 1024 ** 2)} MiB; ${made()} were made meanwhile`,
  )
  console.log(`acks without a backup: ${figures(quiet)}`)
  console.log(`acks while they are made: ${figures(busy)}`)
} finally {
  child.kill('SIGTERM')
  await once(child, 'exit')
  rmSync(directory, { recursive: true, force: true })
}

async function fill({ url, sources }: Quickstart): Promise<void> {
  for (let sent = 0; sent < EVENTS; sent += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, index) => ({
      type: 'track',
      event: 'Order Completed',
      userId: `u${(sent + index) % 5_000}`,
      properties: { padding: PADDING },
    }))
    const response = await fetch(`${url}/v1/batch`, {
      method: 'POST',
      body: JSON.stringify({ writeKey: sources[0]?.writeKey, batch }),
    })
    if (response.status !== 200) throw new Error(`a batch was answered ${response.status}`)
    await response.arrayBuffer()
  }
  // Deliveries of them may go on: they do in life, too.
  for (;;) {
    const ready = (await (await fetch(`${url}/health/ready`)).json()) as { behind: number }
    if (ready.behind === 0) return
    await wait(200)
  }
}

/** Milliseconds of each ack, in order. Requests begin on time, also when earlier ones are not answered. */
async function acks({ url, sources }: Quickstart): Promise<readonly number[]> {
  const took: number[] = []
  const waiting: Promise<void>[] = []
  const startedMs = performance.now()
  for (let n = 0; n < SECONDS * RATE; n++) {
    const dueMs = startedMs + (n * 1_000) / RATE
    const waitMs = dueMs - performance.now()
    if (waitMs > 0) await wait(waitMs)
    waiting.push(
      post(`${url}/v1/track`, sources[0]?.writeKey ?? '').then(() => {
        took.push(performance.now() - dueMs)
      }),
    )
  }
  await Promise.all(waiting)
  return took
}

function post(url: string, writeKey: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const sent = request(url, { method: 'POST', agent, headers: { 'content-type': 'application/json' } }, (answer) => {
    answer.resume().on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error(`${answer.statusCode}`))))
  })
  sent.on('error', reject).end(JSON.stringify({ writeKey, userId: 'measured', event: 'Looked' }))
  return promise
}

/** One after the other, until they are stopped. */
function backups({ url, publicApiToken }: Quickstart) {
  let [isOver, made, bytes] = [false, 0, 0]
  const call = async (method: string, path: string) => {
    const response = await fetch(`${url}/api/backups${path}`, {
      method,
      headers: { authorization: `Bearer ${publicApiToken}` },
    })
    return (
      (await response.json()) as {
        data?: { job: { state: string; problem: string | null }; backups: { name: string; bytes: number }[] }
      }
    ).data
  }
  const loop = (async () => {
    while (!isOver) {
      await call('POST', '')
      for (;;) {
        const list = await call('GET', '')
        const state = list?.job.state
        if (state === 'FAILED') throw new Error(list?.job.problem ?? '')
        if (state === 'FINISHED') {
          bytes = list?.backups[0]?.bytes ?? 0
          made += 1
          for (const { name } of list?.backups ?? []) await call('DELETE', `/${name}`)
          break
        }
        await wait(100)
      }
      // A name is a second.
      await wait(1_000)
    }
  })()
  const stop = () => {
    isOver = true
    return loop
  }
  return { made: () => made, bytes: () => bytes, stop }
}

function figures(took: readonly number[]): string {
  const sorted = [...took].sort((a, b) => a - b)
  const at = (part: number) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(1)
  return `${took.length}, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`
}
