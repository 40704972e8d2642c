/** What the sandbox answers has the fields, types and words that Extole's own description names, and no others. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as facts from './openapi-facts.fixture.ts'
import { type Caller, startCaller } from './testing.ts'

let extole: Caller
let ann: string
let bob: string
let audience: string

beforeAll(async () => {
  extole = await startCaller({ conformance: true })
  const friends = { channel: 'EMAIL', friend_emails: ['bob@b.co'] }
  ann = await extole.send('share', { email: 'ann@b.co', partner_user_id: 'ann', ...friends })
  await extole.send('identify', { email: 'ann@b.co', plan: 'gold' })
  await extole.call('POST', `/v5/persons/${ann}/shareables`, { code: 'ann1', label: 'l', data: { a: 'b' } })
  const who = { email: 'bob@b.co', partner_user_id: 'bob', advocate_code: 'ann1' }
  await extole.send('registration', who)
  bob = await extole.send('conversion', { ...who, partner_conversion_id: 'c1', cart_value: '9.99' })
  const { json } = await extole.call('GET', '/v1/audiences')
  audience = json[0].id
  await extole.call('POST', `/v5/persons/${bob}/memberships`, { audience_id: audience })
})

afterAll(() => extole[Symbol.asyncDispose]())

const event = { event_name: 'identify', data: { email: 'eve@b.co' } }

const one = (shape: facts.Shape) => ({ shape, listed: false as const })
/** With at least one entry, so that there is something to compare. */
const listOf = (shape: facts.Shape) => ({ shape, listed: true as const })

interface Row {
  readonly method: string
  readonly path: () => string
  readonly body?: () => object
  readonly answers: { readonly shape: facts.Shape; readonly listed: boolean }
}

const rows: readonly Row[] = [
  { method: 'POST', path: () => '/v6/events', body: () => event, answers: one(facts.EVENT) },
  { method: 'POST', path: () => '/v6/events/identify', body: () => event.data, answers: one(facts.EVENT) },
  { method: 'POST', path: () => '/v6/async-events', body: () => event, answers: one(facts.ASYNC_EVENT) },
  { method: 'POST', path: () => '/v6/async-events/identify', body: () => event.data, answers: one(facts.ASYNC_EVENT) },
  { method: 'GET', path: () => '/v4/tokens', answers: one(facts.TOKEN) },
  { method: 'POST', path: () => '/v4/tokens', body: () => ({ scopes: ['USER_SUPPORT'] }), answers: one(facts.TOKEN) },
  { method: 'GET', path: () => '/v5/persons?identity_key_value=bob@b.co', answers: listOf(facts.PERSON) },
  {
    method: 'POST',
    path: () => '/v5/persons',
    body: () => ({ identity_key_value: 'n@b.co' }),
    answers: one(facts.PERSON),
  },
  { method: 'GET', path: () => `/v5/persons/${bob}`, answers: one(facts.PERSON) },
  { method: 'GET', path: () => `/v5/persons/${bob}/data/email`, answers: one(facts.DATUM) },
  {
    method: 'POST',
    path: () => `/v5/persons/${bob}/data`,
    body: () => ({ name: 'colour', value: { r: 1 } }),
    answers: one(facts.DATUM),
  },
  {
    method: 'PUT',
    path: () => `/v5/persons/${bob}/data/colour`,
    body: () => ({ value: 2 }),
    answers: one(facts.DATUM),
  },
  { method: 'DELETE', path: () => `/v5/persons/${bob}/data/colour`, answers: one(facts.DATUM) },
  { method: 'GET', path: () => `/v5/persons/${bob}/steps`, answers: listOf(facts.STEP) },
  { method: 'GET', path: () => `/v5/persons/${bob}/memberships`, answers: listOf(facts.MEMBERSHIP) },
  { method: 'GET', path: () => `/v5/persons/${bob}/relationships`, answers: listOf(facts.RELATIONSHIP) },
  { method: 'GET', path: () => `/v5/persons/${ann}/shareables`, answers: listOf(facts.SHAREABLE) },
  { method: 'GET', path: () => `/v5/persons/${ann}/shareables/ann1`, answers: one(facts.SHAREABLE) },
  {
    method: 'PUT',
    path: () => `/v5/persons/${ann}/shareables/ann1`,
    body: () => ({ label: 'new' }),
    answers: one(facts.SHAREABLE),
  },
  { method: 'GET', path: () => `/v5/persons/${bob}/block`, answers: one(facts.BLOCK) },
  {
    method: 'PUT',
    path: () => `/v5/persons/${bob}/block`,
    body: () => ({ type: 'EVENTS', reason: 'r' }),
    answers: one(facts.BLOCK),
  },
  {
    method: 'POST',
    path: () => '/v4/erasures',
    body: () => ({ partner_user_id: 'nobody', note: 'n' }),
    answers: one(facts.ERASURE),
  },
]

test.each(rows.map((row) => ({ ...row, name: `${row.method} ${String(row.path).slice(6)}` })))(
  '$name',
  async ({ method, path, body, answers }) => {
    const { status, json, text } = await extole.call(method, path(), body?.())
    expect(status, text).toBe(200)
    const entries = answers.listed ? json : [json]
    expect(entries.length).toBeGreaterThan(0)
    expect(entries.flatMap((entry: unknown) => facts.differences(answers.shape, entry))).toEqual([])
    expect(Object.keys(entries[0]).length).toBeGreaterThan(0)
  },
)

test("a person's data is an object by name", async () => {
  const { json } = await extole.call('GET', `/v5/persons/${ann}/data`)
  expect(Object.keys(json)).toContain('plan')
  expect(Object.values(json).flatMap((datum) => facts.differences(facts.DATUM, datum))).toEqual([])
})

test.each([
  ['POST', '/v6/events', { data: {} }, 400],
  ['GET', '/v5/persons/1', undefined, 403],
  ['GET', '/v6/batches/1', undefined, 404],
  ['GET', '/nowhere', undefined, 404],
  ['DELETE', '/v6/events', undefined, 405],
])('%s %s refused has the envelope of an error', async (method, path, body, status) => {
  const answer = await extole.call(method, path, body)
  expect([answer.status, answer.json.http_status_code]).toEqual([status, status])
  expect(facts.differences(facts.ERROR, answer.json)).toEqual([])
  expect(Object.keys(answer.json).toSorted()).toEqual(Object.keys(facts.ERROR).toSorted())
})
