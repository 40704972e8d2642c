/** What is kept and written of people who sign in and of people in events: nothing that opens anything, and nothing that tells of them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BrowserSession } from './browser-session.fixture.ts'
import { startServer, type TestServer } from './server.fixture.ts'

const PASSWORD = 'correct horse battery'

async function ownerOf({ running }: TestServer) {
  const owner = new BrowserSession(running.url)
  const draft = { token: running.setUpSecret, email: 'ada@example.com', name: 'Ada', password: PASSWORD }
  const { status } = await owner.call('POST', '/api/join', draft)
  expect(status).toBe(201)
  return owner
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}`, cookie: null, 'sec-fetch-site': null })

test('no file of the data directory holds a token, a password, a secret of a session, an invitation or a reset', async () => {
  await using server = await startServer()
  const owner = await ownerOf(server)
  const { json: token } = await owner.call('POST', '/api/tokens', { name: 'mine', scopes: ['api:read'] })
  const { json: invited } = await owner.call('POST', '/api/invites', { invites: [{ email: 'grace@example.com' }] })
  const [{ token: invitation }] = invited.data.tokens
  const grace = new BrowserSession(server.running.url)
  const joined = await grace.call('POST', '/api/join', { token: invitation, name: 'Grace', password: `${PASSWORD}!` })
  const { json: reset } = await owner.call('POST', `/api/users/${joined.json.data.user.id}/password-reset`)
  const { json: waiting } = await owner.call('POST', '/api/invites', { invites: [{ email: 'x@example.com' }] })
  const secrets: Record<string, string> = {
    token: token.data.token.token,
    cookie: owner.cookie.split('=')[1] ?? '',
    'other cookie': grace.cookie.split('=')[1] ?? '',
    'used invitation': invitation,
    invitation: waiting.data.tokens[0].token,
    reset: reset.data.passwordReset.token,
    password: PASSWORD,
  }
  for (const [name, secret] of Object.entries(secrets)) expect([name, secret.length > 20]).toEqual([name, true])
  const files = filesIn(server.directory)
  expect(files.length).toBeGreaterThan(5)
  for (const [name, secret] of Object.entries(secrets)) {
    const bare = secret.replace(/^gv._/, '')
    const holding = files.filter(({ bytes }) => bytes.includes(secret) || bytes.includes(bare))
    expect([name, holding.map(({ path }) => path)]).toEqual([name, []])
  }
  // Kept on purpose, for who works on this machine, and in no other file.
  for (const secret of [server.quickstart.publicApiToken, server.running.setUpSecret ?? 'none']) {
    const holding = files.filter(({ bytes }) => bytes.includes(secret))
    expect(holding.map(({ path }) => path)).toEqual(['quickstart.json'])
  }
}, 60_000)

test('a token, a session and the ids of another workspace are nothing here', async () => {
  await using here = await startServer()
  await using there = await startServer()
  const [owner, other] = [await ownerOf(here), await ownerOf(there)]
  const foreign = [bearer(there.quickstart.publicApiToken), { cookie: other.cookie }]
  for (const headers of foreign) {
    for (const path of ['/api', '/api/sources', '/api/users', '/api/audit-events', '/api/session'])
      expect([path, (await owner.call('GET', path, undefined, headers)).status]).toEqual([path, 401])
    const made = await owner.call('POST', '/api/sources', { slug: 'x', metadataId: 'http' }, headers)
    expect(made.status).toBe(401)
  }
  const { destinationId, spaceId, sources } = there.quickstart
  const user = (await other.call('GET', '/api/users')).json.data.users[0].id
  for (const [method, path, body] of [
    ['GET', `/api/sources/${sources[0]?.id}`],
    ['PATCH', `/api/sources/${sources[0]?.id}`, { name: 'x' }],
    ['DELETE', `/api/sources/${sources[0]?.id}`],
    ['GET', `/api/destinations/${destinationId}`],
    ['DELETE', `/api/destinations/${destinationId}`],
    ['GET', `/api/spaces/${spaceId}`],
    ['GET', `/api/spaces/${spaceId}/audiences`],
    ['GET', `/api/users/${user}`],
    ['PUT', `/api/users/${user}/permissions`, { permissions: [{ roleId: 'viewer' }] }],
    ['POST', `/api/users/${user}/password-reset`],
    ['DELETE', `/api/users?userIds.0=${user}`],
  ] as const)
    expect([method, path, (await owner.call(method, path, body)).status]).toEqual([method, path, 404])
  expect((await other.call('GET', '/api/users')).json.data.users).toHaveLength(1)
}, 60_000)

const CANARIES = ['canary-user-4711', 'canary-4712@example.com', 'canary-value-4713', 'canary-anonymous-4714']
const [USER = '', EMAIL = '', VALUE = '', ANONYMOUS = ''] = CANARIES

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'grapevine-logs-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('logs of every level, and metrics, hold nothing of events: no ids, no addresses, no values', async () => {
  const child = spawn(process.execPath, [resolve('src/main.ts'), 'serve', '--json'], {
    env: {
      PATH: process.env['PATH'],
      GRAPEVINE_DATA: directory,
      GRAPEVINE_PORT: '0',
      GRAPEVINE_EXTOLE_SANDBOX_PORT: 'any',
      GRAPEVINE_LOG_LEVEL: 'debug',
    },
    stdio: 'pipe',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  try {
    await expect.poll(() => readdirSync(directory).includes('quickstart.json'), { timeout: 60_000 }).toBe(true)
    const { url, sources, publicApiToken, spaceId } = JSON.parse(
      readFileSync(join(directory, 'quickstart.json'), 'utf8'),
    )
    const api = (method: string, path: string, body?: string) =>
      fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${publicApiToken}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
      })
    const send = async (event: object) => {
      const headers = { authorization: `Basic ${btoa(`${sources[0].writeKey}:`)}` }
      const response = await fetch(`${url}/v1/track`, { method: 'POST', headers, body: JSON.stringify(event) })
      expect(response.status).toBe(200)
    }
    await send({ userId: USER, anonymousId: ANONYMOUS, event: 'x', properties: { email: EMAIL, value: VALUE } })
    // Rejected, and with a name that the pipeline has never heard of.
    await send({ userId: USER, event: { [VALUE]: EMAIL } })
    await send({ userId: USER, event: `Named ${VALUE}`, context: { traits: { email: EMAIL } } })
    await expect
      .poll(async () => (await api('GET', `/api/ledger?userId=${USER}`)).text(), { timeout: 40_000 })
      .toContain('"delivered"')
    for (const path of [
      `/api/explain/${VALUE}`,
      `/v1/spaces/${spaceId}/collections/users/profiles/user_id:${USER}/traits`,
    ])
      await (await api('GET', path)).text()
    await api('POST', '/api/sources', `{"slug":"${VALUE}","metadataId":"${EMAIL}"`)
    const subjects = { regulationType: 'DELETE_ONLY', subjectType: 'USER_ID', subjectIds: [USER] }
    expect((await api('POST', '/api/regulations', JSON.stringify(subjects))).status).toBeLessThan(300)
    const metrics = await (await fetch(`${url}/metrics`)).text()
    expect(metrics).toContain('grapevine_')
    child.kill('SIGTERM')
    await once(child, 'exit')
    expect(output.length).toBeGreaterThan(100)
    for (const canary of CANARIES) {
      expect([canary, metrics.includes(canary)]).toEqual([canary, false])
      expect([canary, output.split('\n').filter((line) => line.includes(canary))]).toEqual([canary, []])
    }
  } finally {
    child.kill('SIGKILL')
  }
}, 120_000)

function filesIn(root: string): readonly { readonly path: string; readonly bytes: Buffer }[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      return { path: path.slice(root.length + 1), bytes: readFileSync(path) }
    })
}
