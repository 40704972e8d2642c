/**
 * Sends a fixed number of events of each user to two destinations that misbehave, kills the product again and again
 * meanwhile, and looks whether each destination saw each event, and each user's events in order. Then takes one
 * destination down and looks whether the other notices.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Chance } from '../fuzz/chance.ts'
import { readLedger, readLog } from '../kill/aftermath.ts'
import { check, toExplain, type Verdict, type Violation } from '../kill/check.ts'
import { Load } from '../kill/load.ts'
import { Product } from '../kill/product.ts'
import { Scratch } from '../kill/scratch.ts'
import { ServerProcess } from '../kill/server-process.ts'
import { type Fault, Sink } from '../kill/sink.ts'
import { type Isolation, measureIsolation } from './isolation.ts'

/** How long it serves between two kills, in milliseconds. */
const SERVE_MS = { min: 200, max: 1_500 }
/** Events acked and not yet delivered to both, for each user: lanes are deep, and the run has an end. */
const BACKLOG_PER_USER_MAX = 20
/** A run that is not over after this long has failed, in milliseconds: for the whole, for each kill, for each user's event. */
const RUN_MS_MAX = { base: 240_000, perKill: 20_000, perEvent: 6_000 }
/** Between two looks, in milliseconds. */
const LOOK_MS = 20

export interface OrderRunOptions {
  readonly users: number
  readonly eventsPerUser: number
  readonly kills: number
  /** 0 to 1 */
  readonly faultRate: number
  readonly seed: number
  /** Faults that one event meets, after which it gets through. No bound by default: waits grow with each. */
  readonly faultsPerEventMax?: number
  /** How long each part of the comparison of delays lasts, in milliseconds; without it nothing is compared. */
  readonly isolationMs?: number
  readonly onProgress?: (progress: OrderProgress) => void
}

export interface OrderProgress {
  readonly phase: 'kills' | 'drain' | 'isolation'
  readonly kills: number
  readonly acked: number
  /** Distinct deliveries carried out, of both destinations. */
  readonly handled: number
  readonly elapsedMs: number
}

export interface DestinationReport {
  readonly figures: Verdict['figures']
  readonly requests: number
  readonly faults: Readonly<Partial<Record<Fault, number>>>
  readonly lost: number
  readonly outOfOrder: number
}

export interface OrderReport {
  readonly seed: number
  readonly users: number
  readonly eventsPerUser: number
  readonly kills: number
  readonly destinations: readonly DestinationReport[]
  readonly isolation: Isolation | null
  readonly durationMs: number
  readonly violations: readonly Violation[]
}

export async function orderRun(options: OrderRunOptions): Promise<OrderReport> {
  using scratch = new Scratch('order')
  const directory = join(scratch.path, 'data')
  const { users, eventsPerUser, kills, faultRate, seed, faultsPerEventMax, isolationMs, onProgress } = options
  const startedMs = performance.now()
  const deadline = AbortSignal.timeout(
    RUN_MS_MAX.base + kills * RUN_MS_MAX.perKill + eventsPerUser * RUN_MS_MAX.perEvent,
  )
  const chance = new Chance(seed)
  const faults = { faultRate, ...(faultsPerEventMax === undefined ? {} : { faultsPerEventMax }) }
  await using first = await Sink.start({ ...faults, chance: new Chance(seed + 1) })
  await using second = await Sink.start({ ...faults, chance: new Chance(seed + 2) })
  const sinks = [first, second]
  await using server = new ServerProcess(directory, {
    GRAPEVINE_EGRESS_ALLOW: sinks.map(({ address }) => address).join(','),
  })
  let url: string | undefined = (await server.start()).url
  const product = Product.read(directory)
  await product.pointAt(url, first.url)
  const secondId = await product.addDestination(url, second.url)

  const load = new Load({
    users,
    eventsPerUserMax: eventsPerUser,
    writeKey: product.writeKey,
    chance: new Chance(seed + 3),
    name: `run-${seed}`,
    target: () => ({ url, generation: first.generation }),
    hasRoom: () => load.acked - Math.min(...sinks.map(({ handledCount }) => handledCount)) < room(),
  })
  let done = 0
  // The events are spread over the kills, so that none of these meets a product that has nothing to do.
  const room = () => Math.min(users * BACKLOG_PER_USER_MAX, ((done + 1) / (kills + 1)) * users * eventsPerUser)
  const report = (phase: OrderProgress['phase']) =>
    onProgress?.({
      phase,
      kills: done,
      acked: load.acked,
      handled: first.handledCount + second.handledCount,
      elapsedMs: performance.now() - startedMs,
    })

  async function isolated(partMs: number): Promise<Isolation> {
    report('isolation')
    // What was learned of their pace while they misbehaved is forgotten with the process.
    const { url: freshUrl } = await server.start()
    const measured = { url: freshUrl, product, down: first, healthy: second, partMs, signal: deadline }
    const isolation = await measureIsolation(measured)
    await server.stop()
    return isolation
  }

  load.start()
  const finished = load.finished()
  while (done < kills) {
    deadline.throwIfAborted()
    const share = (done / (kills + 1)) * users * eventsPerUser
    while (load.sent.length < share && !deadline.aborted) await sleep(LOOK_MS)
    await sleep(SERVE_MS.min + chance.int(SERVE_MS.max - SERVE_MS.min))
    url = undefined
    await server.kill()
    for (const sink of sinks) sink.generation += 1
    url = (await server.start()).url
    done += 1
    report('kills')
  }
  await finished
  report('drain')
  for (const sink of sinks) sink.calm()
  const status = await product.drained(url, deadline)
  const verdicts: Verdict[] = []
  const ids = [product.destinationId, secondId]
  const logged = readLog(directory, product.sourceId)
  const explained = await product.explained(url, toExplain(logged))
  for (const [index, sink] of sinks.entries()) {
    verdicts.push(
      check({
        sent: load.sent,
        handled: sink.handled,
        logged,
        ledger: await readLedger(directory, product.instanceOf(status, ids[index])),
        counted: product.countedOf(status),
        conservationHolds: status.conservation.holds,
        explained,
      }),
    )
  }
  const destinations = sinks.map((sink, index) => destinationReport(sink, verdicts[index]))
  const violations = sinks.flatMap((sink, index) => [...sink.violations, ...(verdicts[index]?.violations ?? [])])
  await server.stop()
  const isolation = isolationMs === undefined ? null : await isolated(isolationMs)
  return {
    seed,
    users,
    eventsPerUser,
    kills,
    destinations,
    isolation,
    durationMs: performance.now() - startedMs,
    violations,
  }
}

function destinationReport(sink: Sink, verdict: Verdict | undefined): DestinationReport {
  if (verdict === undefined) throw new Error('a destination was not looked at')
  const count = (kind: Violation['kind']) => verdict.violations.filter((each) => each.kind === kind).length
  return {
    figures: verdict.figures,
    requests: sink.requests,
    faults: Object.fromEntries(sink.faults),
    lost: count('lost'),
    outOfOrder: count('order'),
  }
}
