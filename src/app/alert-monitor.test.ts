/**
 * A destination that really fails opens its breaker, and a receiver that really refuses gets the alert: only the clock is
 * the test's.
 */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { BREAKER_ALERT_MS, DISK_ALERT_BYTES } from '../api/alerts.ts'
import { type AlertFacts, alertsOf } from '../api/index.ts'
import { Account } from '../connections/account.ts'
import { BREAKER_PROBE_INTERVAL_MS, BREAKER_REQUESTS_MIN } from '../delivery/breaker.ts'
import { Catalog, createHttpClient, createRunner, PORTS_DEFAULT, parseEgressAllow } from '../destinations/index.ts'
import { createLogger, createMetrics } from '../observe/index.ts'
import { type Clock, systemClock } from '../ports/index.ts'
import { QUIET_MS } from './alert-book.ts'
import { AlertMonitor, LOOK_MS, POST_ATTEMPTS } from './alert-monitor.ts'

const KEY = Buffer.alloc(32, 7)

interface Seen {
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** Answers the nth request, from 1, with `status(n)`. */
async function aServer(status: (n: number) => number) {
  const seen: Seen[] = []
  const server: Server = createServer(async (request, response) => {
    seen.push({ headers: request.headers, body: await text(request) })
    response.writeHead(status(seen.length)).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { seen, host: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** Time moves when the test says so. The monitor's looks are asked for, and its waits between posts are short. */
function aClock() {
  let aheadMs = 0
  const waits: number[] = []
  const clock: Clock = {
    ...systemClock,
    nowMs: () => systemClock.nowMs() + aheadMs,
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
    after(delayMs, run) {
      if (delayMs === LOOK_MS) return { cancel() {} }
      waits.push(delayMs)
      return systemClock.after(1, run)
    },
  }
  const advance = (ms: number) => {
    aheadMs += ms
  }
  return { clock, waits, advance }
}

function aMonitor(options: { receiver: string; allow: readonly string[]; clock: Clock; look: () => AlertFacts }) {
  const { allow } = parseEgressAllow(options.allow)
  const egress = { ports: PORTS_DEFAULT, allowHttp: false, allow }
  const http = createHttpClient({ clock: systemClock, egress })
  const runner = createRunner({ http })
  const metrics = createMetrics()
  const monitor = new AlertMonitor({
    look: async () => alertsOf(options.look()),
    target: { url: `http://${options.receiver}/alerts`, signingSecret: `whsec_${KEY.toString('base64')}` },
    catalog: new Catalog(),
    runner,
    clock: options.clock,
    metrics,
    logger: createLogger({ level: 'error', thread: 'test' }),
  })
  onTestFinished(async () => {
    monitor.stop()
    await http.close()
  })
  return { monitor, metrics, http }
}

const isSigned = ({ headers, body }: Seen) => {
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  return headers['webhook-signature'] === `v1,${createHmac('sha256', KEY).update(content).digest('base64')}`
}

const server = {
  logBytes: 0,
  logBytesMax: 1_000,
  diskFreeBytes: DISK_ALERT_BYTES,
  addsUp: true,
  backupFailure: null,
  backupOverdueSinceMs: null,
}

test('a breaker that opens and closes is posted once each, signed, also when the receiver refuses first', async () => {
  let isDown = true
  const destination = await aServer(() => (isDown ? 503 : 200))
  const receiver = await aServer((n) => (n === 1 ? 500 : 204))
  const { clock, waits, advance } = aClock()
  const nothing = () => {}
  const account = new Account(
    { held: nothing, released: nothing, breakerOpened: nothing, breakerClosed: nothing },
    clock,
  )
  const { monitor, metrics, http } = aMonitor({
    receiver: receiver.host,
    allow: [destination.host, receiver.host],
    clock,
    look: () => ({
      ...server,
      nowMs: clock.nowMs(),
      destinations: [
        {
          instance: { id: 'dst_1', name: 'Hook', enabled: true },
          state: { account: 1, ...account.state },
          oldestWaitingMs: null,
          deadLetters: { count: 0, newestMs: null },
        },
      ],
    }),
  })
  const attempt = async () => {
    const begun = account.begin()
    account.answered(
      begun,
      await http.send({ method: 'POST', url: `http://${destination.host}/`, headers: {}, body: '{}' }),
    )
  }
  for (let n = 0; n < BREAKER_REQUESTS_MIN; n += 1) await attempt()
  expect((await monitor.alerts()).open).toEqual([])
  advance(BREAKER_ALERT_MS)
  expect((await monitor.alerts()).open).toMatchObject([{ kind: 'breaker_open' }])
  expect(receiver.seen).toEqual([])
  advance(QUIET_MS)
  await monitor.alerts()
  await expect.poll(() => receiver.seen.length).toBe(2)
  await monitor.alerts()

  isDown = false
  advance(BREAKER_PROBE_INTERVAL_MS)
  await attempt()
  expect(await monitor.alerts()).toMatchObject({ open: [], closed: [{ kind: 'breaker_open' }] })
  await expect.poll(() => metrics.text()).toContain('grapevine_alert_posts_total{result="posted"} 2')
  await monitor.alerts()
  const [refused, opened, closed] = receiver.seen
  expect(receiver.seen).toHaveLength(3)
  expect(receiver.seen.every(isSigned)).toBe(true)
  expect([opened?.body, opened?.headers['webhook-id']]).toEqual([refused?.body, refused?.headers['webhook-id']])
  expect(closed?.headers['webhook-id']).not.toBe(opened?.headers['webhook-id'])
  expect([opened, closed].map((each) => JSON.parse(each?.body ?? ''))).toMatchObject([
    { type: 'alert.opened', data: { destinations: [{ id: 'dst_1', name: 'Hook' }] } },
    { type: 'alert.closed', data: { kind: 'breaker_open' } },
  ])
  expect(waits).toEqual([1_000])
})

test('a receiver that takes nothing is asked so often and no more, then the next alert has its turn', async () => {
  const receiver = await aServer((n) => (n <= POST_ATTEMPTS ? 500 : 200))
  const { clock, waits, advance } = aClock()
  const { monitor, metrics } = aMonitor({
    receiver: receiver.host,
    allow: [receiver.host],
    clock,
    look: () => ({ ...server, nowMs: clock.nowMs(), destinations: [], diskFreeBytes: 0, logBytes: 1_000 }),
  })
  await monitor.alerts()
  advance(QUIET_MS)
  await monitor.alerts()
  await expect.poll(() => metrics.text()).toContain('result="posted"} 1')
  expect(await metrics.text()).toContain('result="failed"} 1')
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000])
  const kinds = receiver.seen.map(({ body }) => JSON.parse(body).data.kind)
  expect(kinds).toEqual([...Array(POST_ATTEMPTS).fill('disk_nearly_full'), 'log_nearly_full'])
})

test('no alert goes to a private address that nobody allowed', async () => {
  const receiver = await aServer(() => 200)
  const { clock, advance } = aClock()
  const { monitor, metrics } = aMonitor({
    receiver: receiver.host,
    allow: [],
    clock,
    look: () => ({ ...server, nowMs: clock.nowMs(), destinations: [], addsUp: false }),
  })
  await monitor.alerts()
  advance(QUIET_MS)
  await monitor.alerts()
  await expect.poll(() => metrics.text()).toContain('result="failed"} 1')
  expect(receiver.seen).toEqual([])
})
