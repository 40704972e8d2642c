import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Clock, systemClock } from '../../ports/index.ts'
import {
  createHttpClient,
  findBuiltIn,
  type HttpClient,
  matches,
  PORTS_DEFAULT,
  parseEgressAllow,
  presetsOf,
  runAction,
  runDelete,
} from '../index.ts'
import { secretKey, signatures } from './signature.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const OTHER_SECRET = `whsec_${Buffer.from('another secret of 32 bytes, new.').toString('base64')}`

describe('signatures', () => {
  test('agree with the vector that the libraries of Standard Webhooks are tested with', () => {
    const key = secretKey(SECRET)
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, body: '{"test": 2432232314}' }
    expect(key && signatures([key], message)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  test.each([
    { secret: SECRET, bytes: 24 },
    { secret: SECRET.slice('whsec_'.length), bytes: 24 },
    { secret: `whsec_${Buffer.alloc(64, 1).toString('base64')}`, bytes: 64 },
    { secret: `whsec_${Buffer.alloc(65, 1).toString('base64')}`, bytes: undefined },
    { secret: `whsec_${Buffer.alloc(23, 1).toString('base64')}`, bytes: undefined },
    { secret: 'whsec_not base64 at all, but long enough', bytes: undefined },
    { secret: '', bytes: undefined },
  ])('the secret $secret has $bytes bytes', ({ secret, bytes }) => {
    expect(secretKey(secret)?.length).toBe(bytes)
  })
})

interface Seen {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

let seen: Seen[] = []
let url = ''
let http: HttpClient
let nowMs = 1_700_000_000_900
const clock: Clock = { ...systemClock, nowMs: () => nowMs }

const server = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => {
    seen.push({ headers: request.headers, body })
    response.writeHead(204).end()
  })
})

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  url = `http://127.0.0.1:${port}/hook?a=1`
  const { allow } = parseEgressAllow([`127.0.0.1:${port}`])
  http = createHttpClient({ clock, egress: { ports: PORTS_DEFAULT, allowHttp: false, allow } })
})

beforeEach(() => {
  seen = []
})

afterAll(async () => {
  await http.close()
  await new Promise((done) => server.close(done))
})

function webhook() {
  const entry = findBuiltIn('webhook')
  if (!entry) throw new Error('the catalog has no webhook')
  return entry
}

const anEvent = { type: 'track', messageId: 'a.b\n©', event: 'Bought', properties: { name: 'Zoë', n: 1.5, no: null } }

function send(over: object = {}) {
  const { definition } = webhook()
  const [{ action, mapping } = { action: '', mapping: {} }] = presetsOf(definition)
  const settings = { url, signingSecret: SECRET }
  return runAction({ definition, action, mapping, settings, event: anEvent, http, ...over })
}

/** What a receiver does, with its own words. */
function isAccepted({ headers, body }: Seen, secret: string): boolean {
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const expected = `v1,${createHmac('sha256', key).update(content).digest('base64')}`
  return String(headers['webhook-signature']).split(' ').includes(expected)
}

describe('the webhook destination', () => {
  test('an event arrives as it is, signed', async () => {
    const { outcome, request } = await send()
    expect(outcome).toMatchObject({ kind: 'answered', status: 204 })
    const [hook] = seen
    expect(JSON.parse(hook?.body ?? '')).toEqual(anEvent)
    expect(hook?.headers['webhook-timestamp']).toBe('1700000000')
    expect(hook?.headers['webhook-id']).toMatch(/^msg_[\w-]{27}$/)
    expect(hook && isAccepted(hook, SECRET)).toBe(true)
    expect(hook && isAccepted(hook, OTHER_SECRET)).toBe(false)
    expect(JSON.stringify(request)).not.toContain(String(hook?.headers['webhook-signature']))
  })

  test('while a secret is replaced both are valid', async () => {
    await send({ settings: { url, signingSecret: OTHER_SECRET, previousSigningSecret: SECRET } })
    const [hook] = seen
    expect(hook && [isAccepted(hook, SECRET), isAccepted(hook, OTHER_SECRET)]).toEqual([true, true])
  })

  test('a retry has the same id and body, and a signature of its own time and secret', async () => {
    const first = await send()
    nowMs += 3_600_000
    await send({ frozen: JSON.parse(JSON.stringify(first.frozen)), settings: { url, signingSecret: OTHER_SECRET } })
    const [one, two] = seen
    expect(two?.body).toBe(one?.body)
    expect(two?.headers['webhook-id']).toBe(one?.headers['webhook-id'])
    expect(two?.headers['webhook-timestamp']).not.toBe(one?.headers['webhook-timestamp'])
    expect(two && isAccepted(two, OTHER_SECRET)).toBe(true)
  })

  test('other events, and the same event in another form, have other ids', async () => {
    await send()
    await send({ event: { ...anEvent, messageId: 'other' } })
    await send({ mapping: { data: { '@path': '$.properties' }, message_id: { '@path': '$.messageId' } } })
    expect(new Set(seen.map(({ headers }) => headers['webhook-id'])).size).toBe(3)
  })

  test('a secret that is none is refused when it is saved, and sends nothing', async () => {
    const settings = { url, signingSecret: 'password' }
    expect(webhook().checkSettings?.(settings)).toEqual([
      { field: 'signingSecret', message: 'must be whsec_ and 24 to 64 bytes in base64' },
    ])
    expect(webhook().checkSettings?.({ url, signingSecret: SECRET, previousSigningSecret: '' })).toEqual([])
    expect((await send({ settings })).outcome).toMatchObject({ kind: 'invalid' })
    expect(seen).toEqual([])
  })

  test('a deletion arrives in the form of a Segment delete, signed', async () => {
    const { definition } = webhook()
    const settings = { url, signingSecret: SECRET }
    await runDelete({ definition, settings, userId: 'u1', anonymousId: null, regulationId: 'r1', http })
    const [hook] = seen
    expect(JSON.parse(hook?.body ?? '')).toMatchObject({ type: 'delete', userId: 'u1', messageId: 'delete-r1' })
    expect(hook && isAccepted(hook, SECRET)).toBe(true)
  })

  test('every kind of event has a mapping', () => {
    const [preset] = presetsOf(webhook().definition)
    for (const type of webhook().methods) expect(matches(preset?.trigger ?? '', { type })).toBe(true)
    expect(matches(preset?.trigger ?? '', { type: 'delete' })).toBe(false)
  })
})
