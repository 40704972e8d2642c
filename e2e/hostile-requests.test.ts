/**
 * Requests that no honest program makes, each with its exact answer. After each of them the workspace is as it was, down to the number
 * of rows of the audit trail; after all of them the API tells the same of everything.
 */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RawAnswer, sendRaw } from './raw-http.fixture.ts'
import { startServer, type TestServer } from './server.fixture.ts'
import { stateOf } from './workspace-state.fixture.ts'

let server: TestServer
let sourceId: string
let before: Record<string, unknown>

beforeAll(async () => {
  server = await startServer()
  sourceId = server.quickstart.sources[0]?.id ?? ''
  before = await stateOf(server)
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

const head = (method: string, target: string, headers = '') =>
  `${method} ${target} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${server.quickstart.publicApiToken}\r\nconnection: close\r\n${headers}`
const get = (target: string, headers = '', method = 'GET') =>
  sendRaw(server.running.url, `${head(method, target, headers)}\r\n`)
const source = () => `/api/sources/${sourceId}`
const send = (method: string, target: string, body: string | Buffer, type: string | null, headers = '') => {
  const bytes = Buffer.from(body)
  const typed = type === null ? headers : `${headers}content-type: ${type}\r\n`
  const length = `content-length: ${bytes.length}\r\n\r\n`
  return sendRaw(server.running.url, Buffer.concat([Buffer.from(head(method, target, typed) + length), bytes]))
}
const JSON_TYPE = 'application/json'
const rename = (body: string | Buffer, type: string | null = JSON_TYPE, headers = '') =>
  send('PATCH', source(), body, type, headers)
const preview = (condition: string, payload: string, actions = '[{"type":"DROP"}]') =>
  send(
    'POST',
    '/api/destination/filters/preview',
    `{"filter":{"if":${JSON.stringify(condition)},"actions":${actions}},"payload":${payload}}`,
    JSON_TYPE,
  )

interface Said {
  readonly status: number
  readonly body: unknown
}
const refused = (status: number, type: string, message: string, field?: string): Said => ({
  status,
  body: { errors: [{ type, ...(field === undefined ? {} : { field }), message }] },
})
const bad = (status: number, message: string) => refused(status, 'bad-request', message)
const unfit = (field: string, message: string) => refused(422, 'input-validation', message, field)
const NO_SOURCE = refused(404, 'not-found', 'The source does not exist.')
const NOWHERE = refused(404, 'not-found', 'There is nothing at this address.')
const takes = (methods: string) => refused(405, 'method-not-allowed', `This address takes ${methods}.`)
const NOT_JSON = bad(400, 'The body is not JSON.')
const NOT_UTF8 = bad(400, 'The body is not UTF-8.')
const POLLUTED = bad(400, 'The body has the key __proto__, or prototype in constructor, which nothing here is called.')
const WRONG_TYPE = bad(415, 'Send the body as application/json or application/vnd.segment.v1+json.')
const WRONG_CHARSET = bad(415, 'Send the body in UTF-8.')
const ENCODED = bad(415, 'Send the body without Content-Encoding: nothing is decompressed here.')
const NOT_PERCENT = bad(400, 'The path is not percent-encoded UTF-8.')
const UNAUTHORIZED = refused(401, 'unauthorized', 'Send a valid token as Authorization: Bearer <token>, or sign in.')
/** Where not even the path can be read, the answer is that of the Tracking API. */
const broken = (status: number, code: string, message: string): Said => ({
  status,
  body: { success: false, code, message, requestId: expect.stringMatching(/^[0-9a-f]{24}$/) },
})
const NOT_HTTP = broken(400, 'bad_request', 'The request is not valid HTTP.')
const theSource = (): Said => ({
  status: 200,
  body: { data: expect.objectContaining({ source: expect.objectContaining({ id: sourceId, name: 'Node' }) }) },
})
const theSources = (): Said => ({
  status: 200,
  body: {
    data: {
      sources: [expect.objectContaining({ id: sourceId }), expect.objectContaining({ slug: 'javascript' })],
      pagination: { current: 'MA==', totalEntries: 2 },
    },
  },
})

type Case = readonly [name: string, ask: () => Promise<RawAnswer>, said: Said | (() => Said)]

async function hold([name, ask, said]: Case): Promise<void> {
  const answer = await ask()
  const due = typeof said === 'function' ? said() : said
  expect([name, answer.status, JSON.parse(answer.text)]).toEqual([name, due.status, due.body])
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(answer.headers.has('set-cookie')).toBe(false)
  const { '/audit-events/verification': rows } = before
  const trail = await get('/api/audit-events/verification')
  expect([name, JSON.parse(trail.text)]).toEqual([name, rows])
}

const nested = (levels: number) => `{"name":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
const nestedPayload = (levels: number) => `${'{"a":'.repeat(levels - 1)}1${'}'.repeat(levels - 1)}`
const TOO_DEEP = unfit('', 'body is nested deeper than 100 levels')
const NOT_TEXT = unfit('name', 'name must be string')

const BODIES: readonly Case[] = [
  ['key __proto__', () => rename('{"name":"x","__proto__":{"isAdmin":true}}'), POLLUTED],
  ['key __proto__, escaped', () => rename('{"name":"x","\\u005f_proto__":{"isAdmin":true}}'), POLLUTED],
  ['key __proto__, deep', () => preview('all', '{"a":[{"__proto__":{"isAdmin":true}}]}'), POLLUTED],
  ['constructor.prototype', () => rename('{"constructor":{"prototype":{"isAdmin":true}}}'), POLLUTED],
  ['key constructor', () => rename('{"constructor":1}'), unfit('constructor', 'constructor is not known here')],
  [
    'key hasOwnProperty',
    () => rename('{"hasOwnProperty":1}'),
    unfit('hasOwnProperty', 'hasOwnProperty is not known here'),
  ],
  ['unknown key', () => rename('{"id":"other"}'), unfit('id', 'id is not known here')],
  ['one key twice, the last of it wrong', () => rename('{"name":"x","name":5}'), NOT_TEXT],
  [
    '100,000 unknown keys',
    () => rename(`{${Array.from({ length: 100_000 }, (_, n) => `"k${n}":1`)}}`),
    {
      status: 422,
      body: {
        errors: Array.from({ length: 20 }, (_, n) => ({
          type: 'input-validation',
          field: `k${n}`,
          message: `k${n} is not known here`,
        })),
      },
    },
  ],
  [
    'a key of 100,000 characters',
    () => rename(`{"${'k'.repeat(100_000)}":1}`),
    unfit('k'.repeat(255), `${'k'.repeat(255)} is not known here`),
  ],
  ['100 levels', () => rename(nested(100)), NOT_TEXT],
  ['101 levels', () => rename(nested(101)), TOO_DEEP],
  ['2,000,000 levels', () => rename(nested(2_000_000)), TOO_DEEP],
  ['101 levels of objects', () => preview('all', nestedPayload(101)), TOO_DEEP],
  [
    '100 levels of objects',
    () => preview('all', nestedPayload(100)),
    {
      status: 200,
      body: { data: { inputPayload: JSON.parse(nestedPayload(100)), result: null } },
    },
  ],
  [
    '99 levels of objects',
    () => preview('all', nestedPayload(99)),
    {
      status: 200,
      body: { data: { inputPayload: JSON.parse(nestedPayload(99)), result: null } },
    },
  ],
  ['a list for a text', () => rename('{"name":["x"]}'), NOT_TEXT],
  ['an object for a text', () => rename('{"name":{"$ne":null}}'), NOT_TEXT],
  ['null for a text', () => rename('{"name":null}'), NOT_TEXT],
  ['a number for a text', () => rename('{"name":1e400}'), NOT_TEXT],
  ['a text for a flag', () => rename('{"enabled":"false"}'), unfit('enabled', 'enabled must be boolean')],
  ['a list for the body', () => rename('[]'), unfit('', 'body must be object')],
  ['null for the body', () => rename('null'), unfit('', 'body must be object')],
  ['a text for the body', () => rename('"name"'), unfit('', 'body must be object')],
  ['no body', () => rename(''), bad(400, 'The body is empty.')],
  ['half a body', () => rename('{"name":'), NOT_JSON],
  ['something behind the body', () => rename('{"name":"x"}{}'), NOT_JSON],
  ['NaN', () => rename('{"name":NaN}'), NOT_JSON],
  ['-Infinity', () => rename('{"name":-Infinity}'), NOT_JSON],
  ['a number with a leading zero', () => rename('{"name":01}'), NOT_JSON],
  ['a hexadecimal number', () => rename('{"name":0x1}'), NOT_JSON],
  ['single quotes', () => rename(`{'name':'x'}`), NOT_JSON],
  ['a comment', () => rename('{"name":"x"/**/}'), NOT_JSON],
  ['NUL in the JSON', () => rename('{"name":\0"x"}'), NOT_JSON],
  ['a line break in a text', () => rename('{"name":"a\nb"}'), NOT_JSON],
  ['overlong UTF-8', () => rename(Buffer.from('7b226e616d65223a22c0af227d', 'hex')), NOT_UTF8],
  ['a surrogate in UTF-8', () => rename(Buffer.from('7b226e616d65223a22eda080227d', 'hex')), NOT_UTF8],
  ['Latin-1', () => rename(Buffer.from('{"name":"é"}', 'latin1')), NOT_UTF8],
  ['half a character at the end', () => rename(Buffer.from('7b226e616d65223a22c3', 'hex')), NOT_UTF8],
  [
    'UTF-16 that says so',
    () => rename(Buffer.from('{"name":"x"}', 'utf16le'), `${JSON_TYPE}; charset=utf-16`),
    WRONG_CHARSET,
  ],
  ['UTF-16 that does not', () => rename(Buffer.from('{"name":"x"}', 'utf16le')), NOT_JSON],
  [
    'a byte more than there may be',
    () => framed(`content-length: ${4 * 1024 ** 2 + 1}\r\n`, '"x'),
    bad(413, 'Request body is too large'),
  ],
  [
    'as many bytes as there may be',
    () => rename(`"${'x'.repeat(4 * 1024 ** 2 - 2)}"`),
    unfit('', 'body must be object'),
  ],
]

const share = (percent: string) => preview('all', '{"n":1}', `[{"type":"SAMPLE","percent":${percent},"path":"userId"}]`)
const NO_SHARE = unfit(
  'actions.0.percent',
  'actions.0.percent must be a number from 0 (nothing passes) to 1 (all of it)',
)
const payloadNumber = (sent: string, kept: number): Case => [
  `the number ${sent}`,
  () => preview('all', `{"n":${sent}}`),
  { status: 200, body: { data: { inputPayload: { n: kept }, result: null } } },
]

const NUMBERS: readonly Case[] = [
  payloadNumber('-0', 0),
  payloadNumber('9007199254740993', 9_007_199_254_740_992),
  payloadNumber('1E2', 100),
  payloadNumber('5e-324', Number.MIN_VALUE),
  payloadNumber('1e-400', 0),
  ['a share of 1E2', () => share('1E2'), NO_SHARE],
  ['a share of 2^53+1', () => share('9007199254740993'), NO_SHARE],
  ['a share of -1', () => share('-1'), NO_SHARE],
]

const TYPES: readonly Case[] = [
  ...[
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    'application/json, text/plain',
    'application/vnd.segment.v1+jsonx',
    'application/vnd.other.v1+json',
    'application/xml',
    'application/merge-patch+json',
    '*/*',
    '',
  ].map((type): Case => [`type ${type}`, () => rename('{"name":"x"}', type), WRONG_TYPE]),
  ['no type', () => rename('{"name":"x"}', null), WRONG_TYPE],
  ...['latin1', 'utf-16', 'utf-7', '"iso-8859-1"'].map(
    (charset): Case => [
      `charset ${charset}`,
      () => rename('{"name":"x"}', `${JSON_TYPE}; charset=${charset}`),
      WRONG_CHARSET,
    ],
  ),
  ...['gzip', 'deflate', 'br', 'zstd', 'gzip, gzip', 'x'].map(
    (encoding): Case => [
      `encoding ${encoding}`,
      () => rename(gzipSync('{"name":"x"}'), JSON_TYPE, `content-encoding: ${encoding}\r\n`),
      ENCODED,
    ],
  ),
  ['gzip that does not say so', () => rename(gzipSync('{"name":"x"}')), NOT_UTF8],
]

const chunked = (body: string, headers = '') =>
  sendRaw(
    server.running.url,
    `${head('PATCH', source(), `content-type: ${JSON_TYPE}\r\ntransfer-encoding: chunked\r\n${headers}`)}\r\n${body}`,
  )
const framed = (headers: string, body: string) =>
  sendRaw(server.running.url, `${head('PATCH', source(), `content-type: ${JSON_TYPE}\r\n${headers}`)}\r\n${body}`)

const FRAMES: readonly Case[] = [
  ['chunks that are no text', () => chunked('9\r\n{"name":5\r\n1\r\n}\r\n0\r\n\r\n'), NOT_TEXT],
  ['a chunk of a wrong size', () => chunked('ZZ\r\n{}\r\n0\r\n\r\n'), NOT_HTTP],
  ['a chunk of a negative size', () => chunked('-1\r\n{}\r\n0\r\n\r\n'), NOT_HTTP],
  ['a chunk of a size beyond numbers', () => chunked('fffffffffffffffff\r\n{}\r\n0\r\n\r\n'), NOT_HTTP],
  ['both a length and chunks', () => chunked('0\r\n\r\n', 'content-length: 5\r\n'), NOT_HTTP],
  ['a transfer encoding that there is not', () => framed('transfer-encoding: gzip\r\n', '0\r\n\r\n'), NOT_HTTP],
  ['two lengths', () => framed('content-length: 2\r\ncontent-length: 3\r\n', '{} '), NOT_HTTP],
  ['a negative length', () => framed('content-length: -1\r\n', '{}'), NOT_HTTP],
  ['a length that is no number', () => framed('content-length: 2x\r\n', '{}'), NOT_HTTP],
]

const list = (query: string) => get(`/api/sources?${query}`)
const noCount = unfit('pagination.count', 'pagination.count must match pattern "^[0-9]{1,4}$"')
const noCursor = unfit('pagination.cursor', 'pagination.cursor is not one of this list')
const unknown = (name: string) => unfit(name, `${name} is not known here`)

const QUERIES: readonly Case[] = [
  [
    'one name twice',
    () => list('pagination.count=1&pagination.count=2'),
    unfit('pagination.count', 'pagination.count must be string'),
  ],
  [
    'one name in both spellings',
    () => list('pagination[count]=1&pagination.count=2'),
    unfit('pagination.count', 'pagination.count must be string'),
  ],
  ...['', '-1', '1e2', '0x1', '%zz', '1%00', '1;x', '%D9%A3', '%EF%BC%91', '10000', '+1', "'%20OR%201=1"].map(
    (count): Case => [`the count ${count}`, () => list(`pagination.count=${count}`), noCount],
  ),
  [
    'a count of 0',
    () => list('pagination.count=0'),
    unfit('pagination.count', 'pagination.count must be from 1 to 200'),
  ],
  [
    'a count of 201',
    () => list('pagination.count=201'),
    unfit('pagination.count', 'pagination.count must be from 1 to 200'),
  ],
  ...['AAAA', '%00', '', 'LTE=', 'MQ', 'IA==', 'MWUx', 'OTAwNzE5OTI1NDc0MDk5Mw=='].map(
    (cursor): Case => [`the cursor ${cursor}`, () => list(`pagination.cursor=${cursor}`), noCursor],
  ),
  [
    'a long cursor',
    () => list(`pagination.cursor=${'A'.repeat(101)}`),
    unfit('pagination.cursor', 'pagination.cursor must NOT have more than 100 characters'),
  ],
  ['__proto__', () => list('__proto__=1'), unknown('__proto__')],
  ['__proto__ with a name', () => list('__proto__[count]=1'), unknown('__proto__[count]')],
  ['constructor.prototype', () => list('constructor[prototype][x]=1'), unknown('constructor.prototype.x')],
  ['an open bracket', () => list('pagination[count'), unknown('pagination[count')],
  ['a name without a value', () => list('x'), unknown('x')],
  ['a name that is no UTF-8', () => list('%ff=1'), unknown('\ufffd')],
  ['a long name', () => list(`${'x'.repeat(9_000)}=1`), unknown('x'.repeat(255))],
  ['letters that are not encoded', () => list('pagination.count=٣'), NOT_HTTP],
  ['nothing between the ands', () => list('&&&'), theSources],
]

const one = (part: string) => get(`/api/sources/${part}`)
/** Letters of another script that look the same. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  ...{ a: 'а', c: 'с', e: 'е', o: 'о', p: 'р', x: 'х', y: 'у', i: 'і', s: 'ѕ', A: 'А', B: 'В', C: 'С', E: 'Е', H: 'Н' },
  ...{ K: 'К', M: 'М', O: 'О', P: 'Р', T: 'Т', X: 'Х', '0': 'О', '3': 'З' },
}
const lookAlike = (id: string) => encodeURIComponent([...id].map((each) => LOOK_ALIKES[each] ?? each).join(''))
const fullWidth = (id: string) =>
  encodeURIComponent([...id].map((each) => String.fromCodePoint((each.codePointAt(0) ?? 0) + 0xfee0)).join(''))
const swapped = (id: string) =>
  [...id].map((each) => (each === each.toLowerCase() ? each.toUpperCase() : each.toLowerCase())).join('')

const PATHS: readonly Case[] = [
  ...['%', '%zz', '%c0%af', '%ff', '%ed%a0%80', '%e2%80', '%0'].map(
    (part): Case => [`part ${part}`, () => one(part), NOT_PERCENT],
  ),
  ...[
    '%00',
    '%2e%2e',
    '..',
    '.',
    '..%2f..%2fetc%2fpasswd',
    '%252e%252e',
    'a\\b',
    '*',
    '__proto__',
    'constructor',
    'toString',
  ].map((part): Case => [`part ${part}`, () => one(part), NO_SOURCE]),
  ...[
    "'%20OR%201=1%20--",
    '%0d%0aset-cookie:%20a=b',
    '%e2%80%ae',
    '$(id)',
    '{{7*7}}',
    '%F0%9F%92%A9',
    'x'.repeat(8_192),
  ].map((part): Case => [`part ${part.slice(0, 40)}`, () => one(part), NO_SOURCE]),
  [
    'a part that is too long',
    () => one('x'.repeat(8_193)),
    bad(414, 'A part of the path has more than 8192 characters.'),
  ],
  ['the id with a space', () => one(`${sourceId}%20`), NO_SOURCE],
  ['the id with a space in front', () => one(`%20${sourceId}`), NO_SOURCE],
  ['the id with NUL', () => one(`${sourceId}%00`), NO_SOURCE],
  ['the id with a parameter', () => one(`${sourceId};x=1`), NO_SOURCE],
  ['the id with other case', () => one(swapped(sourceId)), NO_SOURCE],
  ['the id in letters that look like it', () => one(lookAlike(sourceId)), NO_SOURCE],
  ['the id in wide letters', () => one(fullWidth(sourceId)), NO_SOURCE],
  ['the id with something of no width', () => one(`${sourceId}%E2%80%8B`), NO_SOURCE],
  ['the id of something else', () => one(server.quickstart.destinationId), NO_SOURCE],
  [
    'the id, encoded',
    () => one([...sourceId].map((each) => `%${each.charCodeAt(0).toString(16)}`).join('')),
    theSource,
  ],
  ['the id with a slash', () => one(`${sourceId}/`), theSource],
  ...['/api/../api/sources', '/api//sources', '//api/sources', '/API/sources', '/api%2fsources', '/api/./sources'].map(
    (target): Case => [`address ${target}`, () => get(target), NOWHERE],
  ),
  ...['/api/sources%00', '/api;/sources', '/api/sources/x/y', '/api/sources/../..', '/etc/passwd', '/.env'].map(
    (target): Case => [`address ${target}`, () => get(target), NOWHERE],
  ),
  [
    'a path of the Profile API',
    () => get('/v1/spaces/../../api/sources'),
    {
      status: 404,
      body: { error: { code: 'not_found', message: 'There is nothing at this address.' } },
    },
  ],
  ['a whole URL of another host', () => get('http://evil.example/api/sources'), theSources],
  ['no address', () => get(''), NOT_HTTP],
  ['an address with a space', () => get('/api/sources x'), NOT_HTTP],
]

const METHODS: readonly Case[] = [
  ...['TRACE', 'OPTIONS', 'PROPFIND', 'PUT', 'DELETE', 'PATCH'].map(
    (method): Case => [`${method} of a list`, () => get('/api/sources', '', method), takes('GET, POST')],
  ),
  ...['CONNECT', 'get', 'GETX', 'GET\0', '\x16\x03\x01'].map(
    (method): Case => [`${JSON.stringify(method)} of a list`, () => get('/api/sources', '', method), NOT_HTTP],
  ),
  ...['x-http-method-override', 'x-http-method', 'x-method-override'].flatMap((name): Case[] => [
    [`GET that says DELETE in ${name}`, () => get(source(), `${name}: DELETE\r\n`), theSource],
    [
      `POST that says DELETE in ${name}`,
      () => send('POST', source(), '{}', JSON_TYPE, `${name}: DELETE\r\n`),
      takes('GET, PATCH, DELETE'),
    ],
  ]),
  ['GET that says DELETE in its query', () => get(`${source()}?_method=DELETE`), theSource],
]

const HEADERS: readonly Case[] = [
  ...[
    'x-original-url: /api/users',
    'x-rewrite-url: /api/users',
    "x-forwarded-for: ' OR 1=1",
    'x-forwarded-host: evil.example',
    'accept: application/xml',
    'accept-encoding: gzip, br',
    'range: bytes=0-1',
    'if-none-match: *',
    'upgrade: websocket',
    'cookie: grapevine=%00; grapevine=x',
    'authorization: Bearer nobody',
    'content-type: application/json\r\ncontent-length: 0',
    `x-a: ${'y'.repeat(8_000)}`,
  ].map((header): Case => [header.slice(0, 40), () => get(source(), `${header}\r\n`), theSource]),
  ...['x-a: \x01', 'x-a: a\rb', 'x-a: \0', 'x y: 1', ': x', 'x-a', ' x-a: folded', 'x\0: 1'].map(
    (header): Case => [JSON.stringify(header), () => get(source(), `${header}\r\n`), NOT_HTTP],
  ),
  [
    '17,000 bytes of a header',
    () => get(source(), `x-a: ${'y'.repeat(17_000)}\r\n`),
    broken(431, 'headers_too_large', 'The headers are too large.'),
  ],
  ...[
    'Bearer',
    'Bearer  ',
    'Bearer nobody',
    "Bearer ' OR '1'='1",
    'Bearer __proto__',
    'Bearer \xff',
    `Bearer ${'x'.repeat(8_000)}`,
  ].map(
    (value): Case => [
      `authorization: ${value.slice(0, 30)}`,
      () =>
        sendRaw(
          server.running.url,
          `GET ${source()} HTTP/1.1\r\nhost: x\r\nauthorization: ${value}\r\nconnection: close\r\n\r\n`,
        ),
      UNAUTHORIZED,
    ],
  ),
  ...[
    (token: string) => `Bearer ${token} x`,
    (token: string) => `Bearer ${token.slice(0, -1)}`,
    (token: string) => `Bearer ${swapped(token)}`,
    (token: string) => `Basic ${btoa(`${token}:`)}`,
    (token: string) => token,
  ].map(
    (written, n): Case => [
      `a token that is written wrong (${n})`,
      () => {
        const value = written(server.quickstart.publicApiToken)
        return sendRaw(
          server.running.url,
          `GET ${source()} HTTP/1.1\r\nhost: x\r\nauthorization: ${value}\r\nconnection: close\r\n\r\n`,
        )
      },
      UNAUTHORIZED,
    ],
  ),
]

const TRACK = JSON.stringify({ type: 'track', event: 'a'.repeat(30_000), userId: 'u' })
const condition = (text: string) => preview(text, TRACK)
const tooComplex = (message: string) => refused(422, 'rule-too-complex', message, 'if')
const TOO_LONG = tooComplex('if cannot be read at character 1: a condition has at most 5120 bytes')
const BRACKETS = tooComplex('if cannot be read at character 33: brackets go at most 32 deep')
/** It is no drop: the event comes out as it went in. */
const passes: Said = { status: 200, body: { data: { inputPayload: JSON.parse(TRACK), result: JSON.parse(TRACK) } } }

const CONDITIONS: readonly Case[] = [
  ['5,000 brackets', () => condition('('.repeat(5_000)), BRACKETS],
  ['3,000 times not', () => condition(`${'!'.repeat(3_000)}all`), BRACKETS],
  ['a condition of 36,000 bytes', () => condition(Array(2_000).fill('type = "track"').join(' or ')), TOO_LONG],
  ['a group that repeats itself', () => condition('match(event, "(a+)+$")'), passes],
  ['500 stars', () => condition(`match(event, "${'*a'.repeat(500)}b")`), passes],
  ['stars and any letters', () => condition(`match(event, "${'?*'.repeat(500)}b")`), passes],
  [
    'SQL',
    () => condition("' OR 1=1"),
    unfit('if', "if cannot be read at character 1: the text that begins here needs a closing '"),
  ],
  [
    'a template',
    () => condition('$'.concat('{7*7}')),
    unfit('if', 'if cannot be read at character 1: $ means nothing here; inside a name, write a \\ before it'),
  ],
  ['a path to a prototype', () => condition('__proto__.isAdmin = true or constructor.name = "Object"'), passes],
  [
    'a call',
    () => condition('constructor.constructor("x")()'),
    unfit('if', 'if cannot be read at character 24: and, or, or the end is expected here, not ('),
  ],
]

describe.each([
  ['bodies', BODIES],
  ['numbers', NUMBERS],
  ['content types and encodings', TYPES],
  ['frames', FRAMES],
  ['queries', QUERIES],
  ['paths', PATHS],
  ['methods', METHODS],
  ['headers', HEADERS],
  ['conditions', CONDITIONS],
])('%s', (_, cases) => {
  test.each(cases.map((each) => [each[0], each] as const))(
    '%s',
    async (_name, each) => {
      const startedMs = performance.now()
      await hold(each)
      expect(performance.now() - startedMs).toBeLessThan(15_000)
    },
    30_000,
  )
})

test('HEAD of the API is answered as any method that is not there, without a body', async () => {
  const { status, text } = await get('/api/sources', '', 'HEAD')
  expect([status, text]).toEqual([405, ''])
})

test.each(['/health/live', '/health/ready', '/metrics', '/app', '/app/sources'])(
  'HEAD of %s is answered as GET is, without the body, since monitors ask so',
  async (path) => {
    const whole = await get(path, '', 'GET')
    const { status, text } = await get(path, '', 'HEAD')
    expect([status, text]).toEqual([whole.status, ''])
    expect(whole.text).not.toBe('')
  },
)

test('a wrong method is told which are right, in the envelope of the address; the Profile API asks for a token first', async () => {
  const ask = async (path: string) => {
    const response = await fetch(`${server.running.url}${path}`, { method: 'PUT' })
    const { errors, error } = (await response.json()) as { errors?: unknown; error?: { code: string } }
    return [response.status, response.headers.get('allow'), errors === undefined ? error?.code : 'errors']
  }
  expect(await ask('/api/sources/x')).toEqual([405, 'GET, PATCH, DELETE', 'errors'])
  expect(await ask('/api/destinations/test')).toEqual([405, 'GET, PATCH, DELETE, POST', 'errors'])
  expect(await ask('/api/ledger/1.1')).toEqual([405, 'GET', 'method_not_allowed'])
  expect(await ask('/health/ready')).toEqual([405, 'GET', 'method_not_allowed'])
  expect(await ask('/app/')).toEqual([405, 'GET', 'errors'])
  const profile = '/v1/spaces/s/collections/users/profiles/user_id:a/traits'
  expect(await ask(profile)).toEqual([401, null, 'authentication_error'])
})

test('what is accepted is the last of a key given twice, without a byte order mark, in both media types, in chunks', async () => {
  const renamed = async (answer: RawAnswer) => [answer.status, JSON.parse(answer.text).data?.source.name]
  expect(await renamed(await rename('{"name":"first","name":"last"}'))).toEqual([200, 'last'])
  expect(await renamed(await rename('\ufeff{"name":"without"}'))).toEqual([200, 'without'])
  for (const type of [
    'APPLICATION/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/vnd.segment.v1+json',
    'application/vnd.segment.v1beta+json; charset=utf-8',
  ])
    expect(await renamed(await rename(JSON.stringify({ name: type }), type))).toEqual([200, type])
  expect(await renamed(await rename('{"name":"as it is"}', JSON_TYPE, 'content-encoding: identity\r\n'))).toEqual([
    200,
    'as it is',
  ])
  expect(await renamed(await chunked('8\r\n{"name":\r\n7\r\n"chun"}\r\n0\r\n\r\n'))).toEqual([200, 'chun'])
  expect(await renamed(await rename('{"name":"Node"}'))).toEqual([200, 'Node'])
})

test('after all of them the API tells the same of everything, and no prototype has grown', async () => {
  const { '/audit-events/verification': _, ...after } = await stateOf(server)
  const { '/audit-events/verification': __, ...was } = before
  expect(after).toEqual(was)
  expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false)
})
