/** People, groups and labels over HTTP, in the shapes that Segment's own programs read. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BrowserSession } from './browser-session.fixture.ts'
import { startServer, type TestServer } from './server.fixture.ts'

const PASSWORD = 'correct horse battery'

let server: TestServer
let owner: BrowserSession
let ownerId: string
let workspace: { id: string; type: string; labels: never[] }

beforeAll(async () => {
  server = await startServer()
  owner = new BrowserSession(server.running.url)
  const draft = { token: server.running.setUpSecret, email: 'ada@example.com', name: 'Ada', password: PASSWORD }
  ownerId = (await owner.call('POST', '/api/join', draft)).json.data.user.id
  const { users } = (await owner.call('GET', '/api/users')).json.data
  workspace = users[0].permissions[0].resources[0]
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

async function joined(email: string, ...roleIds: string[]) {
  const permissions = roleIds.map((roleId) => ({ roleId, resources: [{ id: workspace.id, type: 'WORKSPACE' }] }))
  const { json } = await owner.call('POST', '/api/invites', { invites: [{ email, permissions }] })
  const browser = new BrowserSession(server.running.url)
  const [{ token }] = json.data.tokens
  const { data } = (await browser.call('POST', '/api/join', { token, name: email, password: PASSWORD })).json
  return { browser, id: data.user.id as string }
}

const permission = (roleId: string, roleName: string) => ({ roleId, roleName, resources: [workspace], labels: [] })

test('an invitation is passed on by hand, is listed until it is used, and makes the user it was for', async () => {
  const made = await owner.call('POST', '/api/invites', { invites: [{ email: 'grace@example.com' }] })
  expect([made.status, made.json.data]).toEqual([
    201,
    {
      emails: ['grace@example.com'],
      tokens: [
        { email: 'grace@example.com', token: expect.stringMatching(/^gvi_[\w-]{43}$/), expiresAt: expect.any(String) },
      ],
    },
  ])
  expect((await owner.call('GET', '/api/invites')).json.data).toMatchObject({
    invites: ['grace@example.com'],
    pagination: { totalEntries: 1 },
  })
  const browser = new BrowserSession(server.running.url)
  const [{ token }] = made.json.data.tokens
  const draft = { token, name: 'Grace', password: PASSWORD }
  expect((await browser.call('POST', '/api/join', { ...draft, email: 'eve@example.com' })).status).toBe(422)
  const { json } = await browser.call('POST', '/api/join', draft)
  expect(json.data).toEqual({
    user: { id: expect.any(String), email: 'grace@example.com', name: 'Grace', role: 'viewer', pii: false },
    rights: ['api:read'],
  })
  expect((await owner.call('GET', '/api/invites')).json.data.invites).toEqual([])
  expect((await owner.call('GET', `/api/users/${json.data.user.id}`)).json.data.user).toEqual({
    id: json.data.user.id,
    name: 'Grace',
    email: 'grace@example.com',
    permissions: [permission('viewer', 'Workspace Viewer')],
  })
  const taken = await owner.call('POST', '/api/invites', { invites: [{ email: 'Grace@Example.com' }] })
  expect([taken.status, taken.json.errors[0].field]).toEqual([409, 'email'])
})

test('permissions are added and replaced; what is narrower than the workspace is refused', async () => {
  const { id, browser } = await joined('edith@example.com', 'viewer')
  const path = `/api/users/${id}/permissions`
  const added = await owner.call('POST', path, { permissions: [{ roleId: 'pii' }, { roleId: 'editor' }] })
  expect(added.json.data.permissions).toEqual([
    permission('editor', 'Workspace Editor'),
    permission('pii', 'PII Access'),
  ])
  expect((await browser.call('GET', '/api/session')).status).toBe(401)
  expect((await owner.call('POST', path, { permissions: [{ roleId: 'viewer' }] })).json.data.permissions).toHaveLength(
    2,
  )
  const replaced = await owner.call('PUT', path, { permissions: [{ roleId: 'viewer' }] })
  expect(replaced.json.data.permissions).toEqual([permission('viewer', 'Workspace Viewer')])
  for (const wrong of [
    [],
    [{ roleId: 'pii' }],
    [{ roleId: 'king' }],
    [{ roleId: 'viewer', resources: [{ id: 'x', type: 'SOURCE' }] }],
    [{ roleId: 'viewer', resources: [{ id: 'x', type: 'WORKSPACE' }] }],
    [{ roleId: 'viewer', labels: [{ key: 'env', value: 'prod' }] }],
  ])
    expect((await owner.call('PUT', path, { permissions: wrong })).status).toBe(422)
  expect(
    (await owner.call('PUT', '/api/users/nobody/permissions', { permissions: [{ roleId: 'viewer' }] })).status,
  ).toBe(404)
})

test('an admin manages people up to admins, and owners and pii are out of reach, also by a token', async () => {
  const { browser, id } = await joined('admin@example.com', 'admin')
  const scopes = ['users:read', 'users:write', 'tokens:write']
  const made = await browser.call('POST', '/api/tokens', { name: 'mine', scopes })
  expect(made.status).toBe(201)
  const beyond = await browser.call('POST', '/api/tokens', { name: 'more', scopes: ['owners:write', 'pii:read'] })
  expect([beyond.status, beyond.json.error.fields[0].field]).toEqual([403, 'scopes'])
  const withToken = { authorization: `Bearer ${made.json.data.token.token}`, cookie: null, 'sec-fetch-site': null }
  for (const headers of [{}, withToken] as Record<string, string | null>[]) {
    const call = (method: string, path: string, body?: unknown) => browser.call(method, path, body, headers)
    for (const attempt of [
      await call('POST', '/api/invites', { invites: [{ email: 'x@example.com', permissions: [{ roleId: 'owner' }] }] }),
      await call('PUT', `/api/users/${ownerId}/permissions`, { permissions: [{ roleId: 'viewer' }] }),
      await call('POST', `/api/users/${id}/permissions`, { permissions: [{ roleId: 'owner' }] }),
      await call('POST', `/api/users/${id}/permissions`, { permissions: [{ roleId: 'pii' }] }),
      await call('DELETE', `/api/users?userIds[0]=${ownerId}`),
    ])
      expect([attempt.status, attempt.json.errors[0].type]).toEqual([403, 'forbidden'])
  }
  // A token that may change people but not sources can make nobody who may.
  const editor = { invites: [{ email: 'y@example.com', permissions: [{ roleId: 'editor' }] }] }
  expect((await browser.call('POST', '/api/invites', editor, withToken)).status).toBe(403)
  expect((await browser.call('POST', '/api/invites', editor)).status).toBe(201)
  await owner.call('DELETE', '/api/invites?emails.0=y@example.com')
  const own = (await owner.call('POST', '/api/tokens', { name: 'sees', scopes: ['pii:read'] })).json.data.token
  expect((await browser.call('DELETE', `/api/tokens/${own.id}`)).status).toBe(403)
  expect((await owner.call('DELETE', `/api/tokens/${own.id}`)).status).toBe(200)
  const left = await browser.call('POST', '/api/invites', { invites: [{ email: 'z@example.com' }] })
  const last = await owner.call('DELETE', `/api/users?userIds.0=${ownerId}`)
  expect([last.status, last.json.errors[0].field]).toEqual([409, 'role'])
  expect((await owner.call('DELETE', `/api/users?userIds.0=${id}`)).json).toEqual({ data: { status: 'SUCCESS' } })
  expect((await browser.call('GET', '/api/users', undefined, withToken)).status).toBe(401)
  const [{ token }] = left.json.data.tokens
  const guest = new BrowserSession(server.running.url)
  expect((await guest.call('POST', '/api/join', { token, name: 'Z', password: PASSWORD })).status).toBe(404)
  expect((await owner.call('DELETE', '/api/users')).status).toBe(422)
})

test('groups live in the shapes of Segment, members under the singular path', async () => {
  const { browser, id } = await joined('member@example.com', 'viewer')
  const made = await owner.call('POST', '/api/groups', { name: 'Editors' })
  const group = made.json.data.userGroup
  expect([made.status, group]).toEqual([200, { id: group.id, name: 'Editors', memberCount: 0, permissions: [] }])
  const path = `/api/groups/${group.id}`
  expect((await owner.call('POST', `${path}/permissions`, { permissions: [{ roleId: 'editor' }] })).json.data).toEqual({
    permissions: [permission('editor', 'Workspace Editor')],
  })
  expect((await browser.call('POST', '/api/labels', {})).status).toBe(403)
  const filled = await owner.call('POST', `${path}/users`, { emails: ['member@example.com'] })
  expect(filled.json.data.userGroup.memberCount).toBe(1)
  await browser.call('POST', '/api/session', { email: 'member@example.com', password: PASSWORD })
  expect((await browser.call('POST', '/api/labels', {})).status).toBe(422)
  expect((await owner.call('GET', `/api/users/${id}/groups`)).json.data.groups).toEqual([
    { id: group.id, name: 'Editors' },
  ])
  await owner.call('POST', '/api/invites', { invites: [{ email: 'later@example.com' }] })
  const early = await owner.call('POST', `${path}/users`, { emails: ['later@example.com'] })
  expect([early.status, early.json.errors[0].field]).toEqual([409, 'emails'])
  const asEditor = { email: 'later@example.com', permissions: [{ roleId: 'editor' }] }
  await owner.call('POST', '/api/invites', { invites: [asEditor] })
  await owner.call('PUT', `/api/group/${group.id}/users`, { emails: ['later@example.com', 'member@example.com'] })
  expect((await owner.call('GET', `${path}/users`)).json.data.users).toEqual([
    { id, name: 'member@example.com', email: 'member@example.com' },
  ])
  expect((await owner.call('GET', `${path}/invites`)).json.data.emails).toEqual(['later@example.com'])
  expect((await owner.call('DELETE', `/api/group/${group.id}/users?emails[0]=member@example.com`)).status).toBe(200)
  expect((await owner.call('PATCH', path, { name: 'Writers' })).json.data.userGroup).toMatchObject({ name: 'Writers' })
  expect((await owner.call('PUT', `${path}/permissions`, { permissions: [] })).json.data.permissions).toEqual([])
  expect((await owner.call('GET', '/api/groups?pagination.count=1')).json.data).toMatchObject({
    userGroups: [{ name: 'Writers', memberCount: 0 }],
    pagination: { totalEntries: 1 },
  })
  expect((await owner.call('DELETE', path)).json).toEqual({ data: { status: 'SUCCESS' } })
  expect((await owner.call('GET', path)).status).toBe(404)
})

test('labels are made, put on a source and shown with it', async () => {
  const label = { key: 'env', value: 'prod/eu', description: 'Live' }
  const made = await owner.call('POST', '/api/labels', { label })
  expect([made.status, made.json]).toEqual([201, { data: { label } }])
  const { id } = server.quickstart.sources[0] ?? { id: '' }
  const put = await owner.call('PUT', `/api/sources/${id}/labels`, { labels: [{ key: 'env', value: 'prod/eu' }] })
  expect(put.json).toEqual({ data: { labels: [label] } })
  expect((await owner.call('GET', `/api/sources/${id}`)).json.data.source.labels).toEqual([label])
  expect(
    (await owner.call('POST', `/api/sources/${id}/labels`, { labels: [{ key: 'no', value: 'such' }] })).status,
  ).toBe(422)
  expect((await owner.call('GET', '/api/labels')).json).toEqual({ data: { labels: [label] } })
  expect((await owner.call('DELETE', '/api/labels/env/prod%2Feu')).json).toEqual({ data: { status: 'SUCCESS' } })
  expect((await owner.call('GET', `/api/sources/${id}`)).json.data.source.labels).toEqual([])
  expect((await owner.call('DELETE', '/api/labels/env/prod%2Feu')).status).toBe(404)
})

test('the command line invites, lists, changes and removes people', async () => {
  const cli = async (...args: string[]) => {
    const run = promisify(execFile)(process.execPath, ['src/main.ts', ...args, '--data', server.directory, '--json'])
    return JSON.parse((await run).stdout)
  }
  const { token } = await cli('users', 'invite', 'cli@example.com', '--role', 'editor', '--pii')
  const browser = new BrowserSession(server.running.url)
  const { json } = await browser.call('POST', '/api/join', { token, name: 'Cli', password: PASSWORD })
  expect(json.data.user).toMatchObject({ role: 'editor', pii: true })
  await cli('users', 'role', json.data.user.id, 'viewer')
  const { users } = await cli('users', 'list')
  expect(users.find((user: { id: string }) => user.id === json.data.user.id).permissions).toEqual([
    permission('viewer', 'Workspace Viewer'),
  ])
  expect(await cli('users', 'remove', json.data.user.id)).toEqual({ id: json.data.user.id, removed: true })
  expect((await owner.call('GET', `/api/users/${json.data.user.id}`)).status).toBe(404)
}, 60_000)
