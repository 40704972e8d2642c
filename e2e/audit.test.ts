/** The audit trail of a running server: read, exported and checked. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BrowserSession } from './browser-session.fixture.ts'
import { startServer, type TestServer } from './server.fixture.ts'

let server: TestServer
let owner: BrowserSession

beforeAll(async () => {
  server = await startServer()
  owner = new BrowserSession(server.running.url)
  const draft = { token: server.running.setUpSecret, email: 'ada@example.com', name: 'Ada', password: 'correct horse' }
  await owner.call('POST', '/api/join', draft)
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

const cli = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['src/main.ts', 'audit', ...args, '--data', server.directory])
const trail = async (query = '') => (await owner.call('GET', `/api/audit-events${query}`)).json.data

test('a change has a row that names the person or the token, and where from', async () => {
  const made = await owner.call('POST', '/api/sources', { slug: 'audited', metadataId: 'http' })
  const { id } = made.json.data.source
  const { publicApiToken } = server.quickstart
  await owner.call('PATCH', `/api/sources/${id}`, { name: 'Renamed' }, { authorization: `Bearer ${publicApiToken}` })
  const { events, pagination } = await trail(`?resourceId=${id}&resourceType=SOURCE`)
  expect(events).toEqual([
    expect.objectContaining({
      type: 'Source Modified',
      actorKind: 'token',
      actorName: 'quickstart',
      address: '127.0.0.1',
    }),
    {
      id: expect.any(String),
      timestamp: expect.stringMatching(/Z$/),
      type: 'Source Created',
      actor: (await owner.call('GET', '/api/session')).json.data.user.id,
      actorEmail: 'ada@example.com',
      actorKind: 'user',
      actorName: 'ada@example.com',
      address: '127.0.0.1',
      resourceId: id,
      resourceType: 'SOURCE',
      resourceName: 'audited',
      before: null,
      after: expect.objectContaining({ slug: 'audited' }),
    },
  ])
  expect(events[0].actorEmail).toBeUndefined()
  expect(pagination).toEqual({ current: expect.any(String) })
})

test('who came in, signed in and signed out is in the trail, and no secret of theirs', async () => {
  const browser = new BrowserSession(server.running.url)
  await browser.call('POST', '/api/session', { email: 'ada@example.com', password: 'correct horse' })
  const { cookie } = browser
  await browser.call('DELETE', '/api/session')
  const { events } = await trail('?resourceType=USER')
  expect(events.map(({ type }: { type: string }) => type)).toEqual([
    'User Signed Out',
    'User Signed In',
    'User Signed In',
    'User Created',
  ])
  const { stdout } = await cli('export')
  for (const secret of ['correct horse', cookie.split('=')[1] ?? '', server.running.setUpSecret ?? '', 'scrypt'])
    expect(stdout).not.toContain(secret)
})

test('who asked for a deletion is in the trail, and whom it was about is not', async () => {
  const { json } = await owner.call('POST', '/api/regulations', {
    regulationType: 'DELETE_ONLY',
    subjectType: 'USER_ID',
    subjectIds: ['forget-me', 'me-too', 'forget-me'],
  })
  const { events } = await trail(`?resourceId=${json.data.regulateId}`)
  expect(events).toEqual([
    expect.objectContaining({ type: 'Regulation Requested', actorEmail: 'ada@example.com', after: { subjects: 2 } }),
  ])
  expect((await cli('export')).stdout).not.toContain('forget-me')
})

test('pages begin where the last one ended, whatever happened in between', async () => {
  const first = await trail('?pagination[count]=2')
  await owner.call('POST', '/api/sources', { slug: 'in-between', metadataId: 'http' })
  const second = await trail(`?pagination.count=200&pagination.cursor=${encodeURIComponent(first.pagination.next)}`)
  const { stdout } = await cli('export')
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const ids = [...first.events, ...second.events].map(({ id }) => id)
  expect(ids).toEqual(
    lines
      .slice(0, -1)
      .map(({ id }) => id)
      .reverse(),
  )
  expect(second.pagination.next).toBeUndefined()
})

test.each([
  'startTime=yesterday',
  'endTime=',
  'pagination.count=0',
  'pagination.count=201',
  'pagination.cursor=!',
  'x=1',
])('?%s is refused', async (query) => {
  expect((await owner.call('GET', `/api/audit-events?${query}`)).status).toBe(422)
})

test('times bound the trail: from the first, up to but without the last', async () => {
  const { events } = await trail()
  const { timestamp } = events[3]
  const later = await trail(`?startTime=${timestamp}`)
  const earlier = await trail(`?endTime=${timestamp}`)
  expect([...later.events, ...earlier.events]).toEqual(events)
})

test('the CSV is a file to keep, with a row for each change', async () => {
  const headers = { authorization: `Bearer ${server.quickstart.publicApiToken}` }
  const response = await fetch(`${server.running.url}/api/audit-events/export?format=csv`, { headers })
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="audit.csv"',
    'x-content-type-options': 'nosniff',
  })
  const text = await response.text()
  expect(text).toMatch(/^seq,id,timestamp,type,actorKind,actor,actorName,address,resourceType,/)
  expect(text).toBe((await cli('export', '--csv')).stdout)
  const { rows } = JSON.parse((await cli('verify', '--json')).stdout)
  expect(text.match(/\r\n\d+,/g)).toHaveLength(rows)
})

test('a row that was changed in the file is found and named', async () => {
  expect((await cli('verify')).stdout).toMatch(/^The audit trail is whole: \d+ rows\.\n$/)
  const db = new DatabaseSync(join(server.directory, 'state.db'))
  db.exec('PRAGMA busy_timeout = 5000')
  db.exec('DROP TRIGGER audit_events_no_update')
  db.exec(`UPDATE audit_events SET actor_name = 'eve@example.com' WHERE seq = 3`)
  db.close()
  const failed = await cli('verify').catch((error: { code: number; stdout: string }) => error)
  expect(failed).toMatchObject({ code: 1, stdout: expect.stringContaining('BROKEN at row 3') })
})
