/**
 * Senders that behave as SDKs do: one request at a time over a connection kept open, and what was not acked is sent
 * again under the same messageIds. A sender's users are its own, so the order in which a user's events were acked is
 * the order in which they were sent.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import type { Chance } from '../fuzz/chance.ts'
import type { SentEvent } from './records.ts'

const SENDERS_MAX = 16
/** Events of one request, at most. */
const BATCH_EVENTS_MAX = 20
const SINGLE_RATE = 0.4
const IDENTIFY_RATE = 0.1
/** How often a sender dies with the server: what it had not heard about is not sent again. */
const ABANDON_RATE = 0.15
/** An SDK waits about as long for an answer. */
const ANSWER_MS_MAX = 10_000
/** Between two tries, in milliseconds. */
const REPEAT_MS = 50
/** Between two looks whether there is room for more, in milliseconds. */
const ROOM_MS = 20

export interface Target {
  /** Where the server is now; undefined while it is down. */
  readonly url: string | undefined
  /** Differs from one start of the server to the next. */
  readonly generation: number
}

export interface LoadOptions {
  readonly users: number
  readonly writeKey: string
  readonly chance: Chance
  /** Tells this run's ids from another's. */
  readonly name: string
  /** After so many a user sends no more. No bound by default. */
  readonly eventsPerUserMax?: number
  target(): Target
  /** Whether more may be sent now: the test bounds what is under way. */
  hasRoom(): boolean
}

interface Sending {
  readonly path: string
  readonly body: string
  readonly events: readonly { messageId: string; userId: string; sequence: number }[]
}

interface Composed {
  readonly messageId: string
  readonly userId: string
  readonly sequence: number
  readonly call: Readonly<Record<string, unknown>>
}

export class Load {
  readonly sent: SentEvent[] = []
  acked = 0
  /** Requests that had to be sent again. */
  repeats = 0
  readonly #options: LoadOptions
  readonly #senders: Promise<void>[] = []
  #isStopping = false

  constructor(options: LoadOptions) {
    this.#options = options
  }

  start(): void {
    const { users } = this.#options
    const count = Math.min(SENDERS_MAX, users)
    for (let sender = 0; sender < count; sender++) {
      const own = Array.from({ length: users }, (_, user) => user).filter((user) => user % count === sender)
      this.#senders.push(this.#send(own.map((user) => ({ userId: `user-${user}`, sequence: 0 }))))
    }
  }

  /** Begins nothing more; resolves when all that was begun is acked. The server must be up for that. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all(this.#senders)
  }

  /** Resolves when every user has sent all of its events; never where there is no bound. */
  async finished(): Promise<void> {
    await Promise.all(this.#senders)
  }

  async #send(users: { readonly userId: string; sequence: number }[]): Promise<void> {
    const agent = new Agent({
      connections: 1,
      pipelining: 1,
      headersTimeout: ANSWER_MS_MAX,
      bodyTimeout: ANSWER_MS_MAX,
    })
    try {
      while (!this.#isStopping) {
        if (this.#open(users).length === 0) return
        if (!this.#options.hasRoom()) {
          await sleep(ROOM_MS)
          continue
        }
        const sending = this.#compose(users)
        const outcome = await this.#deliver(agent, sending)
        for (const event of sending.events) this.sent.push({ ...event, outcome })
        if (outcome === 'acked') this.acked += sending.events.length
      }
    } finally {
      await agent.destroy()
    }
  }

  /** Until it is acked, or its sender dies with the server. */
  async #deliver(agent: Agent, sending: Sending): Promise<SentEvent['outcome']> {
    for (let attempt = 0; ; attempt++) {
      const { url, generation } = this.#options.target()
      if (url !== undefined) {
        if (attempt > 0) this.repeats += 1
        if (await this.#post(agent, `${url}${sending.path}`, sending.body)) return 'acked'
        // Only a dead server's outcome is settled: a live one may still store what it has been given.
        const isDead = this.#options.target().generation !== generation || this.#options.target().url === undefined
        if (isDead && !this.#isStopping && this.#options.chance.chance(ABANDON_RATE)) return 'abandoned'
      }
      await sleep(REPEAT_MS)
    }
  }

  async #post(agent: Agent, url: string, body: string): Promise<boolean> {
    try {
      const answer = await request(url, {
        method: 'POST',
        dispatcher: agent,
        body,
        headers: {
          'content-type': 'application/json',
          authorization: `Basic ${Buffer.from(`${this.#options.writeKey}:`).toString('base64')}`,
        },
      })
      await answer.body.text()
      return answer.statusCode === 200
    } catch {
      return false
    }
  }

  #compose(users: readonly { readonly userId: string; sequence: number }[]): Sending {
    const { chance } = this.#options
    const count = chance.chance(SINGLE_RATE) ? 1 : 2 + chance.int(BATCH_EVENTS_MAX - 1)
    const composed: Composed[] = []
    for (let open = this.#open(users); open.length > 0 && composed.length < count; open = this.#open(users)) {
      const user = chance.pick(open)
      user.sequence += 1
      composed.push(this.#event(user.userId, user.sequence))
    }
    const events = composed.map(({ messageId, userId, sequence }) => ({ messageId, userId, sequence }))
    const [first] = composed
    if (composed.length === 1 && first !== undefined)
      return { path: `/v1/${first.call['type']}`, body: JSON.stringify(first.call), events }
    return { path: '/v1/batch', body: JSON.stringify({ batch: composed.map(({ call }) => call) }), events }
  }

  #open<T extends { readonly sequence: number }>(users: readonly T[]): T[] {
    const { eventsPerUserMax = Number.POSITIVE_INFINITY } = this.#options
    return users.filter(({ sequence }) => sequence < eventsPerUserMax)
  }

  #event(userId: string, sequence: number): Composed {
    const messageId = `${this.#options.name}-${userId}-${sequence}`
    const own = { key: messageId, sequence }
    const call = this.#options.chance.chance(IDENTIFY_RATE)
      ? { type: 'identify', messageId, userId, traits: { ...own, email: `${userId}@example.com` } }
      : { type: 'track', messageId, userId, event: 'Order Completed', properties: { ...own, total: sequence * 1.25 } }
    return { messageId, userId, sequence, call }
  }
}
