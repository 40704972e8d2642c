/**
 * An audience and a computed trait are made when there is a long history: how long it takes to read that, and to tell
 * everybody at Extole, beside a trickle of live events.
 */
import { rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { memoryOf, start } from '../../bench/child.ts'
import { temporaryDirectory } from '../../bench/product.ts'
import { readQuickstart } from '../../src/app/quickstart-file.ts'
import { SqliteLog } from '../../src/log/index.ts'
import { systemClock } from '../../src/ports/index.ts'
import { loadHistory } from './load.ts'
import { historyOf, orders, personName } from './shop.ts'

/** Live events a second. */
const TRICKLE = 20
const SAMPLE = 1_000
const POLL_MS = 250
/** What was sent last is worked through after so long at most. */
const LAST_SECONDS_MAX = 30
/** Bytes of an event in the log and of its part in the state, generously. */
const EVENT_BYTES = 1_500

export interface ScaleOptions {
  readonly people: number
  readonly events: number
  /** Keeps the data here. */
  readonly directory?: string | undefined
  readonly onProgress: (line: string) => void
}

export interface ScaleReport {
  readonly people: number
  readonly events: number
  readonly members: number
  readonly loadSeconds: number
  readonly backfillSeconds: number
  readonly recordsPerSecond: number
  /** Records read and parsed a second, and nothing else. */
  readonly floorPerSecond: number
  readonly firstSyncSeconds: number
  readonly membersPerSecond: number
  readonly liveEvents: number
  readonly peakMb: number | null
  readonly violations: readonly string[]
}

export async function scaleRun({ people, events, directory: kept, onProgress }: ScaleOptions): Promise<ScaleReport> {
  const directory = kept ?? temporaryDirectory()
  const { bavail, bsize } = statfsSync(directory)
  if (bavail * bsize < events * EVENT_BYTES) throw new Error('The disk has too little room for so many events.')
  const environment = {
    GRAPEVINE_DATA: directory,
    GRAPEVINE_PORT: '0',
    GRAPEVINE_EXTOLE_SANDBOX_PORT: 'any',
    GRAPEVINE_LOG_LEVEL: 'error',
  }
  const serve = () => start<{ url: string }>('../bin/grapevine.mjs', ['serve', '--json'], environment)
  try {
    const loadStartMs = performance.now()
    await (await serve())[Symbol.asyncDispose]()
    const found = readQuickstart(directory)
    const source = found?.sources[0]
    if (found === undefined || source === undefined || found.extole === null) throw new Error('there is no quickstart')
    const progress = progressOf('loading events', events, onProgress)
    const history = historyOf({ people, events, endMs: Date.now() - 60_000 })
    await loadHistory({ directory, sourceId: source.id, events: history, total: events, onProgress: progress })
    const loadSeconds = secondsSince(loadStartMs)
    const floorPerSecond = await floorOf(directory)

    await using server = await serve()
    const { publicApiToken, spaceId, destinations, extole } = readQuickstart(directory) ?? found
    if (extole === null) throw new Error('there is no sandbox')
    const destination = destinations.find(({ sourceId }) => sourceId === spaceId)
    if (destination === undefined) throw new Error('the space has no destination')
    const call = callerOf(`${server.ready.url}/api`, publicApiToken)
    await call('PATCH', `/destinations/${destination.id}`, { settings: { adminApiKey: extole.apiKey } })
    const live = startTrickle(server.ready.url, source.writeKey)

    const backfillStartMs = performance.now()
    const definition = { query: "event('Order Completed').within(90 days).count() >= 1" }
    const path = `/spaces/${spaceId}/audiences`
    const made = await call('POST', path, { name: 'Ordered lately', definition, destinationConnections: [] })
    const { id } = made['audience'] as unknown as { id: string }
    const phases = {
      history: progressOf('reading history', events, onProgress),
      people: progressOf('working out people', people, onProgress),
      accounts: progressOf('working out accounts', people, onProgress),
    }
    await until(async () => {
      const { status, progress: part } = (await call('GET', `${path}/${id}`))['audience'] as unknown as Shown
      if (part !== undefined) phases[part.phase](part.done)
      return status === 'Live' || status === 'Awaiting Destinations' || status === 'Not Computing'
    })
    const backfillSeconds = secondsSince(backfillStartMs)

    const syncStartMs = performance.now()
    const loaded = Array.from({ length: people }, (_, person) => person).filter(orders).length
    await call('PATCH', `${path}/${id}`, { destinationConnections: [{ destinationId: destination.id }] })
    const telling = progressOf('telling members', loaded, onProgress)
    const delivered = async () => deliveredOf(await call('GET', '/status'), destination.id)
    await until(async () => {
      const { done, pending } = await delivered()
      telling(done)
      const { syncs } = (await call('GET', `${path}/${id}`))['audience'] as unknown as Shown
      return done >= loaded && pending === 0 && syncs.length === 0
    })
    const firstSyncSeconds = secondsSince(syncStartMs)

    const liveEvents = await live.stop()
    const membersNow = async () => ((await call('GET', `${path}/${id}`))['audience'] as unknown as Shown).size.count
    const deadlineMs = performance.now() + LAST_SECONDS_MAX * 1_000
    await until(async () => (await membersNow()) >= loaded + liveEvents || performance.now() > deadlineMs)
    await until(async () => (await delivered()).pending === 0)
    const members = await membersNow()
    const { conservation } = (await call('GET', '/status')) as unknown as { conservation: { holds: boolean } }
    const violations = [
      ...(conservation.holds ? [] : ['what was received, routed and delivered does not add up']),
      ...(await violationsOf({ people, extole, members, expected: loaded + liveEvents })),
    ]
    return {
      people,
      events,
      members,
      loadSeconds,
      backfillSeconds,
      recordsPerSecond: Math.round(events / backfillSeconds),
      floorPerSecond,
      firstSyncSeconds,
      membersPerSecond: Math.round(loaded / firstSyncSeconds),
      liveEvents,
      peakMb: memoryOf(server.pid)?.peakMb ?? null,
      violations,
    }
  } finally {
    if (kept === undefined) rmSync(directory, { recursive: true, force: true })
  }
}

interface Shown {
  readonly status: string
  readonly size: { readonly count: number }
  readonly syncs: readonly unknown[]
  readonly progress?: { readonly phase: 'history' | 'people' | 'accounts'; readonly done: number }
}

const secondsSince = (startMs: number) => Math.round((performance.now() - startMs) / 10) / 100

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
}

/** Says how far something is, and when it should be done, every five seconds. */
function progressOf(what: string, total: number, say: (line: string) => void): (done: number) => void {
  const startMs = performance.now()
  let saidMs = startMs
  return (done) => {
    const nowMs = performance.now()
    if (nowMs - saidMs < 5_000 || done === 0) return
    saidMs = nowMs
    const leftSeconds = Math.round(((nowMs - startMs) * (total - done)) / done / 1_000)
    say(`${what}: ${done} of ${total}, ${leftSeconds} s left`)
  }
}

function callerOf(url: string, token: string) {
  return async (method: string, path: string, body?: unknown): Promise<Record<string, never>> => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as { data: Record<string, never> }
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
    return answer.data
  }
}

/** New people who order, until stopped. */
function startTrickle(url: string, writeKey: string) {
  let sent = 0
  const sending = new Set<Promise<void>>()
  const timer = setInterval(() => {
    sent += 1
    const userId = `live-${sent}`
    const body = { userId, event: 'Order Completed', messageId: userId, properties: { total: 5 } }
    const call = fetch(`${url}/v1/track`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${writeKey}:`)}` },
      body: JSON.stringify(body),
    }).then((response) => {
      if (response.status !== 200) throw new Error(`a live event was answered ${response.status}`)
    })
    sending.add(call)
    void call.then(() => sending.delete(call))
  }, 1_000 / TRICKLE)
  return {
    async stop(): Promise<number> {
      clearInterval(timer)
      await Promise.all(sending)
      return sent
    },
  }
}

function deliveredOf(status: Record<string, never>, destinationId: string): { done: number; pending: number } {
  const { conservation, destinations } = status as unknown as {
    conservation: { lines: { equation: string; id: string; parts: Record<string, number> }[] }
    destinations: { id: string; number: number }[]
  }
  const number = destinations.find(({ id }) => id === destinationId)?.number
  const parts = conservation.lines.find(({ equation, id }) => equation === 'deliveries' && id === String(number))?.parts
  return { done: parts?.['delivered'] ?? 0, pending: parts?.['pending'] ?? 0 }
}

/** Reads the first million records at most. */
async function floorOf(directory: string): Promise<number> {
  const onFatal = (message: string) => {
    throw new Error(message)
  }
  await using log = await SqliteLog.open({ directory: join(directory, 'log'), clock: systemClock, onFatal })
  const startMs = performance.now()
  let [after, count, fields] = [0, 0, 0]
  for (let page = log.reader.read(after, 1_000); page.length > 0; page = log.reader.read(after, 1_000)) {
    for (const { body } of page) fields += Object.keys(JSON.parse(body)).length
    count += page.length
    after = page.at(-1)?.position ?? after
    if (count >= 1_000_000) break
  }
  if (fields === 0) throw new Error('the log is empty')
  return Math.round(count / ((performance.now() - startMs) / 1_000))
}

async function violationsOf(options: {
  readonly people: number
  readonly extole: { readonly url: string; readonly apiKey: string }
  readonly members: number
  readonly expected: number
}): Promise<string[]> {
  const { people, extole, members, expected } = options
  const violations = members === expected ? [] : [`${members} members in place of ${expected}`]
  const get = async (path: string) => {
    const response = await fetch(extole.url + path, { headers: { authorization: `Bearer ${extole.apiKey}` } })
    return (await response.json()) as never
  }
  const stride = Math.max(1, Math.floor(people / SAMPLE))
  for (let person = 0; person < people; person += stride) {
    const [known] = (await get(`/v5/persons?person_keys=partner_user_id:${personName(person)}`)) as { id: string }[]
    const data = known === undefined ? {} : ((await get(`/v5/persons/${known.id}/data`)) as Record<string, Datum>)
    const value = Object.values(data).find(({ name }) => name === 'ordered_lately')?.value
    const wanted = orders(person) ? true : undefined
    if (value !== wanted) violations.push(`${personName(person)} is ${value} at Extole in place of ${wanted}`)
  }
  return violations
}

interface Datum {
  readonly name: string
  readonly value: unknown
}
