/** Computed traits and audiences of accounts on the whole product: by API and command line, read by the Profile API. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Quickstart, Running } from '../src/app/index.ts'
import { callSpace, startServer, type TestServer } from './server.fixture.ts'

const run = promisify(execFile)
const ASKED = "trait('industry') = 'wine' AND ANY(event('Login').within(7 days).count() >= 2)"
let server: TestServer
let running: Running
let quickstart: Quickstart

beforeAll(async () => {
  server = await startServer({ GRAPEVINE_LOG_LEVEL: 'warn' })
  ;({ running, quickstart } = server)
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

const api = (method: string, path: string, body?: unknown) => callSpace(server, method, path, body)

async function send(type: string, event: object): Promise<void> {
  const response = await fetch(`${running.url}/v1/${type}`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${quickstart.sources[0]?.writeKey}:`)}` },
    body: JSON.stringify(event),
  })
  expect(response.status).toBe(200)
}

async function traits(groupId: string): Promise<unknown> {
  const path = `/v1/spaces/${quickstart.spaceId}/collections/accounts/profiles/group_id:${groupId}/traits`
  const response = await fetch(running.url + path, {
    headers: { authorization: `Basic ${btoa(`${quickstart.publicApiToken}:`)}` },
  })
  return ((await response.json()) as { traits: unknown }).traits
}

const cli = (...args: string[]) =>
  run(process.execPath, ['bin/grapevine.mjs', ...args, '--space', 'space'], {
    env: { ...process.env, GRAPEVINE_DATA: server.directory },
  })

test('an account is in once one of its users does what is asked, and the Profile API, members and a preview know it', async () => {
  await send('group', { userId: 'ada', groupId: 'acme', traits: { industry: 'wine' } })
  await send('group', { userId: 'bob', groupId: 'acme', traits: {} })
  await send('group', { userId: 'eve', groupId: 'initech', traits: { industry: 'steel' } })
  const definition = { query: "event('Login').count()", type: 'ACCOUNTS' }
  const logins = await api('POST', '/computed-traits', { name: 'Logins', definition })
  expect(logins).toMatchObject({ status: 200, data: { computedTrait: { definition, size: { type: 'ACCOUNTS' } } } })
  const made = await api('POST', '/audiences', { name: 'Used', audienceType: 'ACCOUNTS', definition: { query: ASKED } })
  expect(made).toMatchObject({
    status: 200,
    data: { audience: { audienceType: 'ACCOUNTS', key: 'used', destinationConnections: [{ form: 'group' }] } },
  })
  const { id } = made.data['audience'] as unknown as { id: string }
  for (const userId of ['ada', 'bob', 'eve', 'eve']) await send('track', { userId, event: 'Login' })
  // The same event is told by its account where it names one.
  await send('track', { userId: 'eve', event: 'Login', context: { groupId: 'acme' } })
  await expect.poll(() => traits('acme'), { timeout: 10_000 }).toEqual({ industry: 'wine', logins: 3, used: true })
  expect(await traits('initech')).toEqual({ industry: 'steel', logins: 2 })
  await expect
    .poll(async () => (await api('GET', `/audiences/${id}/members`)).data['members'])
    .toMatchObject([{ value: true, externalIds: [{ type: 'group_id', id: 'acme' }] }])
  expect((await api('GET', `/audiences/${id}`)).data).toMatchObject({
    audience: { status: 'Live', size: { count: 1, type: 'ACCOUNTS' } },
  })
  const asked = { definition: { query: ASKED }, audienceType: 'ACCOUNTS' }
  expect((await api('POST', '/audiences/previews', asked)).data).toMatchObject({
    audiencePreview: {
      size: { count: 1, type: 'ACCOUNTS' },
      profiles: 2,
      sample: [{ externalIds: [{ type: 'group_id', id: 'acme' }] }],
    },
  })
})

test('the command line makes, previews, shows and writes out those of accounts', async () => {
  const query = "NOT ANY(event('Login').count() >= 2)"
  const preview = await cli('audience', 'preview', query, '--type', 'accounts')
  expect(preview.stdout).toContain('0 of 2 profiles')
  await cli('audience', 'create', 'Hardly used', query, '--type', 'accounts')
  await send('group', { userId: 'dan', groupId: 'globex', traits: {} })
  await expect.poll(() => traits('globex'), { timeout: 10_000 }).toEqual({ hardly_used: true })
  await expect
    .poll(async () => (await cli('audience', 'show', 'hardly_used')).stdout, { timeout: 20_000 })
    .toContain('1 account\n')
  const csv = (await cli('audience', 'export', 'hardly_used')).stdout.split('\n')
  expect(csv[0]).toBe('profile_id,group_id,value,since')
  expect(csv[1]).toMatch(/^use_\d+,globex,true,/)
  await expect(cli('audience', 'create', 'Other', query, '--type', 'companies')).rejects.toMatchObject({
    stderr: expect.stringContaining('--type must be users or accounts'),
  })
}, 60_000)

test('of accounts there are no identifies, and of people no group calls', async () => {
  const [destination] = (await api('GET', '/audiences')).data['audiences'] as unknown as {
    destinationConnections: { destinationId: string }[]
  }[]
  const destinationId = destination?.destinationConnections[0]?.destinationId
  const refused = (over: object, form: string) =>
    api('POST', '/audiences', { name: 'No', ...over, destinationConnections: [{ destinationId, form }] })
  const ofPeople = { definition: { query: "event('Login').count() >= 1" } }
  const cases = [await refused(ofPeople, 'group'), await refused({ ...ofPeople, audienceType: 'ACCOUNTS' }, 'identify')]
  for (const each of cases)
    expect(each).toMatchObject({ status: 422, errors: [{ field: 'destinationConnections.0.form' }] })
})
