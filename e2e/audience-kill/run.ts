/**
 * Kills the server while people become known, buy, come into audiences and leave them, and while an audience that is new
 * is told of everybody. What Extole's sandbox holds in the end is the judge, and what the space itself said on the way.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { seeded } from '../../src/extole/faults.ts'
import { startExtoleSandbox } from '../../src/extole/index.ts'
import { EndSignal, SqliteLogReader } from '../../src/log/index.ts'
import { systemClock, systemRandom } from '../../src/ports/index.ts'

import type { Status } from '../kill/product.ts'
import { Scratch } from '../kill/scratch.ts'
import { ServerProcess } from '../kill/server-process.ts'

export interface AudienceKillRun {
  readonly users: number
  /** Orders of each user. */
  readonly orders: number
  readonly kills: number
  readonly seed: number
  onProgress?(line: string): void
}

export interface AudienceKillReport {
  readonly seed: number
  readonly users: number
  readonly events: number
  readonly kills: number
  /** Calls the space made, repeats left out, and how many were appended a second time after a crash. */
  readonly outputs: number
  readonly repeats: number
  readonly seconds: number
  readonly violations: readonly string[]
}

interface Said {
  readonly userId?: string
  readonly anonymousId?: string
  readonly messageId: string
  readonly traits: Readonly<Record<string, unknown>>
}

interface Drifted {
  readonly drift: { readonly profiles: number; readonly drifted: number }
}

const BATCH = 20
const WINDOW_SECONDS = 5
const WAIT_MS_MAX = 300_000
/** Deleted with exits when half of the events are there, and the server killed with it. */
const BRIEF = ['audiences', 'brief', "trait('plan') = 'pro'"] as const
/** Deleted then too, without exits: what it came to stays on profiles. */
const KEPT = ['audiences', 'kept', "event('Visit').count() >= 1"] as const
/** Edited then, to what asks the past anew. */
const EDITED = ['audiences', 'edited', "event('Order').count() >= 1"] as const
const EDITED_MIN = 8
const EDIT = `event('Order').within(30 days).count() >= ${EDITED_MIN}`
const COMPUTATIONS = [
  ['computed-traits', 'orders', "event('Order').count()"],
  ['audiences', 'loyal', "event('Order').count() >= 5"],
  ['audiences', 'many', "trait('orders') >= 8"],
  BRIEF,
  KEPT,
  EDITED,
  ['audiences', 'recent', `event('Order').within(${WINDOW_SECONDS} seconds).count() >= 2`],
] as const
/** Made when half of the events are there: what came before counts. */
const LATER = [
  ['audiences', 'pro', "trait('plan') = 'pro'"],
  ['computed-traits', 'orders_later', "event('Order').within(30 days).count()"],
  ['audiences', 'many_later', "trait('orders_later') >= 8"],
] as const

export async function audienceKillRun(run: AudienceKillRun): Promise<AudienceKillReport> {
  using scratch = new Scratch('audience-kill')
  const options = { host: '127.0.0.1', port: 0, file: ':memory:', clock: systemClock, random: systemRandom }
  const sandbox = await startExtoleSandbox(options)
  try {
    const settings = { GRAPEVINE_EGRESS_ALLOW: new URL(sandbox.url).host }
    await using server = new ServerProcess(scratch.path, settings)
    return await new Course(run, scratch.path, server, sandbox.url, sandbox.adminToken).go()
  } finally {
    await sandbox.close()
  }
}

class Course {
  readonly #run: AudienceKillRun
  readonly #directory: string
  readonly #server: ServerProcess
  readonly #extole: { readonly url: string; readonly key: string }
  readonly #violations: string[] = []
  readonly #random: () => number
  /** Orders of each user that were acknowledged before the later ones were made. */
  #ordersBefore: ReadonlyMap<string, number> = new Map()
  /** Who had visited before an audience of them was deleted. */
  #visitedBefore: ReadonlySet<string> = new Set()
  #url = ''
  /** Ids of audiences and computed traits, by key. */
  readonly #ids = new Map<string, string>()
  #quickstart: {
    publicApiToken: string
    spaceId: string
    sources: { writeKey: string }[]
    destinations: { id: string }[]
  } | null = null

  constructor(run: AudienceKillRun, directory: string, server: ServerProcess, url: string, key: string) {
    this.#run = run
    this.#directory = directory
    this.#server = server
    this.#extole = { url, key }
    this.#random = seeded(run.seed)
  }

  async go(): Promise<AudienceKillReport> {
    const startedMs = performance.now()
    const { users, orders, kills, seed, onProgress } = this.#run
    await this.#start()
    for (const [collection, key, query] of COMPUTATIONS) await this.#make(collection, key, query)
    const events = this.#events()
    const every = Math.max(1, Math.floor(events.length / BATCH / (kills + 1)))
    let killed = 0
    for (let at = 0; at < events.length; at += BATCH) {
      const number = at / BATCH
      await this.#send(events.slice(at, at + BATCH))
      if (number === Math.floor(events.length / BATCH / 2)) await this.#makeLater(events.slice(0, at + BATCH))
      if (number % every === every - 1 && killed < kills) {
        killed += 1
        await sleep(this.#random() * 60)
        await this.#server.kill()
        await this.#start()
        onProgress?.(`killed ${killed} of ${kills}, ${at + BATCH} of ${events.length} events`)
      }
    }
    await sleep((WINDOW_SECONDS + 1) * 1_000)
    await this.#drained()
    await this.#judgeExtole()
    await this.#judgeLedger()
    await this.#server.stop()
    const { outputs, repeats } = this.#judgeOutputs()
    const seconds = (performance.now() - startedMs) / 1_000
    if (killed < kills) this.#violations.push(`killed ${killed} times and not ${kills}`)
    return { seed, users, events: users * (orders + 2), kills, outputs, repeats, seconds, violations: this.#violations }
  }

  /** Each user comes unknown, tells who they are, and orders; all of them mixed, each in order. */
  #events(): object[] {
    const { users, orders } = this.#run
    const perUser = Array.from({ length: users }, (_, user) => {
      const [userId, anonymousId] = [`user-${user}`, `device-${user}`]
      const traits = { email: `${userId}@example.com`, plan: user % 2 === 0 ? 'pro' : 'free' }
      return [
        { type: 'track', event: 'Visit', anonymousId, messageId: `${userId}-visit` },
        { type: 'identify', userId, anonymousId, traits, messageId: `${userId}-identify` },
        ...Array.from({ length: this.#ordersOf(user) }, (_, n) => ({
          type: 'track',
          event: 'Order',
          messageId: `${userId}-order-${n}`,
          // Some orders come from the device alone: its profile is the user's by then.
          ...(n % 3 === 2 ? { anonymousId } : { userId }),
        })),
        ...Array.from({ length: orders - this.#ordersOf(user) }, (_, n) => ({
          type: 'track',
          event: 'Visit',
          messageId: `${userId}-visit-${n}`,
          userId,
        })),
      ]
    })
    const mixed: object[] = []
    for (let left = perUser.filter((each) => each.length > 0); left.length > 0; ) {
      const own = left[Math.floor(this.#random() * left.length)]
      const event = own?.shift()
      if (event !== undefined) mixed.push(event)
      if (own?.length === 0) left = left.filter((each) => each.length > 0)
    }
    return mixed
  }

  #ordersOf(user: number): number {
    return user % (this.#run.orders + 1)
  }

  async #start(): Promise<void> {
    const { url } = await this.#server.start()
    this.#url = url
    if (this.#quickstart !== null) return
    const quickstart = JSON.parse(readFileSync(join(this.#directory, 'quickstart.json'), 'utf8'))
    this.#quickstart = quickstart
    const settings = { apiBaseUrl: this.#extole.url, apiKey: this.#extole.key }
    for (const { id } of quickstart.destinations) await this.#call('PATCH', `/api/destinations/${id}`, { settings })
  }

  async #make(collection: string, key: string, query: string): Promise<void> {
    const body = { name: key, key, definition: { query } }
    const made = await this.#call('POST', `/api/spaces/${this.#quickstart?.spaceId}/${collection}`, body)
    for (const { id } of Object.values(made as Record<string, { id: string }>)) this.#ids.set(key, id)
  }

  /** And kills the server while it reads history for them, or works everybody out. */
  async #makeLater(sent: readonly object[]): Promise<void> {
    // A value is true of what was worked through: what is behind in the log is told as it comes.
    while (((await this.#call('GET', '/api/status')) as Status).log.behind > 0) await sleep(20)
    const orders = (sent as { event?: string; messageId: string }[]).filter(({ event }) => event === 'Order')
    const byUser = Map.groupBy(orders, ({ messageId }) => messageId.replace(/-order-.*/, ''))
    this.#ordersBefore = new Map([...byUser].map(([user, own]) => [user, own.length]))
    for (const [collection, key, query] of LATER) await this.#make(collection, key, query)
    // Of whom nothing but a device is known is in no audience. The visit comes before the name.
    const named = (sent as { type: string; userId?: string }[]).filter(({ type }) => type === 'identify')
    this.#visitedBefore = new Set(named.map(({ userId }) => String(userId)))
    const pathOf = (key: string) => `/api/spaces/${this.#quickstart?.spaceId}/audiences/${this.#ids.get(key)}`
    await this.#call('PATCH', pathOf(EDITED[1]), { definition: { query: EDIT } })
    await this.#call('DELETE', pathOf(KEPT[1]))
    await this.#call('DELETE', `${pathOf(BRIEF[1])}?sendExits=true`)
    await sleep(this.#random() * 60)
    await this.#server.kill()
    await this.#start()
  }

  /** Until it is acknowledged, as SDKs do. */
  async #send(batch: readonly object[]): Promise<void> {
    const headers = { authorization: `Basic ${btoa(`${this.#quickstart?.sources[0]?.writeKey}:`)}` }
    for (;;) {
      const body = JSON.stringify({ batch })
      const answer = await fetch(`${this.#url}/v1/batch`, { method: 'POST', headers, body }).catch(() => null)
      if (answer?.ok) return
      await sleep(50)
    }
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#quickstart?.publicApiToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return ((await response.json()) as { data: unknown }).data
  }

  /** Nothing is behind, nothing pending, twice in a row: what falls due comes through the log. */
  async #drained(): Promise<void> {
    const endsAt = performance.now() + WAIT_MS_MAX
    for (let quiet = 0; quiet < 3; ) {
      const { log, conservation } = (await this.#call('GET', '/api/status')) as Status
      if (!conservation.holds) this.#violations.push(`the counts do not add up: ${JSON.stringify(conservation.lines)}`)
      const pending = conservation.lines.reduce((sum, { parts }) => sum + (parts['pending'] ?? 0), 0)
      quiet = log.behind === 0 && pending === 0 ? quiet + 1 : 0
      if (performance.now() > endsAt) throw new Error(`${pending} deliveries are pending still`)
      await sleep(200)
    }
  }

  async #judgeExtole(): Promise<void> {
    let ended = 0
    for (let user = 0; user < this.#run.users; user++) {
      const found = await this.#traitsAtExtole(`user-${user}`)
      const orders = this.#ordersOf(user)
      const expected: Record<string, unknown> = {
        orders: orders === 0 ? undefined : orders,
        loyal: orders >= 5 || undefined,
        many: orders >= 8 || undefined,
        orders_later: orders === 0 ? undefined : orders,
        many_later: orders >= 8 || undefined,
        pro: user % 2 === 0 || undefined,
      }
      for (const [name, value] of Object.entries(expected))
        if (found[name] !== value) this.#violations.push(`user-${user}: ${name} is ${found[name]} and not ${value}`)
      // Who was in by the first definition only hears that it is over.
      const edited = orders >= EDITED_MIN || (this.#ordersBefore.has(`user-${user}`) ? false : undefined)
      if (found['edited'] !== edited && !(found['edited'] === false && edited === undefined))
        this.#violations.push(`user-${user}: edited is ${found['edited']} and not ${edited}`)
      if (this.#visitedBefore.has(`user-${user}`) && (await this.#profileTraits(`user-${user}`))['kept'] !== true)
        this.#violations.push(`user-${user}: what a deleted audience came to is not on the profile`)
      if (found['brief'] === false) ended += 1
      for (const name of ['recent', 'brief'])
        if (found[name] === true) this.#violations.push(`user-${user}: ${name} is true still`)
    }
    if (ended === 0) this.#violations.push('nobody was told that the deleted audience is over')
  }

  async #profileTraits(userId: string): Promise<Record<string, unknown>> {
    const path = `/v1/spaces/${this.#quickstart?.spaceId}/collections/users/profiles/user_id:${userId}/traits?limit=100`
    const headers = { authorization: `Basic ${btoa(`${this.#quickstart?.publicApiToken}:`)}` }
    for (;;) {
      const response = await fetch(`${this.#url}${path}`, { headers })
      if (response.ok) return ((await response.json()) as { traits: Record<string, unknown> }).traits
      // A space answers a hundred a second.
      if (response.status !== 429) throw new Error(`the Profile API answers ${response.status}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  /** What the ledger says that destinations were told is what holds, whatever was killed on the way. */
  async #judgeLedger(): Promise<void> {
    for (const [collection, many] of [
      ['audiences', 'audiences'],
      ['computed-traits', 'computedTraits'],
    ] as const) {
      const path = `/api/spaces/${this.#quickstart?.spaceId}/${collection}`
      const found = (await this.#call('GET', path)) as Record<string, readonly { id: string; key: string }[]>
      for (const { id, key } of found[many] ?? []) {
        const { drift } = (await this.#call('POST', `${path}/${id}/reconcile`, { dryRun: true })) as Drifted
        if (drift.drifted > 0) this.#violations.push(`${key}: ${drift.drifted} of ${drift.profiles} drifted`)
        if (drift.profiles === 0) this.#violations.push(`${key}: nobody is in the ledger`)
      }
    }
  }

  async #traitsAtExtole(userId: string): Promise<Record<string, unknown>> {
    const get = async (path: string) => {
      const headers = { authorization: `Bearer ${this.#extole.key}` }
      return (await (await fetch(`${this.#extole.url}${path}`, { headers })).json()) as never
    }
    const [person] = (await get(`/v5/persons?person_keys=partner_user_id:${userId}`)) as { id: string }[]
    if (person === undefined) return {}
    const data = (await get(`/v5/persons/${person.id}/data`)) as Record<string, { name: string; value: unknown }>
    return Object.fromEntries(Object.values(data).map(({ name, value }) => [name, value]))
  }

  /** What the space said, by its own log: of each person and key, in before out, and never the opposite of what it was. */
  #judgeOutputs(): { readonly outputs: number; readonly repeats: number } {
    const end = new EndSignal()
    end.publish(Number.MAX_SAFE_INTEGER)
    const reader = new SqliteLogReader({ directory: join(this.#directory, 'log'), end })
    const seen = new Set<string>()
    const last = new Map<string, unknown>()
    let repeats = 0
    for (
      let records = reader.read(0, 1_000);
      records.length > 0;
      records = reader.read(records.at(-1)?.position ?? 0, 1_000)
    ) {
      for (const { kind, sourceId, body } of records) {
        if (kind !== 'event' || sourceId !== this.#quickstart?.spaceId) continue
        const { messageId, userId, anonymousId, traits } = JSON.parse(body) as Said
        if (seen.has(messageId)) {
          repeats += 1
          continue
        }
        seen.add(messageId)
        for (const key of ['loyal', 'many', 'recent', 'pro', 'edited', 'orders', 'orders_later', 'many_later']) {
          if (!Object.hasOwn(traits, key)) continue
          const name = `${userId ?? anonymousId} ${key}`
          const [before, value] = [last.get(name), traits[key]]
          if (before === undefined && value === false) this.#violations.push(`${name}: out before in`)
          const half = key === 'orders_later' ? (this.#ordersBefore.get(String(userId)) ?? 0) : 0
          if (Number(value) < half) this.#violations.push(`${name}: ${value} from half a history, which has ${half}`)
          if (key.startsWith('orders') && Number(value) < Number(before ?? 0))
            this.#violations.push(`${name}: ${before}, then ${value}`)
          if (['loyal', 'many', 'many_later', 'pro'].includes(key) && value === false)
            this.#violations.push(`${name}: told that it ended`)
          const isIn = (this.#ordersBefore.get(String(userId)) ?? 0) >= EDITED_MIN
          if (key === 'edited' && value === false && isIn)
            this.#violations.push(`${name}: told what half a history says`)
          last.set(name, value)
        }
      }
    }
    reader.close()
    return { outputs: seen.size, repeats }
  }
}
