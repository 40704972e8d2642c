/**
 * Extole as a Segment HTTP source (contract 11.2): what happens here is told to a Tracking API, which closes the loop.
 *
 * Best effort by nature: messages wait in memory, at most QUEUE_MAX of them, and are given up after some attempts.
 * Only literal loopback addresses are dialled unless the composition root names other hosts: a request to this server
 * must not be able to make it call anywhere else.
 */
import { request } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { Clock } from '../ports/index.ts'
import type { AppliedEvent, Context } from './context.ts'
import { ExtoleError } from './errors.ts'
import { isObject, parseJson, textOf, toJson } from './json.ts'
import type { Meta } from './store/meta.ts'
import { formatTime } from './time.ts'

/** Messages waiting to be sent; past it new ones are dropped and counted. */
export const QUEUE_MAX = 10_000
/** Delays before each further attempt, in milliseconds. */
export const RETRY_DELAYS_MS: readonly number[] = [500, 1_000, 2_000, 4_000, 8_000]
/** Longest wait for an answer, in milliseconds. */
const ANSWER_MS_MAX = 10_000
const SHARE_CHANNELS = new Set([
  'FACEBOOK',
  'TWITTER',
  'MESSENGER',
  'WHATSAPP',
  'PINTEREST',
  'SMS',
  'PERSONAL_LINK',
  'EMAIL',
])

export interface SegmentSourceConfig {
  readonly enabled: boolean
  /** Where `/v1/identify` and `/v1/track` are, such as `http://127.0.0.1:8700`. */
  readonly endpoint: string
  readonly write_key: string
}

export interface SegmentMessage {
  readonly path: '/v1/identify' | '/v1/track'
  readonly body: Readonly<Record<string, unknown>>
}

export interface SegmentSource {
  /** Without the write key. */
  shown(): Record<string, unknown>
  /** @throws ExtoleError for an endpoint that may not be dialled. */
  configure(body: Record<string, unknown>): void
  tell(event: AppliedEvent): void
  stop(): void
}

export interface SegmentSourceParts {
  readonly context: Context
  readonly meta: Meta
  /** Host names that may be dialled beside loopback. */
  readonly allowedHosts: readonly string[]
}

export function segmentSource({ context, meta, allowedHosts }: SegmentSourceParts): SegmentSource {
  let config: SegmentSourceConfig | undefined = JSON.parse(meta.get('segment_source') ?? 'null') ?? undefined
  const queue: { message: SegmentMessage; attempt: number }[] = []
  const counts = { sent: 0, failed: 0, dropped: 0 }
  let isSending = false
  let isStopped = false

  async function drain(): Promise<void> {
    if (isSending) return
    isSending = true
    for (let next = queue.shift(); next !== undefined && !isStopped; next = queue.shift()) {
      const { message, attempt } = next
      // Looked at again for each message: what the file says may be older than what is allowed now.
      const dial = config?.enabled ? dialOf(config.endpoint, allowedHosts) : undefined
      const status = config && dial ? await post(dial, config.write_key, message).catch(() => 0) : undefined
      const delayMs = RETRY_DELAYS_MS[attempt]
      if (status === undefined) counts.dropped += 1
      else if (status >= 200 && status < 300) counts.sent += 1
      else if ((status === 0 || status === 429 || status >= 500) && delayMs !== undefined) {
        await wait(context.clock, delayMs)
        queue.unshift({ message, attempt: attempt + 1 })
      } else counts.failed += 1
    }
    isSending = false
  }

  return {
    shown: () => ({
      enabled: config?.enabled ?? false,
      endpoint: config?.endpoint ?? null,
      waiting: queue.length,
      ...counts,
    }),
    configure(body) {
      config = parseConfig(body, config, allowedHosts)
      meta.set('segment_source', JSON.stringify(config))
    },
    tell(event) {
      if (!config?.enabled) return
      for (const message of messagesFor(context, event)) {
        if (queue.length >= QUEUE_MAX) counts.dropped += 1
        else queue.push({ message, attempt: 0 })
      }
      if (queue.length > 0) context.clock.after(0, () => void drain())
    },
    stop() {
      isStopped = true
      queue.length = 0
    },
  }
}

function wait(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.after(delayMs, resolve))
}

/** identify for everything that gives an email, then the track call of the step, if it is one Extole sends. */
export function messagesFor(context: Context, event: AppliedEvent): SegmentMessage[] {
  // An erased or merged profile may be gone by now; a repeat was told the first time.
  const person = event.isDuplicate || event.stepName === undefined ? undefined : context.persons.find(event.personId)
  if (person === undefined) return []
  const profile = new Map([...person.data.values()].map((datum) => [datum.name, parseJson(datum.json)]))
  const userId = textOf(profile.get('partner_user_id'))
  const email = person.email
  const base = {
    anonymousId: person.id,
    ...(userId === undefined ? {} : { userId }),
    timestamp: formatTime(event.eventMs),
    messageId: `extole-${event.eventId}`,
  }
  const messages: SegmentMessage[] = []
  if (email !== undefined) {
    const traits = Object.fromEntries([...profile].filter(([name]) => name !== 'partner_user_id'))
    messages.push({
      path: '/v1/identify',
      body: { ...base, messageId: `${base.messageId}-identify`, traits: { ...traits, email } },
    })
  }
  const track = trackOf(context, event, { email, profile })
  // Track calls must carry user id and email (contract 11.2).
  if (track !== undefined && email !== undefined) messages.push({ path: '/v1/track', body: { ...base, ...track } })
  return messages
}

function trackOf(
  context: Context,
  event: AppliedEvent,
  { email, profile }: { email: string | undefined; profile: ReadonlyMap<string, unknown> },
) {
  const given = (names: readonly string[], from: ReadonlyMap<string, unknown>) =>
    Object.fromEntries(names.flatMap((name) => (from.get(name) === undefined ? [] : [[name, from.get(name)]])))
  const advocate = event.advocateId === undefined ? undefined : context.persons.find(event.advocateId)
  const advocateUserId = advocate?.data.get('partner_user_id')
  const who = {
    email,
    ...given(['first_name', 'last_name'], profile),
    ...(advocateUserId === undefined ? {} : { advocate_user_id: parseJson(advocateUserId.json) }),
  }
  switch (event.stepName) {
    case 'registration':
      return { event: 'registered', properties: who }
    case 'conversion':
      return {
        event: 'purchased',
        properties: { ...who, ...given(['cart_value', 'partner_conversion_id', 'coupon_code'], event.data) },
      }
    case 'share': {
      const channel = textOf(event.data.get('channel'))?.toUpperCase()
      const friends = event.data.get('friend_emails')
      return {
        event: 'referred',
        properties: {
          email,
          channel: channel !== undefined && SHARE_CHANNELS.has(channel) ? channel : 'PERSONAL_LINK',
          funnel: 'ADVOCATE',
          campaign: textOf(event.data.get('campaign')) ?? 'segment',
          friend_emails: Array.isArray(friends) ? friends : [],
        },
      }
    }
    default:
      return undefined
  }
}

function parseConfig(
  body: Record<string, unknown>,
  current: SegmentSourceConfig | undefined,
  allowedHosts: readonly string[],
): SegmentSourceConfig {
  if (!isObject(body)) throw new ExtoleError('binding_error')
  const { enabled = true, endpoint = current?.endpoint, write_key = current?.write_key } = body
  if (typeof enabled !== 'boolean') throw new ExtoleError('invalid_parameter', { name: 'enabled' })
  if (typeof endpoint !== 'string' || dialOf(endpoint, allowedHosts) === undefined) {
    throw new ExtoleError('invalid_parameter', { name: 'endpoint', reason: 'only loopback addresses may be dialled' })
  }
  if (typeof write_key !== 'string' || write_key === '')
    throw new ExtoleError('invalid_parameter', { name: 'write_key' })
  return { enabled, endpoint, write_key }
}

/** The address to connect to. `localhost` is dialled as 127.0.0.1, so that no resolver has a say. */
export function dialOf(endpoint: string, allowedHosts: readonly string[]): { host: string; url: URL } | undefined {
  if (!URL.canParse(endpoint)) return undefined
  const url = new URL(endpoint)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined
  if (url.hostname === 'localhost') return { host: '127.0.0.1', url }
  if (/^127(\.\d{1,3}){3}$/.test(url.hostname)) return { host: url.hostname, url }
  if (url.hostname === '[::1]') return { host: '::1', url }
  return allowedHosts.includes(url.hostname) ? { host: url.hostname, url } : undefined
}

/** Answers the status. Rejects when there was none. Redirects are not followed. */
function post({ host, url }: { host: string; url: URL }, writeKey: string, message: SegmentMessage): Promise<number> {
  const body = toJson({
    ...message.body,
    context: { library: { name: 'extole', version: '1' }, integration: { name: 'extole' } },
  })
  const send = url.protocol === 'https:' ? secureRequest : request
  return new Promise((resolve, reject) => {
    const call = send(
      {
        host,
        port: url.port,
        path: `${url.pathname.replace(/\/$/, '')}${message.path}`,
        method: 'POST',
        timeout: ANSWER_MS_MAX,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
        },
      },
      (answer) => {
        answer.resume()
        answer.on('end', () => resolve(answer.statusCode ?? 0))
        answer.on('error', reject)
      },
    )
    call.on('timeout', () => call.destroy(new Error('no answer')))
    call.on('error', reject)
    call.end(body)
  })
}
