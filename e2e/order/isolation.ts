/** How long events take to a healthy destination while another one is well, and while it is down in several ways (P7). */
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import type { Product } from '../kill/product.ts'
import type { Outage, Sink } from '../kill/sink.ts'

/** P7: the p99 with a fault is at most so many times the one without. */
export const ISOLATION_RATIO_MAX = 2
/** Events a second: far below what the product can do, so that waiting has one cause. */
const RATE_PER_S = 200
/** Users take turns, so that no event waits for an earlier one of its user. */
const USERS = 500
const OTHERS: readonly Other[] = ['well', 'resets', 'hangs', 'fails']
/** The machine is shared: each state is measured so often, in turn. */
const ROUNDS = 3

export interface Delays {
  /** From the beginning of the request with an event to the event's arrival, in milliseconds: medians of the rounds. */
  readonly p50Ms: number
  readonly p99Ms: number
}

type Other = 'well' | Outage

export interface Isolation {
  /** What the delay to one destination was while the other was well, or down. */
  readonly delays: Readonly<Record<Other, Delays>>
  readonly rounds: number
  /** The worst p99 of the outages over the one without. */
  readonly worstRatio: number
}

export interface IsolationOptions {
  readonly url: string
  readonly product: Product
  readonly down: Sink
  readonly healthy: Sink
  /** How long each part lasts, in milliseconds. */
  readonly partMs: number
  readonly signal: AbortSignal
}

export async function measureIsolation(options: IsolationOptions): Promise<Isolation> {
  const { url, product, down, signal } = options
  await part(options, 'warm')
  const found: Record<Other, Delays[]> = { well: [], resets: [], hangs: [], fails: [] }
  for (let round = 0; round < ROUNDS; round++) {
    for (const other of OTHERS) {
      if (other !== 'well') down.goDown(other)
      found[other].push(delaysOf(await part(options, `${round}-${other}`)))
    }
    down.calm()
    await product.drained(url, signal)
  }
  const delays: Readonly<Record<Other, Delays>> = {
    well: medians(found.well),
    resets: medians(found.resets),
    hangs: medians(found.hangs),
    fails: medians(found.fails),
  }
  const worstMs = Math.max(delays.resets.p99Ms, delays.hangs.p99Ms, delays.fails.p99Ms)
  return { delays, rounds: ROUNDS, worstRatio: worstMs / delays.well.p99Ms }
}

/** Sends at a steady rate for a while. @returns the delays of all these events, in milliseconds */
async function part({ url, product, healthy, partMs, signal }: IsolationOptions, name: string): Promise<number[]> {
  const count = Math.ceil((partMs / 1_000) * RATE_PER_S)
  const sentMs = new Map<string, number>()
  const delays: number[] = []
  healthy.onHandled = ({ messageId }) => {
    const from = sentMs.get(messageId)
    if (from === undefined) return
    sentMs.delete(messageId)
    delays.push(performance.now() - from)
  }
  await using agent = new Client(url, product.writeKey)
  const startedMs = performance.now()
  const answers: Promise<void>[] = []
  for (let index = 0; index < count; index++) {
    const waitMs = startedMs + (index * 1_000) / RATE_PER_S - performance.now()
    if (waitMs > 0) await sleep(waitMs)
    const messageId = `isolation-${name}-${index}`
    sentMs.set(messageId, performance.now())
    answers.push(agent.track(messageId, `isolation-${index % USERS}`, index))
  }
  await Promise.all(answers)
  while (delays.length < count) {
    signal.throwIfAborted()
    await sleep(10)
  }
  return delays
}

class Client implements AsyncDisposable {
  readonly #agent = new Agent({ connections: 16 })
  readonly #url: string
  readonly #authorization: string

  constructor(url: string, writeKey: string) {
    this.#url = `${url}/v1/track`
    this.#authorization = `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`
  }

  async track(messageId: string, userId: string, sequence: number): Promise<void> {
    const answer = await request(this.#url, {
      method: 'POST',
      dispatcher: this.#agent,
      headers: { 'content-type': 'application/json', authorization: this.#authorization },
      body: JSON.stringify({ messageId, userId, event: 'Order Completed', properties: { key: messageId, sequence } }),
    })
    await answer.body.dump()
    if (answer.statusCode !== 200) throw new Error(`an event was answered ${answer.statusCode}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.close()
  }
}

function delaysOf(delays: readonly number[]): Delays {
  const sorted = delays.toSorted((a, b) => a - b)
  return { p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) }
}

function medians(rounds: readonly Delays[]): Delays {
  const median = (values: readonly number[]) =>
    quantile(
      values.toSorted((a, b) => a - b),
      0.5,
    )
  return { p50Ms: median(rounds.map(({ p50Ms }) => p50Ms)), p99Ms: median(rounds.map(({ p99Ms }) => p99Ms)) }
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
}
