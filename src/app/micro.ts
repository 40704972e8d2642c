/**
 * `grapevine micro`: the Tracking API and the decisions of the pipeline in memory, for tests of other people's
 * programs. Nothing is written to disk and nothing is sent: it answers what would have been.
 */
import { createServer, type ServerResponse } from 'node:http'
import { type TriedDestination, tryEvent } from '../connections/index.ts'
import { MemoryLog } from '../log/index.ts'
import { type NormalisedEvent, REJECT_REASONS, type RejectedReport, type RejectReason } from '../spec/index.ts'
import { createTracking, packagedSdkFiles } from '../tracking/index.ts'
import { closeServer } from './close-server.ts'
import { type Destinations, openDestinations } from './destinations.ts'
import { type MicroConfig, parseMicroConfig } from './micro-config.ts'
import { loadOwnDestinations } from './own-destinations.ts'
import { takenSlugs } from './segment-catalog.ts'
import { ports } from './state.ts'

/** What one run may hold, in characters of its events. Then it answers 503 until it is reset. */
export const MICRO_CHARS_MAX = 64 * 1024 ** 2

export interface MicroOptions {
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
  /** What the configuration file holds; undefined for none. */
  readonly file: unknown
  /** Where Segment's destinations are installed. */
  readonly segmentCatalog: string
  /** The folder of one's own destinations; undefined for none. */
  readonly ownDestinations: string | undefined
}

export interface Micro extends AsyncDisposable {
  readonly url: string
  readonly writeKey: string
}

/**
 * @throws MicroConfigError whose message has a line for each mistake in the file and each own destination that is broken
 * @throws GateError when there is no folder of own destinations where it should be
 */
export async function startMicro(options: MicroOptions): Promise<Micro> {
  const { host, port, file, segmentCatalog } = options
  // Nothing is sent from here, so no address has to be allowed.
  const own = await loadOwnDestinations({
    directory: options.ownDestinations,
    egressAllow: [],
    taken: takenSlugs(segmentCatalog),
  })
  const destinations = openDestinations({ egressAllow: [], segmentCatalog, ownDestinations: own.described })
  try {
    const parsed = parseMicroConfig(file, destinations.catalog)
    const problems = [...own.problems, ...('problems' in parsed ? parsed.problems : [])]
    if ('problems' in parsed || problems.length > 0) throw new MicroConfigError(problems.join('\n'))
    return await listen(parsed.config, destinations, host, port)
  } catch (error) {
    await destinations[Symbol.asyncDispose]()
    throw error
  }
}

export class MicroConfigError extends Error {
  override readonly name = 'MicroConfigError'
}

async function listen(config: MicroConfig, destinations: Destinations, host: string, port: number): Promise<Micro> {
  const log = new MemoryLog({ charsMax: MICRO_CHARS_MAX })
  const results = new Results(log, config, destinations)
  const [writeKey = ''] = config.source.writeKeys
  const tracking = createTracking({
    log,
    sources: {
      find: (key) => (key === writeKey ? { status: 'found', source: config.source } : { status: 'unknown' }),
    },
    ...ports,
    telemetry: { count() {} },
    sdkFiles: packagedSdkFiles(),
  })
  const server = createServer(tracking.serverOptions, (request, response) => {
    if (tracking.handles(request.url)) return tracking.handle(request, response)
    void answer(results, request.method ?? '', request.url ?? '', response)
  })
  tracking.attach(server)
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  const address = server.address()
  const listening = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${listening}`,
    writeKey,
    async [Symbol.asyncDispose]() {
      await closeServer(server, ports.clock, () => new Promise((resolve) => server.close(() => resolve())))
      await destinations[Symbol.asyncDispose]()
    },
  }
}

async function answer(results: Results, method: string, url: string, response: ServerResponse): Promise<void> {
  const path = url.split('?')[0]
  const send = (status: number, value: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(value)}\n`)
  if (path === '/micro/reset' && method === 'POST') results.reset()
  await results.catchUp()
  const views: Record<string, () => unknown> = {
    '/micro/all': () => results.totals(),
    '/micro/reset': () => results.totals(),
    '/micro/good': () => results.good,
    '/micro/bad': () => results.bad,
    '/micro/filtered': () => results.filtered(),
    '/micro/requests': () => results.requests(),
  }
  const view = path !== undefined && Object.hasOwn(views, path) ? views[path] : undefined
  if (view === undefined) return void send(404, { error: `There is ${Object.keys(views).join(', ')}.` })
  if (path === '/micro/reset' && method !== 'POST') return void send(405, { error: 'Use POST.' })
  send(200, view())
}

interface Good {
  readonly event: NormalisedEvent
  readonly destinations: readonly TriedDestination[]
}

/** `events` are those kept as samples, as received: at most three of a request. */
interface Bad {
  readonly reason: string
  readonly why: string
  readonly count: number
  readonly events: readonly string[]
}

/** What became of everything in the log, worked out when somebody asks. */
class Results {
  readonly #log: MemoryLog
  readonly #config: MicroConfig
  readonly #destinations: Destinations
  readonly #seen = new Set<string>()
  good: Good[] = []
  bad: Bad[] = []
  #duplicates = 0
  #position = 0
  #work: Promise<void> = Promise.resolve()

  constructor(log: MemoryLog, config: MicroConfig, destinations: Destinations) {
    this.#log = log
    this.#config = config
    this.#destinations = destinations
  }

  /** Resolves when all that was acknowledged before the call is worked out. */
  catchUp(): Promise<void> {
    this.#work = this.#work.then(() => this.#run(this.#log.end.end()))
    return this.#work
  }

  reset(): void {
    this.#log.clear()
    this.#seen.clear()
    this.good = []
    this.bad = []
    this.#duplicates = 0
    this.#position = this.#log.end.end()
  }

  totals() {
    const bad = this.bad.reduce((sum, { count }) => sum + count, 0)
    const good = this.good.length
    return {
      total: good + bad + this.#duplicates,
      good,
      bad,
      duplicates: this.#duplicates,
      filtered: this.filtered().length,
      requests: this.requests().length,
    }
  }

  filtered() {
    return this.good.flatMap(({ event: { messageId }, destinations }) =>
      destinations
        .filter((each) => each.filtered !== null)
        .map(({ destinationId, name, filtered, why }) => ({
          messageId,
          destinationId,
          destination: name,
          reason: filtered,
          why,
        })),
    )
  }

  /** `problem` says why a mapping made no request. */
  requests() {
    return this.good.flatMap(({ event: { messageId }, destinations }) =>
      destinations.flatMap(({ destinationId, name, mappings }) =>
        mappings.map(({ name: mapping, request, payload, problem }) => ({
          messageId,
          destinationId,
          destination: name,
          mapping,
          request,
          payload,
          problem,
        })),
      ),
    )
  }

  async #run(to: number): Promise<void> {
    while (this.#position < to) {
      const [record] = this.#log.reader.read(this.#position, 1)
      if (record === undefined) return
      this.#position = record.position
      const { good, bad } = this
      if (record.kind === 'rejected') bad.push(...badOf(JSON.parse(record.body)))
      else if (record.kind === 'event') {
        const event = JSON.parse(record.body) as NormalisedEvent
        if (this.#seen.has(event.messageId)) this.#duplicates += 1
        else {
          this.#seen.add(event.messageId)
          good.push({ event, destinations: await this.#try(event) })
        }
      }
    }
  }

  #try(event: NormalisedEvent): Promise<TriedDestination[]> {
    const { source, destinations } = this.#config
    return Promise.all(
      destinations.map((instance) =>
        tryEvent(this.#destinations, { event, instance, sourceKind: source.kind, send: false }),
      ),
    )
  }
}

function badOf({ counts, samples }: RejectedReport): Bad[] {
  return Object.entries(counts).map(([reason, count]) => ({
    reason,
    why: REJECT_REASONS[reason as RejectReason] ?? reason,
    count,
    events: samples.filter((sample) => sample.reason === reason).map(({ event }) => event),
  }))
}
