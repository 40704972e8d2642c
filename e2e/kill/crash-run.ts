/**
 * Kills the product again and again while events come in and go out, then looks whether anything was lost, repeated as an
 * effect, or put out of order.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Chance } from '../fuzz/chance.ts'
import { readLedger, readLog } from './aftermath.ts'
import { check, slowStart, toExplain, type Verdict, type Violation } from './check.ts'
import { Load } from './load.ts'
import { Product } from './product.ts'
import { Scratch } from './scratch.ts'
import { ServerProcess } from './server-process.ts'
import { type Fault, Sink } from './sink.ts'

/**
 * - `kill`: -9 while it serves.
 * - `recovery`: -9 while it starts.
 * - `stop`: told to stop, and left to.
 * - `stop_kill`: told to stop, and killed while it does.
 */
export type EndKind = 'kill' | 'recovery' | 'stop' | 'stop_kill'

/** The order in which the ends take turns. */
const ENDS: readonly EndKind[] = [
  'kill',
  'recovery',
  'kill',
  'stop_kill',
  'kill',
  'kill',
  'recovery',
  'stop',
  'kill',
  'kill',
]
/** How long it serves before its end, in milliseconds: at least, and at most where the caller does not say. */
const SERVE_MS = { min: 100, max: 1_500 }
/** Events acked and not yet delivered, for each user: deep enough lanes, and an end in sight. */
const BACKLOG_PER_USER_MAX = 10
/** Before each end the senders need not wait, so that requests are under way when it comes: milliseconds. */
const BURST_MS = { min: 30, max: 250 }
/** A run that is not over after this long has failed, in milliseconds: for the whole, and for each kill. */
const RUN_MS_MAX = { base: 240_000, perKill: 20_000 }

export interface CrashRunOptions {
  readonly kills: number
  readonly users: number
  /** 0 to 1 */
  readonly faultRate: number
  readonly seed: number
  /** Faults that one event meets, after which it gets through. No bound by default: waits grow with each. */
  readonly faultsPerEventMax?: number
  /** Longest time it serves between two kills, in milliseconds, from 100. Default 1,500. */
  readonly serveMsMax?: number
  /** Leaves the data directory where it is when there is a violation. */
  readonly keepsEvidence?: boolean
  readonly onProgress?: (progress: Progress) => void
}

export interface Progress {
  readonly kills: number
  readonly acked: number
  readonly handled: number
  readonly elapsedMs: number
}

export interface CrashReport {
  readonly seed: number
  readonly kills: number
  readonly ends: Readonly<Record<EndKind, number>>
  readonly users: number
  readonly figures: Verdict['figures']
  /** Requests to the server that had to be sent again. */
  readonly resent: number
  readonly requestsAtDestination: number
  readonly faults: Readonly<Partial<Record<Fault, number>>>
  readonly readyMs: { readonly p50: number; readonly max: number }
  readonly drainMs: number
  readonly durationMs: number
  readonly violations: readonly Violation[]
  /** Where the data directory was left. */
  readonly evidence?: string
}

export async function crashRun(options: CrashRunOptions): Promise<CrashReport> {
  using scratch = new Scratch('kill')
  const report = await new CrashRun(options, join(scratch.path, 'data')).run()
  if (report.violations.length === 0 || options.keepsEvidence !== true) return report
  return { ...report, evidence: scratch.keep() }
}

class CrashRun {
  readonly #options: CrashRunOptions
  readonly #directory: string
  readonly #chance: Chance
  readonly #deadline: AbortSignal
  readonly #startedMs = performance.now()
  readonly #readyMs: number[] = []
  readonly #violations: Violation[] = []
  readonly #ends: Record<EndKind, number> = { kill: 0, recovery: 0, stop: 0, stop_kill: 0 }
  #url: string | undefined
  #isBurst = false

  constructor(options: CrashRunOptions, directory: string) {
    this.#options = options
    this.#directory = directory
    this.#chance = new Chance(options.seed)
    this.#deadline = AbortSignal.timeout(RUN_MS_MAX.base + options.kills * RUN_MS_MAX.perKill)
  }

  async run(): Promise<CrashReport> {
    const { kills, users, faultRate, faultsPerEventMax, seed } = this.#options
    await using sink = await Sink.start({
      chance: new Chance(seed + 1),
      faultRate,
      ...(faultsPerEventMax === undefined ? {} : { faultsPerEventMax }),
    })
    await using server = new ServerProcess(this.#directory, { GRAPEVINE_EGRESS_ALLOW: sink.address })
    const { url } = await server.start()
    const product = Product.read(this.#directory)
    await product.pointAt(url, sink.url)
    this.#url = url
    const load = new Load({
      users,
      writeKey: product.writeKey,
      chance: new Chance(seed + 2),
      name: `run-${seed}`,
      target: () => ({ url: this.#url, generation: sink.generation }),
      hasRoom: () => this.#isBurst || load.acked - sink.handledCount < users * BACKLOG_PER_USER_MAX,
    })
    load.start()
    for (let done = 0; done < kills; done++) {
      this.#deadline.throwIfAborted()
      const kind = ENDS[done % ENDS.length] ?? 'kill'
      await this.#end(kind, server, sink)
      this.#ends[kind] += 1
      await this.#restart(server, sink)
      this.#options.onProgress?.({
        kills: done + 1,
        acked: load.acked,
        handled: sink.handledCount,
        elapsedMs: performance.now() - this.#startedMs,
      })
    }
    await sleep(this.#between({ min: SERVE_MS.min, max: this.#options.serveMsMax ?? SERVE_MS.max }))
    await load.stop()
    sink.calm()
    const drainStartedMs = performance.now()
    const status = await product.drained(this.#url, this.#deadline)
    const drainMs = performance.now() - drainStartedMs
    const logged = readLog(this.#directory, product.sourceId)
    const explained = await product.explained(this.#url, toExplain(logged))
    await server.stop()

    const { violations, figures } = check({
      sent: load.sent,
      handled: sink.handled,
      logged,
      ledger: await readLedger(this.#directory, product.instanceOf(status)),
      counted: product.countedOf(status),
      conservationHolds: status.conservation.holds,
      explained,
    })
    const readyMs = this.#readyMs.toSorted((a, b) => a - b)
    return {
      seed,
      kills,
      ends: this.#ends,
      users,
      figures,
      resent: load.repeats,
      requestsAtDestination: sink.requests,
      faults: Object.fromEntries(sink.faults),
      readyMs: { p50: readyMs[Math.floor(readyMs.length / 2)] ?? 0, max: readyMs.at(-1) ?? 0 },
      drainMs,
      durationMs: performance.now() - this.#startedMs,
      violations: [...this.#violations, ...sink.violations, ...violations],
    }
  }

  /** Brings the server to its end. Senders know first, so that none takes a dying server's word for a live one's. */
  async #end(kind: EndKind, server: ServerProcess, sink: Sink): Promise<void> {
    await sleep(this.#between({ min: SERVE_MS.min, max: this.#options.serveMsMax ?? SERVE_MS.max }))
    this.#isBurst = true
    await sleep(this.#between(BURST_MS))
    this.#isBurst = false
    this.#url = undefined
    if (kind === 'stop') return server.stop()
    if (kind === 'stop_kill') {
      server.signal('SIGTERM')
      await sleep(this.#chance.int(200))
    }
    await server.kill()
    if (kind !== 'recovery') return
    sink.generation += 1
    server.spawn()
    // Anywhere from the first line of code to a moment after it is ready.
    await sleep(this.#chance.int(Math.ceil((this.#readyMs.at(-1) ?? 1_000) * 1.1)))
    await server.kill()
  }

  async #restart(server: ServerProcess, sink: Sink): Promise<void> {
    sink.generation += 1
    const { url, readyMs } = await server.start()
    this.#readyMs.push(readyMs)
    this.#violations.push(...slowStart(readyMs))
    this.#url = url
  }

  #between({ min, max }: { readonly min: number; readonly max: number }): number {
    return min + this.#chance.int(max - min)
  }
}
