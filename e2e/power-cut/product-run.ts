/**
 * Cuts the power under the product while it acks events, starts it on what the disk holds then, and goes on; at the end
 * everything that was ever acked must be there, delivered once and in order.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Chance } from '../fuzz/chance.ts'
import { readLedger, readLog } from '../kill/aftermath.ts'
import { check, slowStart, toExplain, type Verdict, type Violation } from '../kill/check.ts'
import { Load } from '../kill/load.ts'
import { Product } from '../kill/product.ts'
import { Scratch } from '../kill/scratch.ts'
import { ServerProcess } from '../kill/server-process.ts'
import { Sink } from '../kill/sink.ts'
import { frozen } from './frozen.ts'
import { LoopImage } from './loop-image.ts'

export interface ProductRunOptions {
  readonly cuts: number
  readonly seed: number
  readonly onProgress?: (progress: {
    readonly cuts: number
    readonly acked: number
    readonly elapsedMs: number
  }) => void
}

export interface ProductReport {
  readonly seed: number
  readonly cuts: number
  readonly figures: Verdict['figures']
  /** From a start on the cut disk to the line that says it is ready. */
  readonly readyMs: { readonly p50: number; readonly max: number }
  readonly durationMs: number
  readonly violations: readonly Violation[]
}

const USERS = 100
const FAULT_RATE = 0.1
/** Events acked and not yet delivered at which the senders wait. */
const BACKLOG_MAX = 3_000
/** How long it serves before a cut, in milliseconds: on both sides of the 5 s at which ext4 writes by itself. */
const SERVE_MS = { min: 200, max: 7_000 }
/** The first cut comes soon after the first start, when nothing was written for another reason. */
const FIRST_SERVE_MS_MAX = 500
const RUN_MS_MAX = { base: 120_000, perCut: 40_000 }

export async function productRun(options: ProductRunOptions): Promise<ProductReport> {
  const { cuts, seed } = options
  const chance = new Chance(seed)
  const deadline = AbortSignal.timeout(RUN_MS_MAX.base + cuts * RUN_MS_MAX.perCut)
  const startedMs = performance.now()
  const violations: Violation[] = []
  const readyMs: number[] = []
  await using stack = new AsyncDisposableStack()
  const { path: directory } = stack.use(new Scratch('power-cut'))
  const sink = stack.use(await Sink.start({ chance: new Chance(seed + 1), faultRate: FAULT_RATE }))
  const disk = { image: await LoopImage.create(join(directory, '0.img')) }
  stack.defer(() => disk.image[Symbol.asyncDispose]())
  const settings = { GRAPEVINE_EGRESS_ALLOW: sink.address }
  const power = { server: new ServerProcess(dataOn(disk.image), settings) }
  stack.defer(() => power.server.kill())

  let url: string | undefined
  const first = await power.server.start()
  const product = Product.read(dataOn(disk.image))
  await product.pointAt(first.url, sink.url)
  url = first.url
  const load = new Load({
    users: USERS,
    writeKey: product.writeKey,
    chance: new Chance(seed + 2),
    name: `cut-${seed}`,
    target: () => ({ url, generation: sink.generation }),
    hasRoom: () => load.acked - sink.handledCount < BACKLOG_MAX,
  })
  load.start()
  for (let cut = 1; cut <= cuts; cut++) {
    deadline.throwIfAborted()
    await sleep(cut === 1 ? chance.int(FIRST_SERVE_MS_MAX) : SERVE_MS.min + chance.int(SERVE_MS.max - SERVE_MS.min))
    power.server.signal('SIGSTOP')
    await frozen(power.server.pid ?? 0)
    const after = await disk.image.cut(join(directory, `${cut}.img`))
    url = undefined
    await power.server.kill()
    await disk.image[Symbol.asyncDispose]()
    disk.image = after
    await after.mount()
    sink.generation += 1
    power.server = new ServerProcess(dataOn(after), settings)
    const ready = await power.server.start()
    readyMs.push(ready.readyMs)
    violations.push(...slowStart(ready.readyMs))
    url = ready.url
    options.onProgress?.({ cuts: cut, acked: load.acked, elapsedMs: performance.now() - startedMs })
  }
  await load.stop()
  sink.calm()
  const status = await product.drained(url, deadline)
  const logged = readLog(dataOn(disk.image), product.sourceId)
  const explained = await product.explained(url, toExplain(logged))
  await power.server.stop()
  const { violations: found, figures } = check({
    sent: load.sent,
    handled: sink.handled,
    logged,
    ledger: await readLedger(dataOn(disk.image), product.instanceOf(status)),
    counted: product.countedOf(status),
    conservationHolds: status.conservation.holds,
    explained,
  })
  violations.push(...sink.violations, ...found)
  const sorted = readyMs.toSorted((a, b) => a - b)
  return {
    seed,
    cuts,
    figures,
    readyMs: { p50: sorted[Math.floor(sorted.length / 2)] ?? 0, max: sorted.at(-1) ?? 0 },
    durationMs: performance.now() - startedMs,
    violations,
  }
}

const dataOn = (image: LoopImage): string => join(image.mountPoint, 'data')
