/**
 * Texts that mean something to a database, a shell, a template, a terminal or an object, in every kind of field that keeps one: they
 * come back byte for byte, or are refused by the name of the field. Nothing else changes by them.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from './server.fixture.ts'
import { stateOf } from './workspace-state.fixture.ts'

let server: TestServer
let sourceId: string

beforeAll(async () => {
  server = await startServer()
  sourceId = server.quickstart.sources[0]?.id ?? ''
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

/** One line each. */
const LINES: readonly string[] = [
  "'; DROP TABLE sources; --",
  '" OR ""="',
  "x'); DELETE FROM audit_events; --",
  'name) VALUES (1',
  '$1 ?1 :name @name',
  '%_[a-z]\\',
  '$(id) `id` ; id && id | id > /tmp/x',
  '{{7*7}} $'.concat('{7*7} <%= 7*7 %> #{7*7} %{7*7}'),
  '%s%n%x%1$s',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '=HYPERLINK("http://evil.example")',
  '../../../../etc/passwd',
  'C:\\..\\..\\windows',
  '%00%0a%2e%2e%2f',
  '\\u0000\\n\\x00',
  '__proto__',
  'constructor',
  'toString',
  '[object Object]',
  'null',
  'undefined',
  'NaN',
  '-0',
  '1e400',
  '9007199254740993',
  '\u202egnp.exe\u2066\u200f',
  '\u200bx\u2060',
  '\ufeffx',
  'e\u0301 and \u00e9',
  '\u{1f469}\u200d\u{1f4bb}\u{10ffff}',
  'İıſK',
  'a\u0300'.repeat(30),
]
/** No database keeps these. */
const UNSTORABLE: readonly string[] = ['a\0b', '\ud800', 'a\udc00b']
const TWO_LINES: readonly string[] = ['a\r\nset-cookie: x=y', 'a\nb', '\x1b[2J', '\x7f', '\u0085', 'a\u2028b']

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(`${server.running.url}/api${path}`, {
    method,
    headers: {
      authorization: `Bearer ${server.quickstart.publicApiToken}`,
      // Whatever state was seen: where it is asked for.
      'if-match': '*',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, text, json: JSON.parse(text) }
}

interface Field {
  readonly name: string
  /** Name of the field in a refusal. */
  readonly field: string
  readonly keeps: 'lines' | 'text'
  /** Whether Segment has no such route: problems are told in our own envelope. */
  readonly isOwn?: boolean
  /** Sends the text; answers the status and body of the server. */
  write(text: string): Promise<{ readonly status: number; readonly text: string }>
  /** Asks anew, by another request. */
  read(): Promise<unknown>
  /** Puts back what was there. */
  restore(): Promise<unknown>
}

let keys = 0
/** The key of a deleted audience is kept for it. */
const nextKey = () => {
  keys += 1
  return `k${keys}`
}
/** The id of what was made last, so that it can be read and removed. */
let made = ''
const making = async (
  path: string,
  body: unknown,
  idOf: (data: Record<string, { id: string }>) => string | undefined,
) => {
  const answer = await call('POST', path, body)
  made = answer.status < 300 ? (idOf(answer.json.data) ?? '') : ''
  return answer
}

const renamed = (name: string, path: () => string, one: string, before: string): Field => ({
  name,
  field: 'name',
  keeps: 'lines',
  write: (text) => call('PATCH', path(), { name: text }),
  read: async () => (await call('GET', path())).json.data[one].name,
  restore: () => call('PATCH', path(), { name: before }),
})
const audiences = () => `/spaces/${server.quickstart.spaceId}/audiences`
const filters = () => `/destination/${server.quickstart.destinationId}/filters`
const AUDIENCE = { definition: { query: "event('x').count() >= 1" }, enabled: false }
const FILTER = { if: 'all', actions: [{ type: 'DROP' }], enabled: false }

const FIELDS: readonly Field[] = [
  renamed('the name of a source', () => `/sources/${sourceId}`, 'source', 'Node'),
  { ...renamed('the name of a space', () => `/spaces/${server.quickstart.spaceId}`, 'space', 'Space'), isOwn: true },
  {
    name: 'the name of a group',
    field: 'name',
    keeps: 'lines',
    write: (text) => making('/groups', { name: text }, ({ userGroup }) => userGroup?.id),
    read: async () => (await call('GET', `/groups/${made}`)).json.data.userGroup.name,
    restore: () => call('DELETE', `/groups/${made}`),
  },
  {
    name: 'the name of a token',
    field: 'name',
    isOwn: true,
    keeps: 'lines',
    write: (text) => making('/tokens', { name: text, scopes: ['api:read'] }, ({ token }) => token?.id),
    read: async () => {
      const { tokens } = (await call('GET', '/tokens')).json.data
      return tokens.find(({ id }: { id: string }) => id === made).name
    },
    restore: () => call('DELETE', `/tokens/${made}`),
  },
  {
    name: 'the description of a label',
    field: 'description',
    keeps: 'lines',
    write: (text) => call('POST', '/labels', { label: { key: 'k', value: 'v', description: text } }),
    read: async () => (await call('GET', '/labels')).json.data.labels[0].description,
    restore: () => call('DELETE', '/labels/k/v'),
  },
  {
    name: 'the key of a label, also in a path',
    field: 'key',
    keeps: 'lines',
    async write(text) {
      made = text
      return call('POST', '/labels', { label: { key: text, value: 'v' } })
    },
    read: async () => (await call('GET', '/labels')).json.data.labels[0].key,
    restore: () => call('DELETE', `/labels/${encodeURIComponent(made)}/v`),
  },
  {
    name: 'the name of an audience',
    field: 'name',
    keeps: 'text',
    write: (text) => making(audiences(), { ...AUDIENCE, name: text, key: nextKey() }, ({ audience }) => audience?.id),
    read: async () => (await call('GET', `${audiences()}/${made}`)).json.data.audience.name,
    restore: () => call('DELETE', `${audiences()}/${made}`),
  },
  {
    name: 'the description of an audience',
    field: 'description',
    keeps: 'text',
    write: (text) =>
      making(
        audiences(),
        { ...AUDIENCE, name: 'n', key: nextKey(), description: text },
        ({ audience }) => audience?.id,
      ),
    read: async () => (await call('GET', `${audiences()}/${made}`)).json.data.audience.description,
    restore: () => call('DELETE', `${audiences()}/${made}`),
  },
  {
    name: 'the title of a filter',
    field: 'title',
    keeps: 'text',
    write: (text) => making(filters(), { ...FILTER, sourceId, title: text }, ({ filter }) => filter?.id),
    read: async () => (await call('GET', `${filters()}/${made}`)).json.data.filter.title,
    restore: () => call('DELETE', `${filters()}/${made}`),
  },
]

test.each(FIELDS)(
  '$name keeps what it takes byte for byte',
  async ({ name, keeps, write, read, restore }) => {
    const before = await told()
    for (const text of keeps === 'lines' ? LINES : [...LINES, 'two\nlines']) {
      const answer = await write(text)
      expect([text, answer.status < 300], answer.text).toEqual([text, true])
      expect(Buffer.from(String(await read())).toString('hex'), name).toBe(Buffer.from(text).toString('hex'))
      await restore()
    }
    expect(await told()).toEqual(before)
  },
  60_000,
)

test.each(FIELDS)(
  '$name is refused by its name where no text can be kept',
  async ({ field, keeps, isOwn = false, write }) => {
    const before = await stateOf(server)
    for (const text of keeps === 'lines' ? [...UNSTORABLE, ...TWO_LINES] : UNSTORABLE) {
      const message = `${field} ${keeps === 'lines' ? 'must be plain text on one line' : 'must be plain text'}`
      const { status, text: body } = await write(text)
      const said = isOwn
        ? { error: { code: 'invalid', message, fields: [{ field, message }] }, requestId: expect.any(String) }
        : { errors: [{ type: 'input-validation', field, message }] }
      expect([text, status, JSON.parse(body)]).toEqual([text, 422, said])
    }
    expect(await stateOf(server)).toEqual(before)
  },
  60_000,
)

test('a query keeps what it takes byte for byte', async () => {
  for (const text of [...LINES, 'two\r\nlines', 'a\0b']) {
    const { json } = await call('GET', `/echo?message=${encodeURIComponent(text)}`)
    expect(json.data.message).toBe(text)
  }
})

/** Without the audit trail, which has a row for each change and its taking back. */
async function told() {
  const { '/audit-events/verification': rows, ...rest } = await stateOf(server)
  expect(rows).toMatchObject({ data: { verification: { intact: true } } })
  return rest
}
