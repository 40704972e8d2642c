/**
 * Makes dead letters at the sandbox, heals it, and replays them while the server is killed and the replay cancelled and
 * begun anew. What the sandbox saw is the judge: an effect a letter, each person's in order.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startExtoleSandbox } from '../../src/extole/index.ts'
import { systemClock, systemRandom } from '../../src/ports/index.ts'
import type { Status } from '../kill/product.ts'
import { Scratch } from '../kill/scratch.ts'
import { ServerProcess } from '../kill/server-process.ts'
import { SandboxWatch } from './sandbox-watch.ts'

export interface ReplayRun {
  readonly letters: number
  readonly users: number
  readonly kills: number
  readonly ratePerSecond: number
  onProgress?(line: string): void
}

export interface ReplayReport {
  readonly letters: number
  readonly users: number
  readonly kills: number
  readonly makeDeadMs: number
  readonly replayMs: number
  readonly previewTotal: number
  /** Of the replay that was cancelled, and of the one that took up the rest. */
  readonly cancelledAt: number
  readonly givenBack: number
  readonly looks: number
  /** Requests that the sandbox answered, effects it made of them, and repeats it recognised. */
  readonly requests: number
  readonly effects: number
  readonly repeats: number
  readonly violations: readonly string[]
}

interface Replay {
  readonly id: string
  readonly status: string
  readonly total: number
  readonly done: number
  readonly delivered: number
  readonly returned: number
}

const BATCH = 100
const LOOK_MS = 50
/** Refusals that are not alike: a destination that refuses everything for one reason is put on hold. */
const REFUSALS = [400, 404, 409, 410, 422]
const WAIT_MS_MAX = 600_000

export async function replayRun(run: ReplayRun): Promise<ReplayReport> {
  using scratch = new Scratch('replay')
  const sandbox = await startExtoleSandbox({
    host: '127.0.0.1',
    port: 0,
    file: ':memory:',
    clock: systemClock,
    random: systemRandom,
  })
  try {
    const settings = { GRAPEVINE_EGRESS_ALLOW: new URL(sandbox.url).host }
    await using server = new ServerProcess(scratch.path, settings)
    return await new Course(run, scratch.path, server, sandbox.url, sandbox.adminToken).go()
  } finally {
    await sandbox.close()
  }
}

class Course {
  readonly #run: ReplayRun
  readonly #directory: string
  readonly #server: ServerProcess
  readonly #sandbox: SandboxWatch
  readonly #apiKey: string
  readonly #violations: string[] = []
  #url = ''
  #token = ''
  #destinationId = ''
  #writeKey = ''
  #looks = 0

  constructor(run: ReplayRun, directory: string, server: ServerProcess, sandboxUrl: string, apiKey: string) {
    this.#run = run
    this.#directory = directory
    this.#server = server
    this.#sandbox = new SandboxWatch(sandboxUrl)
    this.#apiKey = apiKey
  }

  async go(): Promise<ReplayReport> {
    const { letters, users, kills } = this.#run
    await this.#start()
    const startedMs = performance.now()
    await this.#makeDead()
    const makeDeadMs = performance.now() - startedMs
    const previewTotal = ((await this.#call('POST', '/api/replays/preview', this.#selection())) as { total: number })
      .total
    if (previewTotal !== letters) this.#violations.push(`the preview counted ${previewTotal} of ${letters}`)
    const replayedMs = performance.now()
    const first = await this.#begin()
    const cancelAt = Math.ceil(letters / 2)
    const stopped = await this.#follow(first, cancelAt, Math.ceil(kills / 2))
    const cancelled = await this.#cancel(stopped.id)
    if (cancelled.status !== 'CANCELLED') this.#violations.push(`cancelled, it is ${cancelled.status}`)
    // Those under way when it was cancelled end by themselves.
    const rest = await this.#drained()
    const second = await this.#begin()
    if (second.total !== rest) this.#violations.push(`${rest} are dead, the second replay counts ${second.total}`)
    const finished = await this.#follow(second, Number.POSITIVE_INFINITY, Math.floor(kills / 2))
    if (finished.status !== 'FINISHED') this.#violations.push(`the replay ended as ${finished.status}`)
    const replayMs = performance.now() - replayedMs
    const dead = await this.#drained()
    if (dead > 0) this.#violations.push(`${dead} letters are dead still`)
    await this.#sandbox.look()
    this.#violations.push(...this.#sandbox.violations(letters))
    const { steps, duplicates } = await this.#sandbox.stats()
    if (steps !== letters) this.#violations.push(`${steps} effects of ${letters} letters`)
    return {
      letters,
      users,
      kills,
      makeDeadMs: Math.round(makeDeadMs),
      replayMs: Math.round(replayMs),
      previewTotal,
      cancelledAt: cancelled.done,
      givenBack: cancelled.returned,
      looks: this.#looks,
      requests: this.#sandbox.answered,
      effects: steps,
      repeats: duplicates,
      violations: this.#violations,
    }
  }

  async #start(): Promise<void> {
    const { url } = await this.#server.start()
    this.#url = url
    if (this.#token !== '') return
    const quickstart = JSON.parse(readFileSync(join(this.#directory, 'quickstart.json'), 'utf8'))
    this.#token = quickstart.publicApiToken
    this.#destinationId = quickstart.destinationId
    this.#writeKey = quickstart.sources[0].writeKey
    const settings = { apiBaseUrl: this.#sandbox.url, apiKey: this.#apiKey }
    await this.#call('PATCH', `/api/destinations/${this.#destinationId}`, { settings })
  }

  async #makeDead(): Promise<void> {
    const { letters, users } = this.#run
    const rules = REFUSALS.map((status, index) => ({
      path: '/v6/**',
      status,
      probability: 1 / (REFUSALS.length - index),
    }))
    await this.#sandbox.setFaults(rules)
    for (let sent = 0; sent < letters; sent += BATCH) {
      const numbers = Array.from({ length: Math.min(BATCH, letters - sent) }, (_, index) => sent + index)
      const batch = numbers.map((n) => ({
        type: 'track',
        event: 'conversion',
        messageId: `m-${n}`,
        userId: `user-${n % users}`,
        properties: { partner_conversion_id: `c-${n}`, cart_value: '9.99' },
      }))
      const answer = await fetch(`${this.#url}/v1/batch`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${this.#writeKey}:`)}`, 'content-type': 'application/json' },
        body: JSON.stringify({ batch }),
      })
      if (!answer.ok) throw new Error(`a batch was answered ${answer.status}`)
    }
    const dead = await this.#drained()
    if (dead !== letters) throw new Error(`${dead} of ${letters} events became dead letters`)
    await this.#sandbox.heal()
    this.#run.onProgress?.(`${dead} dead letters`)
  }

  /** Follows a replay until it ended or has done `until`; the server is killed `kills` times on the way. */
  async #follow(replay: Replay, until: number, kills: number): Promise<Replay> {
    const target = Math.min(until, replay.total)
    let killed = 0
    let last = replay
    const endsAt = performance.now() + WAIT_MS_MAX
    for (;;) {
      if (last.status !== 'RUNNING' || last.done >= until) break
      if (killed < kills && last.done >= ((killed + 0.5) * target) / (kills + 0.5)) {
        killed += 1
        await this.#server.kill()
        await this.#start()
        this.#run.onProgress?.(`killed at ${last.done} of ${last.total}`)
      }
      await sleep(LOOK_MS)
      await this.#sandbox.look()
      const next = ((await this.#call('GET', `/api/replays/${replay.id}`)) as { replay: Replay }).replay
      this.#looks += 1
      if (next.done < last.done || next.total !== last.total || next.done > next.total) {
        this.#violations.push(`progress went from ${last.done} of ${last.total} to ${next.done} of ${next.total}`)
      }
      last = next
      if (performance.now() > endsAt) throw new Error(`the replay stands at ${last.done} of ${last.total}`)
    }
    if (killed < kills) this.#violations.push(`killed ${killed} times and not ${kills}`)
    return last
  }

  /** Waits until nothing is under way and answers how many letters are dead. */
  async #drained(): Promise<number> {
    const endsAt = performance.now() + WAIT_MS_MAX
    for (;;) {
      const { log, conservation, destinations } = (await this.#call('GET', '/api/status')) as Status
      if (!conservation.holds) this.#violations.push(`the counts do not add up: ${JSON.stringify(conservation.lines)}`)
      const number = destinations.find(({ id }) => id === this.#destinationId)?.number
      const line = conservation.lines.find((each) => each.equation === 'deliveries' && each.id === String(number))
      const { pending = 0, dead = 0 } = line?.parts ?? {}
      if (log.behind === 0 && pending === 0 && line !== undefined) return dead
      if (performance.now() > endsAt) throw new Error(`${pending} deliveries are pending still`)
      await this.#sandbox.look()
      await sleep(LOOK_MS)
    }
  }

  #selection() {
    return { destinationId: this.#destinationId }
  }

  async #begin(): Promise<Replay> {
    const { ratePerSecond } = this.#run
    const body = { ...this.#selection(), ratePerSecond }
    return ((await this.#call('POST', '/api/replays', body)) as { replay: Replay }).replay
  }

  async #cancel(id: string): Promise<Replay> {
    return ((await this.#call('POST', `/api/replays/${id}/cancel`)) as { replay: Replay }).replay
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`)
    return (JSON.parse(text) as { data: unknown }).data
  }
}
