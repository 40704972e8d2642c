/**
 * Programs that use the Public API, at a rate that does not wait for answers: how long one took counts from when it was
 * due. Argument: one JSON object, see `ApiPlan`. Prints `{"ready":true}`, then one line with the figures.
 */
import { Agent, request } from 'node:http'
import { type ApiRequest, type Change, changes, type Data, reads, type Subjects } from './api-requests.ts'

export interface ApiPlan {
  readonly port: number
  readonly token: string
  readonly readsPerSecond: number
  readonly writesPerSecond: number
  /** Readers of the live stream. */
  readonly listeners: number
  readonly seconds: number
  readonly subjects: Subjects
}

export interface Latency {
  readonly requests: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface ApiResult {
  readonly reads: Latency
  readonly writes: Latency
  /** Those that took the longest in the median, slowest first. */
  readonly slowest: readonly (Latency & { readonly kind: string })[]
  /** Answers that were none of what was asked for, by request and status. */
  readonly errors: Readonly<Record<string, number>>
  /** MB that each reader of the live stream got, on average. */
  readonly liveMb: number
}

const TICK_MS = 5
const SLOWEST = 6

const plan = JSON.parse(process.argv[2] ?? '{}') as ApiPlan
const agent = new Agent({ keepAlive: true, maxSockets: 256 })
const headers = { authorization: `Bearer ${plan.token}` }
const headersOfBody = { ...headers, 'content-type': 'application/json' }
const errors = new Map<string, number>()
const latencies = new Map<string, number[]>()

/** @returns `data` of the answer; undefined when it was an error */
function ask(what: ApiRequest, dueMs: number): Promise<Data | undefined> {
  return new Promise((resolve) => {
    const failed = (why: string) => {
      const key = `${what.kind}: ${why}`
      errors.set(key, (errors.get(key) ?? 0) + 1)
      resolve(undefined)
    }
    const { method, path, body } = what
    const to = { agent, host: '127.0.0.1', port: plan.port, method, path }
    const sent = request({ ...to, headers: body === undefined ? headers : headersOfBody }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => {
        const known = latencies.get(what.kind)
        const tookMs = performance.now() - dueMs
        if (known === undefined) latencies.set(what.kind, [tookMs])
        else known.push(tookMs)
        if (response.statusCode !== 200 && response.statusCode !== 201) {
          return failed(`${response.statusCode} ${text.slice(0, 200)}`)
        }
        resolve(method === 'POST' ? (JSON.parse(text) as { data: Data }).data : {})
      })
    })
    sent.on('error', ({ message }) => failed(message))
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

let liveBytes = 0
function listen(): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: plan.port, path: '/api/live', headers }, (response) => {
      response.on('data', (chunk: Buffer) => {
        liveBytes += chunk.length
      })
      response.on('error', () => {})
      resolve(() => sent.destroy())
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** Changes whose last request was answered and that have another one to send, oldest first. */
const waiting: { readonly done: () => void }[] = []
const underWay = new Set<Promise<void>>()
let begun = 0

const nextTurn = () => new Promise<void>((done) => waiting.push({ done }))

/** From what a change makes to its removal, each request when its turn comes. */
async function run({ idOf, after }: Change, created: Data, number: number, dueOf: () => number): Promise<void> {
  for (const what of after(idOf(created, number), number)) {
    await nextTurn()
    await ask(what, dueOf())
  }
}

const all = changes(plan.subjects)
let writeDueMs = 0

/** The request that is due: of a change that is under way, or else of the next one. */
function write(dueMs: number): void {
  writeDueMs = dueMs
  const next = waiting.shift()
  if (next === undefined) begin(dueMs)
  else next.done()
}

function begin(dueMs: number): void {
  const number = begun
  begun += 1
  const chosen = all[number % all.length]
  if (chosen === undefined) return
  const whole = ask(chosen.create(number), dueMs)
    .then((created) => (created === undefined ? undefined : run(chosen, created, number, () => writeDueMs)))
    .finally(() => underWay.delete(whole))
  underWay.add(whole)
}

function latencyOf(kinds: readonly string[]): Latency {
  const sorted = kinds.flatMap((kind) => latencies.get(kind) ?? []).sort((a, b) => a - b)
  const at = (share: number) => Number((sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(2))
  return { requests: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99) }
}

const stops = await Promise.all(Array.from({ length: plan.listeners }, listen))
console.log(JSON.stringify({ ready: true }))
const read = reads(plan.subjects)
const startedMs = performance.now()
const pending = new Set<Promise<unknown>>()
let [readsBegun, writesBegun] = [0, 0]
for (;;) {
  const elapsedMs = performance.now() - startedMs
  if (elapsedMs > plan.seconds * 1_000) break
  for (; (readsBegun / plan.readsPerSecond) * 1_000 <= elapsedMs; readsBegun += 1) {
    const dueMs = startedMs + (readsBegun / plan.readsPerSecond) * 1_000
    const whole = ask(read(readsBegun), dueMs).finally(() => pending.delete(whole))
    pending.add(whole)
  }
  for (; (writesBegun / plan.writesPerSecond) * 1_000 <= elapsedMs; writesBegun += 1) {
    write(startedMs + (writesBegun / plan.writesPerSecond) * 1_000)
  }
  await new Promise((resolve) => setTimeout(resolve, TICK_MS))
}
await Promise.all(pending)
const measured = [...latencies.keys()]
const result: ApiResult = {
  reads: latencyOf(measured.filter((kind) => kind.startsWith('GET'))),
  writes: latencyOf(measured.filter((kind) => !kind.startsWith('GET'))),
  slowest: measured
    .map((kind) => ({ kind, ...latencyOf([kind]) }))
    .sort((a, b) => b.p50Ms - a.p50Ms)
    .slice(0, SLOWEST),
  errors: Object.fromEntries(errors),
  liveMb: plan.listeners === 0 ? 0 : Math.round(liveBytes / plan.listeners / 1_024 ** 2),
}
for (const stop of stops) stop()
// What was begun is undone, so that the next round finds what this one found.
while (underWay.size > 0) {
  waiting.shift()?.done()
  await new Promise((resolve) => setTimeout(resolve, TICK_MS))
}
agent.destroy()
console.log(JSON.stringify(result))
