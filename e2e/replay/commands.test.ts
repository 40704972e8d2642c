/** Replays over the API and the command line, on the whole product as a user starts it. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { Running } from '../../src/app/index.ts'
import {
  aDataDirectory,
  api,
  environment,
  eventually,
  personAt,
  quickstartOf,
  SERVE_TEST_MS,
  send,
  started,
} from '../../src/app/serve.fixture.ts'

const LETTERS = 3

async function call(running: Running, method: string, path: string, body?: unknown, token?: string) {
  const response = await fetch(`${running.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token ?? quickstartOf(running).publicApiToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, json: await response.json() }
}

/** A server whose destination refused a person's first letters and takes everything now. */
async function withDeadLetters(directory: string): Promise<Running> {
  const running = await started(environment(directory))
  const sandbox = quickstartOf(running).extole?.url
  const rules = [{ path: '/v6/**', status: 400, times: LETTERS, body: { code: 'missing_event_name' } }]
  await fetch(`${sandbox}/sandbox/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ rules }),
  })
  for (let n = 0; n < LETTERS; n += 1) {
    await send(running, 'identify', {
      messageId: `m${n}`,
      userId: 'u1',
      traits: { email: 'u1@example.com', visits: n },
    })
  }
  await eventually(async () => {
    const { data } = (await api(running, '/api/ledger?state=dead')) as { data: { deliveries: unknown[] } }
    return data.deliveries.length === LETTERS ? true : undefined
  }, 'dead letters')
  return running
}

test('a preview shows the requests and sends nothing; the replay delivers them, and says so', {
  timeout: SERVE_TEST_MS,
}, async () => {
  const running = await withDeadLetters(aDataDirectory())
  const { destinationId } = quickstartOf(running)
  const preview = await call(running, 'POST', '/api/replays/preview', { destinationId, userId: 'u1' })
  expect(preview.json.data).toMatchObject({ total: LETTERS, reasons: { rejected_400: LETTERS }, isComplete: true })
  expect(JSON.parse(preview.json.data.sample[0].request.body)).toMatchObject({
    data: { email: 'u1@example.com', visits: 0 },
  })
  expect(JSON.stringify(preview.json)).not.toContain(quickstartOf(running).extole?.apiKey)
  expect(await personAt(running, 'u1')).toBeUndefined()

  const none = await call(running, 'POST', '/api/replays/preview', { destinationId, userId: 'u2' })
  expect(none.json.data.total).toBe(0)
  const created = await call(running, 'POST', '/api/replays', { destinationId, messageIds: ['m0', 'm2', 'unknown'] })
  expect([created.status, created.json.data.replay]).toMatchObject([
    201,
    { status: 'RUNNING', total: 2, selection: { messages: 2 } },
  ])
  const { id } = created.json.data.replay
  const done = await eventually(async () => {
    const { json } = await call(running, 'GET', `/api/replays/${id}`)
    return json.data.replay.status === 'FINISHED' ? json.data.replay : undefined
  }, 'the end of the replay')
  expect(done).toMatchObject({ total: 2, done: 2, delivered: 2, pending: 0, etaSeconds: null })
  expect(await personAt(running, 'u1')).toMatchObject({ visits: 2 })
  expect((await call(running, 'POST', `/api/replays/${id}/cancel`)).json.data.replay.status).toBe('FINISHED')
  const metrics = await (await fetch(`${running.url}/metrics`)).text()
  expect(metrics).toContain('grapevine_replay_deliveries_total{part="delivered"} 2')
})

test('what cannot be replayed is refused with what is wrong', { timeout: SERVE_TEST_MS }, async () => {
  const running = await started(environment(aDataDirectory()))
  const { destinationId } = quickstartOf(running)
  const { json } = await call(running, 'POST', '/api/tokens', { name: 'reader', scopes: ['api:read'] })
  const reader = json.data.token.token
  const answers = [
    await call(running, 'POST', '/api/replays', { destinationId: 'no' }),
    await call(running, 'POST', '/api/replays', { destinationId, mappingId: 'no' }),
    await call(running, 'POST', '/api/replays', { destinationId, from: 'last tuesday' }),
    await call(running, 'POST', '/api/replays', { destinationId, kind: 'history', reasons: ['x'] }),
    await call(running, 'POST', '/api/replays', { destinationId, ratePerSecond: 10_001 }),
    await call(running, 'GET', '/api/replays/rpl_no'),
    await call(running, 'POST', '/api/replays/rpl_no/cancel'),
    await call(running, 'POST', '/api/replays', { destinationId }, reader),
    await call(running, 'POST', '/api/replays/preview', { destinationId }, reader),
  ]
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 422, 422, 422, 404, 404, 403, 403])
})

test('the command shows, sends, follows and lists', { timeout: SERVE_TEST_MS }, async () => {
  const directory = aDataDirectory()
  const running = await withDeadLetters(directory)
  const run = promisify(execFile)
  const cli = async (...args: string[]) => {
    const env = { ...process.env, GRAPEVINE_TOKEN: undefined }
    return (await run(process.execPath, ['src/main.ts', 'replay', ...args, '--data', directory], { env })).stdout
  }
  const { destinationId } = quickstartOf(running)
  const shown = await cli('--destination', destinationId, '--reason', 'rejected_400', '--dry-run')
  expect(shown).toContain(`${LETTERS} would be sent again`)
  expect(shown).toContain('"visits":0')
  await expect(cli('--destination', destinationId)).rejects.toThrow('Add --yes')
  expect(await cli('list')).toContain('Nothing was replayed yet')
  const lines = (await cli('--destination', destinationId, '--yes', '--json')).trim().split('\n')
  const last = JSON.parse(lines.at(-1) ?? '')
  expect(last).toMatchObject({ status: 'FINISHED', total: LETTERS, delivered: LETTERS })
  expect(await cli('list')).toContain(last.id)
  expect(await cli('status', last.id)).toContain(`FINISHED, ${LETTERS} of ${LETTERS} done`)
  expect(JSON.parse(await cli('cancel', last.id, '--json'))).toMatchObject({ status: 'FINISHED' })
})

test('the ledger is searched by person, email, event, reason, message and replay, page by page', {
  timeout: SERVE_TEST_MS,
}, async () => {
  const directory = aDataDirectory()
  const running = await withDeadLetters(directory)
  const { destinationId, sources } = quickstartOf(running)
  await send(running, 'track', {
    messageId: 't1',
    userId: 'u2',
    event: 'Signed Up',
    properties: { email: 'U2@example.com' },
  })
  const found = async (query: string) => {
    const { status, json } = await call(running, 'GET', `/api/ledger?${query}`)
    return status === 200 ? json.data.deliveries.map((each: { position: number }) => each.position) : status
  }
  const all = await eventually(async () => {
    const positions = await found('state=delivered')
    return positions.length > 0 ? [...positions, ...(await found('state=dead'))] : undefined
  }, 'the delivery')
  const [track, ...dead] = all
  expect(await found('userId=u1')).toEqual(dead)
  expect(await found('email=u2%40EXAMPLE.com')).toEqual([track])
  expect(await found('event=Signed%20Up')).toEqual([track])
  expect(await found('type=identify&reason=rejected_400')).toEqual(dead)
  expect(await found('messageId=t1')).toEqual([track])
  expect(await found(`sourceId=${sources[1]?.id}`)).toEqual([])
  expect(await found(`destinationId=${destinationId}&from=2020-01-01&to=2021-01-01`)).toEqual([])
  expect([await found('replayId=no'), await found('from=monday'), await found('pagination.cursor=x')]).toEqual([
    404, 422, 422,
  ])

  const pages: number[] = []
  let cursor: string | undefined
  do {
    const next = cursor === undefined ? '' : `&pagination.cursor=${cursor}`
    const { json } = await call(running, 'GET', `/api/ledger?pagination.count=3${next}`)
    pages.push(...json.data.deliveries.map((each: { position: number }) => each.position))
    cursor = json.data.pagination.next
  } while (cursor !== undefined)
  expect(pages).toEqual(all)

  const { json } = await call(running, 'POST', '/api/tokens', { name: 'reader', scopes: ['api:read'] })
  expect((await call(running, 'GET', '/api/ledger?userId=u1', undefined, json.data.token.token)).status).toBe(403)
  const run = promisify(execFile)
  const args = ['src/main.ts', 'ledger', '--state', 'dead', '--limit', '2', '--json', '--data', directory]
  const { stdout } = await run(process.execPath, args, { env: { ...process.env, GRAPEVINE_TOKEN: undefined } })
  expect(JSON.parse(stdout).map((each: { position: number }) => each.position)).toEqual(dead.slice(0, 2))
})

test('an event is explained when it was refused, came twice, waits or was replayed', {
  timeout: SERVE_TEST_MS,
}, async () => {
  const running = await withDeadLetters(aDataDirectory())
  const { destinationId } = quickstartOf(running)
  const explained = async (messageId: string) => (await call(running, 'GET', `/api/explain/${messageId}`)).json.data
  await send(running, 'track', { messageId: 'refused', userId: 'u1' })
  expect((await explained('refused')).unaccepted).toMatchObject([
    { became: 'rejected', why: expect.stringContaining('refused') },
  ])
  await send(running, 'identify', { messageId: 'm0', userId: 'u1' })
  await eventually(
    async () => ((await explained('m0')).unaccepted[0]?.became === 'duplicate' ? true : undefined),
    'a repeat',
  )

  await call(running, 'PATCH', `/api/destinations/${destinationId}`, { enabled: false })
  const { json } = await call(running, 'POST', '/api/replays', { destinationId, messageIds: ['m0'] })
  const { id } = json.data.replay
  const waiting = await eventually(async () => {
    const { events } = await explained('m0')
    const found = events[0].deliveries.find((each: { destinationId: string }) => each.destinationId === destinationId)
    return found.state === 'pending' ? found : undefined
  }, 'the letter to be pending')
  expect(waiting).toMatchObject({
    waitsFor: 'The destination is switched off.',
    replay: { id, status: 'RUNNING' },
    attempts: 1,
  })
  const { status, json: cancelled } = await call(running, 'POST', `/api/replays/${id}/cancel`)
  expect([status, cancelled.data.replay]).toMatchObject([200, { status: 'CANCELLED', returned: 1 }])
  expect((await explained('m0')).events[0].deliveries[0]).toMatchObject({
    state: 'dead',
    reason: 'rejected_400',
    waitsFor: null,
  })
})
