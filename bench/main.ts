/**
 * `npm run bench`: each path beside its floor in the same run, medians of several rounds, because this is about ratios
 * and machines are noisy. `--quick` is a short form; `--only ingest,relay` picks paths.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { besideApi } from './api.ts'
import { memoryOf, processorMsOf, start } from './child.ts'
import type { EngagePlan, EngageResult } from './engage-load.ts'
import type { LoadPlan, LoadResult } from './load.ts'
import { preload } from './preload.ts'
import { type Product, startProduct, temporaryDirectory } from './product.ts'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    profiles: { type: 'string', default: '10000,100000' },
    help: { type: 'boolean', default: false },
  },
})
if (options.help) {
  console.log(
    'node bench/main.ts [--quick] [--json] [--rounds N] [--only single,batch,relay,million,pace,api,idle,engage,sync] [--profiles 10000,100000]',
  )
  process.exit(0)
}
const rounds = Number(options.rounds ?? (options.quick ? 1 : 5))
const scale = options.quick ? 0.2 : 1
const wanted = new Set(options.only?.split(',') ?? ['single', 'batch', 'relay', 'million', 'pace', 'idle'])

interface Line {
  readonly path: string
  readonly product: number
  readonly floor: number | null
  readonly ratio: number | null
  readonly unit: string
  readonly target: string
  readonly note: string
}

const lines: Line[] = []
const basic = (key: string) => `Basic ${Buffer.from(`${key}:`).toString('base64')}`
const count = (events: number) => Math.round((events * scale) / 100) * 100

const SINGLE = {
  connections: 64,
  events: count(60_000),
  warmup: count(20_000),
  batch: 1,
  users: 5_000,
  requestsPerSecond: 0,
}
const BATCH = {
  connections: 16,
  events: count(400_000),
  warmup: count(100_000),
  batch: 100,
  users: 5_000,
  requestsPerSecond: 0,
}
const RELAY = {
  connections: 4,
  events: count(50_000),
  warmup: count(10_000),
  batch: 100,
  users: 5_000,
  requestsPerSecond: 0,
}

async function load(plan: LoadPlan): Promise<LoadResult> {
  await using generator = await start('load.ts', [JSON.stringify(plan)])
  const result = await generator.line<LoadResult>()
  if (result.failures > 0) throw new Error(`${result.failures} requests were not answered 200`)
  return result
}

async function ingestFloor(shape: Shape): Promise<LoadResult> {
  const directory = temporaryDirectory()
  try {
    await using floor = await start<{ port: number }>('floors/ingest.ts', [
      join(directory, 'floor.db'),
      shape.batch === 1 ? 'single' : 'batch',
    ])
    return await load({ ...shape, port: floor.ready.port, path: '/', authorization: 'none' })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function ingest(shape: Shape) {
  await using product = await startProduct({ directory: temporaryDirectory() })
  const path = shape.batch === 1 ? '/v1/track' : '/v1/batch'
  const startedMs = performance.now()
  const result = await load({ ...shape, port: product.port, path, authorization: basic(product.idleKey) })
  await caughtUp(product)
  const caughtUpSeconds = (performance.now() - startedMs) / 1_000
  return {
    ...result,
    caughtUpPerSecond: Math.round(shape.events / caughtUpSeconds),
    memory: memoryOf(product.child.pid),
  }
}

/** Milliseconds that a server is left alone before it is looked at, and for how long it is. */
const IDLE_MS = { settle: 5_000, measured: 20_000 }

async function idle() {
  await using product = await startProduct({ directory: temporaryDirectory() })
  const { pid } = product.child
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS.settle))
  const before = processorMsOf(pid)
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS.measured))
  return {
    memory: memoryOf(pid),
    catalog: product.destinationsInCatalog,
    percent: ((processorMsOf(pid) - before) / IDLE_MS.measured) * 100,
  }
}

async function caughtUp(product: Product): Promise<void> {
  for (;;) {
    const { log } = (await product.call('GET', '/api/status')) as unknown as { log: { behind: number } }
    if (log.behind === 0) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Every event changes who is in an audience. */
async function sync() {
  const shape = {
    connections: 64,
    events: count(40_000),
    warmup: count(10_000),
    batch: 1,
    users: 0,
    requestsPerSecond: 1_000,
  }
  await using sink = await start<{ port: number }>('sync-sink.ts', [String(shape.events), String(shape.warmup)])
  await using product = await startProduct({ directory: temporaryDirectory(), sinkPort: sink.ready.port })
  await product.makeAudience('Clicked', "event('Button Clicked').count() >= 1")
  const [latency] = await Promise.all([
    sink.line<{ p50Ms: number; p99Ms: number }>(),
    load({ ...shape, port: product.port, path: '/v1/track', authorization: basic(product.idleKey) }),
  ])
  return { ...latency, memory: memoryOf(product.child.pid) }
}

async function engage(
  file: 'engage.ts' | 'evaluation.ts' | 'floors/engage.ts',
  profiles: number,
): Promise<EngageResult> {
  const directory = temporaryDirectory()
  try {
    const plan: EngagePlan = {
      file: join(directory, 'engage.db'),
      profiles,
      active: Math.min(profiles, count(10_000)),
      events: count(50_000),
      warmup: count(20_000),
    }
    await using program = await start(file, [JSON.stringify(plan)])
    return await program.line<EngageResult>()
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

type Shape = Omit<LoadPlan, 'port' | 'path' | 'authorization'>

const startSink = (shape: Shape) => start<{ port: number }>('sink.ts', [String(shape.events), String(shape.warmup)])

async function relayFloor(shape: Shape): Promise<number> {
  const directory = temporaryDirectory()
  try {
    await using sink = await startSink(shape)
    await using floor = await start<{ port: number }>('floors/relay.ts', [
      join(directory, 'floor.db'),
      String(sink.ready.port),
    ])
    const [{ seconds }] = await Promise.all([
      sink.line<{ seconds: number }>(),
      load({ ...shape, port: floor.ready.port, path: '/', authorization: 'none' }),
    ])
    return Math.round((shape.events - shape.warmup) / seconds)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function relay(shape: Shape, dedupRows: number) {
  await using sink = await startSink(shape)
  const directory = temporaryDirectory()
  if (dedupRows > 0) {
    const first = await startProduct({ directory })
    await first.child[Symbol.asyncDispose]()
    preload(directory, dedupRows)
  }
  await using product = await startProduct({ directory, sinkPort: sink.ready.port })
  const [{ seconds }] = await Promise.all([
    sink.line<{ seconds: number }>(),
    load({ ...shape, port: product.port, path: '/v1/batch', authorization: basic(product.extoleKey) }),
  ])
  return {
    perSecond: Math.round((shape.events - shape.warmup) / seconds),
    memory: memoryOf(product.child.pid),
  }
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
const memoryText = (memory: ReturnType<typeof memoryOf>) =>
  memory === null ? '' : `memory ${memory.nowMb} MB, peak ${memory.peakMb} MB`

function report(
  path: string,
  product: readonly number[],
  floor: readonly number[],
  target: string,
  note: string,
  unit = 'events/s',
): void {
  const [ours, least] = [median(product), floor.length === 0 ? null : median(floor)]
  const ratio = least === null ? null : Number((ours / least).toFixed(2))
  lines.push({ path, product: ours, floor: least, ratio, unit, target, note })
  if (!options.json) {
    const beside = least === null ? '' : `, floor ${least} ${unit}, ratio ${ratio}`
    console.log(`${path}: ${ours} ${unit}${beside}. Target ${target}. ${note}`)
  }
}

async function everyRound<T>(run: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let round = 0; round < rounds; round++) results.push(await run())
  return results
}

let halfLoad = 1_000
if (wanted.has('single') || wanted.has('pace') || wanted.has('api')) {
  const pairs = await everyRound(async () => ({ floor: await ingestFloor(SINGLE), ours: await ingest(SINGLE) }))
  const ours = pairs.map((pair) => pair.ours)
  halfLoad = Math.round(median(ours.map((each) => each.eventsPerSecond)) / 2)
  report(
    'ingest, one event a request, 64 connections',
    ours.map((each) => each.eventsPerSecond),
    pairs.map((pair) => pair.floor.eventsPerSecond),
    '≥ 0.7 × floor',
    `p99 ${median(ours.map((each) => each.p99Ms))} ms; ${memoryText(ours.at(-1)?.memory ?? null)}`,
  )
}
if (wanted.has('pace')) {
  const paced = await everyRound(() =>
    ingest({ ...SINGLE, events: Math.min(SINGLE.events, halfLoad * 5), requestsPerSecond: halfLoad }),
  )
  report(
    `ingest at half of that load (${halfLoad}/s), p99`,
    paced.map((each) => each.p99Ms),
    [],
    '< 25 ms',
    `p50 ${median(paced.map((each) => each.p50Ms))} ms`,
    'ms',
  )
}
if (wanted.has('api')) {
  const seconds = options.quick ? 3 : 15
  const events = halfLoad * seconds
  const paced = { ...SINGLE, events, warmup: Math.round(events / 10), requestsPerSecond: halfLoad }
  const all = await besideApi({
    rounds,
    seconds,
    ingest: (product) =>
      load({ ...paced, port: product.port, path: '/v1/track', authorization: basic(product.idleKey) }),
    send: (product, { events, users }) =>
      load({
        ...BATCH,
        events,
        users,
        warmup: 0,
        port: product.port,
        path: '/v1/batch',
        authorization: basic(product.extoleKey),
      }),
  })
  const alone = all.map((round) => round.alone.p99Ms)
  const figures = (results: readonly LoadResult[]) =>
    `p50 ${median(results.map(({ p50Ms }) => p50Ms))} ms, latest ${Math.max(...results.map(({ maxMs }) => maxMs))} ms`
  for (const [path, load] of [
    [`ingest at half of that load (${halfLoad}/s) beside 200 reads and 20 changes a second over the API, p99`, 'api'],
    [`the same beside 20 readers of the live stream, p99`, 'live'],
  ] as const) {
    const beside = all.map((round) => round[load])
    const ofApi = beside.map((each) => each.ofApi)
    const errors = Object.entries(Object.assign({}, ...ofApi.map((each) => each.errors)))
    const of = (kind: 'reads' | 'writes') => {
      const [p50, p99] = [ofApi.map((each) => each[kind].p50Ms), ofApi.map((each) => each[kind].p99Ms)]
      return `${kind} p50 ${median(p50)} ms, p99 ${median(p99)} ms`
    }
    const slowest = ofApi.at(-1)?.slowest.map(({ kind, p50Ms }) => `${kind} ${p50Ms} ms`) ?? []
    report(
      path,
      beside.map(({ p99Ms }) => p99Ms),
      alone,
      '≤ 2 × alone, which stands here as floor',
      `${figures(beside)}; alone ${figures(all.map((round) => round.alone))}; ` +
        (load === 'api'
          ? `${of('reads')}; ${of('writes')}; slowest by p50: ${slowest.join(', ')}`
          : `each got ${ofApi.at(-1)?.liveMb} MB`) +
        `; errors: ${errors.length === 0 ? 'none' : JSON.stringify(errors)}`,
      'ms',
    )
  }
}
if (wanted.has('batch')) {
  const pairs = await everyRound(async () => ({ floor: await ingestFloor(BATCH), ours: await ingest(BATCH) }))
  const ours = pairs.map((pair) => pair.ours)
  report(
    'ingest, batches of 100, no destination',
    ours.map((each) => each.eventsPerSecond),
    pairs.map((pair) => pair.floor.eventsPerSecond),
    '≥ 60,000 events/s and ≥ 0.6 × floor',
    `worked through at ${median(ours.map((each) => each.caughtUpPerSecond))} events/s; ${memoryText(ours.at(-1)?.memory ?? null)}`,
  )
}
if (wanted.has('relay') || wanted.has('million')) {
  const floors = await everyRound(() => relayFloor(RELAY))
  if (wanted.has('relay')) {
    const ours = await everyRound(() => relay(RELAY, 0))
    report(
      'end to end, a request an event, 5,000 users',
      ours.map((each) => each.perSecond),
      floors,
      '≥ 0.65 × floor',
      memoryText(ours.at(-1)?.memory ?? null),
    )
  }
  if (wanted.has('million')) {
    const ours = await everyRound(() => relay({ ...RELAY, users: 1_000_000 }, options.quick ? 200_000 : 2_000_000))
    report(
      'end to end, 1,000,000 users, v4 messageIds, 2,000,000 dedup rows',
      ours.map((each) => each.perSecond),
      floors,
      '≥ 0.5 × floor',
      memoryText(ours.at(-1)?.memory ?? null),
    )
  }
}
if (wanted.has('idle')) {
  const all = await everyRound(idle)
  const text = all.map(({ percent }) => percent.toFixed(2)).join(', ')
  report(
    'idle',
    all.map(({ memory }) => memory?.nowMb ?? 0),
    [],
    '< 200 MB and < 1 % of a core',
    `${text} % of a core; ${all.at(-1)?.catalog} destinations in the catalog`,
    'MB',
  )
}
if (wanted.has('engage')) {
  const alone = await everyRound(() => engage('evaluation.ts', count(10_000)))
  report(
    'live evaluation alone, 50 definitions of which an event touches 5, by processor time',
    alone.map((each) => each.perCoreSecond),
    [],
    '≥ 15,000 events/s on one core',
    'documents of profiles in memory',
  )
  const first: number[] = []
  for (const profiles of options.profiles.split(',').map(Number)) {
    const pairs = await everyRound(async () => ({
      floor: await engage('floors/engage.ts', profiles),
      ours: await engage('engage.ts', profiles),
    }))
    const ours = pairs.map((pair) => pair.ours)
    const perCoreSecond = median(ours.map((each) => each.perCoreSecond))
    first.push(perCoreSecond)
    report(
      `the same with profiles stored, ${profiles} of them`,
      ours.map((each) => each.perCoreSecond),
      pairs.map((pair) => pair.floor.perCoreSecond),
      '≥ 15,000 events/s on one core',
      `${median(ours.map((each) => each.perSecond))} events/s by the clock; ` +
        `${(perCoreSecond / (first[0] ?? perCoreSecond)).toFixed(2)} × the first; ` +
        `peak ${Math.max(...ours.map((each) => each.peakMb))} MB`,
    )
  }
}
if (wanted.has('sync')) {
  const all = await everyRound(sync)
  report(
    'change to identify at a destination, 1,000 changes a second, p50',
    all.map(({ p50Ms }) => p50Ms),
    [],
    'p50 < 100 ms, p99 < 1,000 ms, memory < 700 MB',
    `p99 ${median(all.map(({ p99Ms }) => p99Ms))} ms; ${memoryText(all.at(-1)?.memory ?? null)}`,
    'ms',
  )
}
if (options.json) console.log(JSON.stringify({ rounds, quick: options.quick, lines }))
