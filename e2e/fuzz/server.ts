/**
 * The server under fire, in a process of its own so that its memory can be measured and its end be noticed. It writes to a
 * real log in a temporary directory.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SqliteLog } from '../../src/log/index.ts'
import { systemClock, systemRandom } from '../../src/ports/index.ts'
import { createTracking, packagedSdkFiles } from '../../src/tracking/index.ts'
import { FUZZ_WRITE_KEY } from './key.ts'

/** What the fuzzer asks for at any time. */
export interface ServerState {
  readonly rssBytes: number
  /** Everything reachable as a property of any object; must never change. */
  readonly prototypeKeys: readonly string[]
  /** Counted by the Tracking API. */
  readonly accepted: number
  readonly rejected: number
  /** Found in the log. */
  readonly storedEvents: number
  readonly storedRejections: number
  /** Records that are not what the log promises. */
  readonly violations: readonly string[]
}

/** @returns what is wrong with an event of the log, if anything is */
function violationOf(text: string): string | undefined {
  const event = JSON.parse(text) as Record<string, unknown>
  // Quoted, or it would be found in plain texts as well.
  if (text.includes('"__proto__":') || !text.isWellFormed() || text.includes('\\u0000'))
    return `not repaired: ${text.slice(0, 200)}`
  if ('writeKey' in event) return 'write key stored'
  const texts = [
    event.type,
    event.messageId,
    event.timestamp,
    event.receivedAt,
    event.projectId,
    event.userId ?? event.anonymousId,
  ]
  return texts.every((value) => typeof value === 'string' && value !== '')
    ? undefined
    : `incomplete: ${text.slice(0, 200)}`
}

/** There where the process was started with `--expose-gc`. */
function collectGarbage(): void {
  const { gc } = globalThis as { gc?: () => void }
  gc?.()
}

async function serve(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'grapevine-fuzz-'))
  const onFatal = (message: string): void => {
    throw new Error(message)
  }
  const log = await SqliteLog.open({ directory, clock: systemClock, onFatal })
  const totals = { accepted: 0, rejected: 0, source_disabled: 0, suppressed: 0 }
  const source = { id: 'src_1', slug: 'fuzz', name: 'Fuzz', kind: 'node', enabled: true, writeKeys: [FUZZ_WRITE_KEY] }
  const tracking = createTracking({
    log,
    sources: { find: (key) => (key === FUZZ_WRITE_KEY ? { status: 'found', source } : { status: 'unknown' }) },
    clock: systemClock,
    random: systemRandom,
    sdkFiles: packagedSdkFiles(),
    telemetry: {
      count: (name, labels, by = 1) => {
        if (name === 'tracking_events_total' && 'result' in labels) totals[labels.result] += by
      },
    },
    limits: { lingerMs: 200, bodyGraceMs: 1_000, checkIntervalMs: 200, unknownKeysPerSecond: 1_000 },
  })
  const server = createServer(tracking.serverOptions, (request, response) => {
    if (tracking.handles(request.url)) tracking.handle(request, response)
    else response.writeHead(404, { 'x-other-route': '1', 'content-length': '0' }).end()
  })
  tracking.attach(server)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))

  let readTo = 0
  const stored = { events: 0, rejections: 0, violations: [] as string[] }
  const readOn = (): void => {
    for (;;) {
      const records = log.reader.read(readTo, 1_000)
      for (const record of records) {
        readTo = record.position
        const text = Buffer.from(record.body).toString()
        if (record.kind === 'event') {
          stored.events++
          const violation = violationOf(text)
          if (violation !== undefined) stored.violations.push(violation)
        } else {
          const { counts } = JSON.parse(text) as { counts: Record<string, number> }
          for (const count of Object.values(counts)) stored.rejections += count
        }
      }
      if (records.length === 0) return
    }
  }

  process.on('message', (message) => {
    if (message === 'stop') {
      server.closeAllConnections()
      server.close(() => {
        void log[Symbol.asyncDispose]().then(() => {
          rmSync(directory, { recursive: true, force: true })
          process.disconnect?.()
        })
      })
      return
    }
    readOn()
    if (message === 'collect') collectGarbage()
    const state: ServerState = {
      rssBytes: process.memoryUsage.rss(),
      prototypeKeys: [...Reflect.ownKeys(Object.prototype), ...Reflect.ownKeys(Array.prototype)].map(String),
      accepted: totals.accepted,
      rejected: totals.rejected,
      storedEvents: stored.events,
      storedRejections: stored.rejections,
      violations: stored.violations,
    }
    process.send?.(state)
  })
  process.send?.({ port: (server.address() as AddressInfo).port })
}

await serve()
