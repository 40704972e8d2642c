/** Rules that are more than may be asked of each event: told apart from those that are wrong, at the edge of each limit. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEPTH_MAX, PRIMARIES_MAX, TEXT_CHARS_MAX, WORDS_MAX } from '../src/engage/language/limits.ts'
import { FQL_BYTES_MAX, FQL_DEPTH_MAX } from '../src/fql/index.ts'
import { FILTER_ACTIONS_MAX } from '../src/workspace/index.ts'
import { startServer, type TestServer } from './server.fixture.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer()
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

async function post(path: string, body: object) {
  const response = await fetch(`${server.running.url}/api${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.quickstart.publicApiToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, json: await response.json() }
}

const inBrackets = (depth: number) => `${'('.repeat(depth)}event = "x"${')'.repeat(depth)}`
const ofBytes = (bytes: number) => `event = "${'x'.repeat(bytes - 'event = ""'.length)}"`
const drops = (count: number) => Array.from({ length: count }, () => ({ type: 'DROP' }))
const filter = (condition: string, actions: object[] = drops(1)) => ({ if: condition, actions })

test.each([
  ['as deep as it may be', filter(inBrackets(FQL_DEPTH_MAX)), filter(inBrackets(FQL_DEPTH_MAX + 1)), 'if'],
  ['as long as it may be', filter(ofBytes(FQL_BYTES_MAX)), filter(ofBytes(FQL_BYTES_MAX + 1)), 'if'],
  [
    'with as many actions as it may have',
    filter('all', drops(FILTER_ACTIONS_MAX)),
    filter('all', drops(FILTER_ACTIONS_MAX + 1)),
    'actions',
  ],
])('a filter %s is one, and one step further is too complex', async (_, fits, tooComplex, field) => {
  const path = '/destination/filters/preview'
  expect((await post(path, { filter: fits, payload: {} })).status).toBe(200)
  const previewed = await post(path, { filter: tooComplex, payload: {} })
  const { destinationId } = server.quickstart
  const draft = { title: 'No', enabled: true, ...tooComplex }
  const created = await post(`/destination/${destinationId}/filters`, draft)
  for (const refused of [previewed, created])
    expect(refused).toMatchObject({ status: 422, json: { errors: [{ type: 'rule-too-complex', field }] } })
})

test('a filter that cannot be read is wrong, and not too complex', async () => {
  const refused = await post('/destination/filters/preview', { filter: filter('event ='), payload: {} })
  expect(refused).toMatchObject({ status: 422, json: { errors: [{ type: 'input-validation', field: 'if' }] } })
})

test('a filter of a space that is too deep is too complex', async () => {
  const draft = { integrationId: server.quickstart.spaceId, name: 'No', if: inBrackets(FQL_DEPTH_MAX + 1) }
  expect(await post('/filters', draft)).toMatchObject({ status: 422, json: { errors: [{ type: 'rule-too-complex' }] } })
})

const COUNT = "event('a').count() >= 1"
const words = (count: number) => Array.from({ length: count }, () => "'x'").join(', ')

test.each([
  ['too long', `${COUNT}${' '.repeat(TEXT_CHARS_MAX)}`],
  ['of too many parts', Array.from({ length: PRIMARIES_MAX + 1 }, () => COUNT).join(' AND ')],
  ['too deep', `${'('.repeat(DEPTH_MAX + 1)}${COUNT}${')'.repeat(DEPTH_MAX + 1)}`],
  ['of too many words', `trait('a').one_of(${words(WORDS_MAX + 1)})`],
])('a definition that is %s is too complex, in the envelope of each route', async (_, query) => {
  const space = `/spaces/${server.quickstart.spaceId}/audiences`
  const checked = await post(`${space}/check`, { definition: { query } })
  expect(checked).toMatchObject({
    status: 422,
    json: { error: { code: 'rule_too_complex', fields: [{ field: 'definition.query' }] } },
  })
  const created = await post(space, { name: 'No', definition: { query } })
  expect(created).toMatchObject({
    status: 422,
    json: { errors: [{ type: 'rule-too-complex', field: 'definition.query' }] },
  })
})

test.each([
  ['of as many parts as it may have', Array.from({ length: PRIMARIES_MAX }, () => COUNT).join(' AND ')],
  ['of as many words as it may have', `trait('a').one_of(${words(WORDS_MAX)})`],
])('a definition %s is one', async (_, query) => {
  const checked = await post(`/spaces/${server.quickstart.spaceId}/audiences/check`, { definition: { query } })
  expect([checked.status, checked.json.error]).toEqual([200, undefined])
})

test('a definition that reads itself is too complex, and one that cannot be read is wrong', async () => {
  const space = `/spaces/${server.quickstart.spaceId}/audiences`
  const circle = await post(space, { name: 'self', definition: { query: "trait('self') = true" } })
  expect(circle).toMatchObject({ status: 422, json: { errors: [{ type: 'rule-too-complex' }] } })
  const wrong = await post(`${space}/check`, { definition: { query: 'event(' } })
  expect(wrong).toMatchObject({ status: 422, json: { error: { code: 'invalid' } } })
})
