/** What the tests of this folder are made of: real stores, a real destination server, events with fixed fields. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  Catalog,
  createHttpClient,
  createRunner,
  findBuiltIn,
  parseEgressAllow,
  presetsOf,
} from '../destinations/index.ts'
import { type NewRecord, SqliteLog } from '../log/index.ts'
import { systemClock, systemRandom } from '../ports/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import { migrate, openSqliteState, pipelineMigrations, SqlitePipelineState } from '../state/index.ts'
import type { ConfigSnapshot, DestinationInstance } from '../workspace/index.ts'
import { actionsAttempts } from './actions-attempts.ts'
import type { DispatcherTelemetry } from './dispatcher.ts'
import { createKeyedHash } from './keyed-hash.ts'
import { catalogKinds } from './kinds.ts'
import { type EventOutcome, OutcomeFeed } from './outcome-feed.ts'
import { outboxRecord } from './people.ts'
import { Pipeline } from './pipeline.ts'

export const SOURCE = 'src_1'

export function anEvent(over: Partial<NormalisedEvent> & Record<string, unknown> = {}): NormalisedEvent {
  return {
    type: 'track',
    event: 'Button Clicked',
    messageId: 'm1',
    userId: 'u1',
    properties: {},
    context: {},
    integrations: {},
    timestamp: '2026-01-02T03:04:05.678Z',
    originalTimestamp: '2026-01-02T03:04:05.678Z',
    sentAt: '2026-01-02T03:04:05.678Z',
    receivedAt: '2026-01-02T03:04:05.678Z',
    channel: 'server',
    projectId: SOURCE,
    version: 2,
    ...over,
  } as NormalisedEvent
}

export function eventRecord(event: NormalisedEvent): NewRecord {
  return { kind: 'event', sourceId: SOURCE, body: Buffer.from(JSON.stringify(event)) }
}

/** The Extole Platform with its presets. */
export function anInstance(over: Partial<DestinationInstance> = {}): DestinationInstance {
  const entry = findBuiltIn('extole-platform')
  if (entry === undefined) throw new Error('the catalog lacks extole-platform')
  const number = over.number ?? 1
  return {
    id: `dst_${number}`,
    number,
    sourceId: SOURCE,
    kind: 'extole-platform',
    name: 'Extole Platform',
    enabled: true,
    settings: { apiKey: 'key-of-the-test' },
    startPosition: 0,
    subscriptions: presetsOf(entry.definition).map((preset, index) => ({
      id: `sub_${number}_${index}`,
      number: number * 10 + index,
      enabled: true,
      ...preset,
    })),
    ...over,
  }
}

let versions = 0

export function aConfig(...instances: DestinationInstance[]): ConfigSnapshot {
  versions += 1
  const source = { id: SOURCE, slug: 's', name: 's', kind: 'node', enabled: true, writeKeys: [] }
  return {
    version: versions,
    spaces: [],
    sources: new Map([[SOURCE, source]]),
    destinations: new Map(instances.map((instance) => [instance.id, instance])),
    destinationsBySource: Map.groupBy(instances, (instance) => instance.sourceId),
  }
}

export interface Received {
  readonly path: string
  readonly authorization: string
  readonly body: { event_name?: string; data?: Record<string, unknown>; partner_user_id?: string }
  readonly atMs: number
}

export type Answer = (request: Received, response: ServerResponse) => void

export const ok: Answer = (_, response) => response.end('{"event_id":"1","status":"COMPLETED"}')

export const status =
  (code: number, headers: Record<string, string> = {}, body = '{"code":"test"}'): Answer =>
  (_, response) =>
    response.writeHead(code, headers).end(body)

export interface Destination extends AsyncDisposable {
  readonly url: string
  readonly received: readonly Received[]
  /** How requests are answered from now on. */
  answer: Answer
}

/** A server that keeps what it got and answers as told. */
export async function aDestination(): Promise<Destination> {
  const received: Received[] = []
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { url = '', headers } = request
    const body = JSON.parse(Buffer.concat(chunks).toString())
    const one = { path: url, authorization: headers.authorization ?? '', body, atMs: systemClock.nowMs() }
    received.push(one)
    destination.answer(one, response)
  }
  const server = createServer((request, response) => void handle(request, response).catch(() => response.destroy()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const destination: Destination = {
    url: `http://127.0.0.1:${port}`,
    received,
    answer: ok,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return destination
}

export interface Running extends AsyncDisposable {
  readonly log: SqliteLog
  readonly state: SqlitePipelineState
  readonly pipeline: Pipeline
  /** Names of what the telemetry was told, in order. */
  readonly told: readonly string[]
  /** What became of events, in the order told. */
  readonly seen: readonly EventOutcome[]
  send(...events: NormalisedEvent[]): Promise<void>
  /** Resolves when the log is worked through and nothing is pending. */
  drained(): Promise<void>
  /** The same data in a new process. */
  restart(config: ConfigSnapshot): Promise<Running>
}

export async function startPipeline(
  config: ConfigSnapshot,
  directory?: string,
  catalog: Catalog = new Catalog(),
): Promise<Running> {
  const home = directory ?? mkdtempSync(join(tmpdir(), 'grapevine-pipeline-'))
  const onFatal = (error: unknown) => {
    throw error
  }
  const log = await SqliteLog.open({ directory: join(home, 'log'), clock: systemClock, onFatal })
  const db = openSqliteState({ file: join(home, 'state.db') })
  await migrate(db, pipelineMigrations)
  const state = new SqlitePipelineState(db)
  const { allow } = parseEgressAllow(portsOf(config).map((port) => `127.0.0.1:${port}`))
  const http = createHttpClient({ clock: systemClock, egress: { ports: [443], allowHttp: false, allow } })
  const told: string[] = []
  const telemetry: DispatcherTelemetry = {
    attempted: (_, verdict) => told.push(verdict),
    held: (reason) => told.push(`held ${reason}`),
    released: (cause) => told.push(`released ${cause}`),
    breakerOpened: () => told.push('breaker opened'),
    breakerClosed: () => told.push('breaker closed'),
  }
  const seen: EventOutcome[] = []
  const outcomes = new OutcomeFeed(systemClock, (told) => seen.push(...told))
  outcomes.want(true)
  // As the main thread does it, one after the other.
  let appending = Promise.resolve()
  const appendOutbox = async () => {
    for (;;) {
      const items = await state.people.outbox(500)
      const last = items.at(-1)
      if (last === undefined) return
      await log.append(items.map(outboxRecord))
      await pipeline.appended(last.number)
    }
  }
  const pipeline = new Pipeline({
    state,
    log: log.reader,
    end: log.end,
    hash: createKeyedHash(Buffer.alloc(32, 1)),
    config,
    attempts: actionsAttempts(catalog, createRunner({ http }), systemClock),
    clock: systemClock,
    random: systemRandom,
    kindOf: catalogKinds(catalog),
    isIngestBusy: () => false,
    telemetry,
    outcomes,
    onOutbox: () => {
      appending = appending.then(appendOutbox)
    },
    onFatal,
  })
  await pipeline.start()
  const stop = async () => {
    // Else what is in the log already would be appended to it once more: kills are tested elsewhere.
    await appending
    await pipeline.stop()
    await http.close()
    await db.close()
    await log[Symbol.asyncDispose]()
  }
  return {
    log,
    state,
    pipeline,
    told,
    seen,
    async send(...events) {
      await log.append(events.map(eventRecord))
    },
    async drained() {
      while (pipeline.offset < log.reader.end() || (await state.pending()).size > 0) {
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
    async restart(next) {
      await stop()
      return startPipeline(next, home, catalog)
    },
    async [Symbol.asyncDispose]() {
      await stop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

function portsOf(config: ConfigSnapshot): string[] {
  return [...config.destinations.values()].flatMap(({ settings }) => {
    const url = settings['apiBaseUrl']
    return typeof url === 'string' ? [new URL(url).port] : []
  })
}
