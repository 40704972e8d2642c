/** Look-backs on the whole product: days of history that count, on a log that began long before the server did. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseConfig, type Quickstart, type Running, serve } from '../src/app/index.ts'
import { anEvent } from '../src/connections/builders.ts'
import { SqliteLog } from '../src/log/index.ts'
import { systemClock } from '../src/ports/index.ts'

const run = promisify(execFile)
const DAY_MS = 86_400_000
/** Enough to see history being read. */
const VISITS = 8_000
const directory = mkdtempSync(join(tmpdir(), 'grapevine-look-back-'))
const onFatal = (message: string) => {
  throw new Error(message)
}
let running: Running
let quickstart: Quickstart

const start = () =>
  serve(
    parseConfig({
      GRAPEVINE_DATA: directory,
      GRAPEVINE_PORT: '0',
      GRAPEVINE_EXTOLE_SANDBOX_PORT: 'any',
      GRAPEVINE_LOG_LEVEL: 'error',
    }),
    (_, message) => onFatal(message),
  )

beforeAll(async () => {
  const first = await start()
  if (first.quickstart === undefined) throw new Error('no quickstart on an empty directory')
  quickstart = first.quickstart
  await first[Symbol.asyncDispose]()
  const log = await SqliteLog.open({ directory: join(directory, 'log'), clock: systemClock, onFatal })
  const sourceId = quickstart.sources[0]?.id ?? ''
  const nowMs = systemClock.nowMs()
  const past = (name: string, days: number) => {
    const at = new Date(nowMs - days * DAY_MS).toISOString()
    const times = { timestamp: at, originalTimestamp: at, sentAt: at, receivedAt: at }
    const event = anEvent({ event: name, userId: 'ada', messageId: `${name}-${days}`, ...times })
    return { kind: 'event' as const, sourceId, body: Buffer.from(JSON.stringify(event)) }
  }
  const visits = Array.from({ length: VISITS }, (_, at) => past('Visit', 19 - at / VISITS))
  await log.append([past('Order', 20), ...visits, ...[15, 8, 3, 1].map((days) => past('Order', days))])
  await log[Symbol.asyncDispose]()
  running = await start()
}, 60_000)

afterAll(async () => {
  await running?.[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
}, 60_000)

async function api(method: string, path: string, body?: unknown) {
  const response = await fetch(`${running.url}/api/spaces/${quickstart.spaceId}${path}`, {
    method,
    headers: { authorization: `Bearer ${quickstart.publicApiToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, ...((await response.json()) as { data: never; errors?: { message: string }[] }) }
}

const cli = async (...args: string[]) =>
  (
    await run(process.execPath, ['bin/grapevine.mjs', ...args, '--space', 'space'], {
      env: { ...process.env, GRAPEVINE_DATA: directory },
    })
  ).stdout

const ordersOf = async (key: string): Promise<unknown> => {
  const [member] = (await cli('trait', 'members', key, '--json')).trim().split('\n')
  return member === '' || member === undefined ? undefined : JSON.parse(member).value
}

test('only the days that are asked for count, and what comes later does too', async () => {
  const count = "event('Order').count()"
  const made = await api('POST', '/computed-traits', {
    name: 'Orders of 10 days',
    definition: { query: count },
    options: { backfillDurationDays: 10 },
  })
  expect(made).toMatchObject({
    status: 200,
    data: { computedTrait: { options: { backfillDurationDays: 10, countsFrom: expect.any(String) } } },
  })
  expect(await cli('trait', 'create', 'Orders of 5 days', count, '--look-back', '5')).toContain('orders_of_5_days')
  await cli('trait', 'create', 'All orders', count)
  await expect.poll(() => ordersOf('all_orders'), { timeout: 15_000, interval: 200 }).toBe(5)
  await expect.poll(() => ordersOf('orders_of_10_days'), { timeout: 15_000, interval: 200 }).toBe(3)
  await expect.poll(() => ordersOf('orders_of_5_days'), { timeout: 15_000, interval: 200 }).toBe(2)
  expect(await cli('trait', 'show', 'orders_of_5_days')).toContain('counts what happened from')
  await fetch(`${running.url}/v1/track`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${quickstart.sources[0]?.writeKey}:`)}` },
    body: JSON.stringify({ userId: 'ada', event: 'Order' }),
  })
  await expect.poll(() => ordersOf('orders_of_5_days'), { timeout: 15_000, interval: 200 }).toBe(3)
}, 60_000)

test('its status says what it is at, with progress, and that it is live in the end', async () => {
  const definition = { query: "event('Visit').count() >= 1" }
  const made = await api('POST', '/audiences', { name: 'Visitors', definition })
  const { id } = (made.data as { audience: { id: string } }).audience
  const seen: { status: string; progress?: { phase: string; done: number; total: number } }[] = []
  const others: { status: string }[] = []
  for (let status = ''; status !== 'Live'; ) {
    const { data } = await api('GET', `/audiences/${id}`)
    const { audience } = data as { audience: (typeof seen)[number] }
    status = audience.status
    seen.push(audience)
    const traits = await api('GET', '/computed-traits')
    others.push(...(traits.data as { computedTraits: { status: string }[] }).computedTraits)
  }
  // Those that were there before go on.
  expect(new Set(others.map((each) => each.status))).toEqual(new Set(['Live']))
  const order = ['Preparing', 'Backfilling', 'Computing', 'Live']
  const places = seen.map(({ status }) => order.indexOf(status))
  expect(places).toEqual(places.toSorted())
  expect(seen.map(({ status }) => status)).toContain('Backfilling')
  for (const { status, progress } of seen) {
    if (status === 'Backfilling') {
      expect(progress?.phase).toBe('history')
      expect(progress?.total).toBeGreaterThan(VISITS)
      expect(progress?.done).toBeLessThanOrEqual(progress?.total ?? 0)
    }
    expect(progress === undefined).toBe(status === 'Live')
  }
  expect((await api('GET', `/audiences/${id}`)).data).toMatchObject({
    audience: { size: { count: 1, type: 'USERS' }, createdBy: expect.stringMatching(/./) },
  })
}, 30_000)

test('a look-back beyond the beginning of the log is refused with the earliest date there can be', async () => {
  const definition = { query: "event('Order').count() >= 1" }
  const audience = (options: object) => api('POST', '/audiences', { name: 'Buyers', definition, options })
  const logStart = new Date(systemClock.nowMs() - 20 * DAY_MS).toISOString().slice(0, 13)
  expect(await audience({ backfillEventDataDays: 21 })).toMatchObject({
    status: 422,
    errors: [
      {
        field: 'options.backfillEventDataDays',
        message: expect.stringMatching(`the earliest possible date is ${logStart}.*give 20 at most`),
      },
    ],
  })
  expect(await audience({ backfillDurationDays: 5 })).toMatchObject({
    status: 422,
    errors: [{ field: 'options.backfillDurationDays', message: expect.stringContaining('backfillEventDataDays') }],
  })
  await expect(cli('audience', 'create', 'Buyers', definition.query, '--look-back', '1000')).rejects.toMatchObject({
    stderr: expect.stringContaining('earliest possible date'),
  })
  await expect(cli('audience', 'create', 'Buyers', definition.query, '--look-back', 'x')).rejects.toMatchObject({
    code: 2,
  })
  expect(await audience({ backfillEventDataDays: 20 })).toMatchObject({ status: 200 })
}, 60_000)
