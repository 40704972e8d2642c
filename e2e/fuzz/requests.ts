/** Makes requests that no honest client sends. Each is the bytes of one connection. */
import { gzipSync } from 'node:zlib'
import type { Chance } from './chance.ts'
import { FUZZ_WRITE_KEY } from './key.ts'
import { POLLUTION_CORPUS } from './pollution.ts'

const BASIC = `authorization: Basic ${Buffer.from(`${FUZZ_WRITE_KEY}:`).toString('base64')}`
const POSTS = ['identify', 'track', 'page', 'screen', 'group', 'alias', 'batch', 'import', ...'tipsgabm']
const METHODS = [
  'POST',
  'POST',
  'POST',
  'POST',
  'POST',
  'GET',
  'OPTIONS',
  'HEAD',
  'PUT',
  'TRACE',
  'CONNECT',
  'post',
  'P\u00d6ST',
  '',
]
/** How many MiB a bomb unpacks to. */
const BOMB_MIB = 64

/** The writes of one connection, in turn. */
export function hostileRequest(chance: Chance): readonly Buffer[] {
  const request = chance.chance(0.05) ? chance.bytes(chance.int(2_000)) : aRequest(chance)
  const mutated = chance.chance(0.5) ? mutate(chance, request) : request
  const whole = chance.chance(0.1) ? Buffer.concat([mutated, aRequest(chance)]) : mutated
  if (!chance.chance(0.2) || whole.length < 2) return [whole]
  const cut = 1 + chance.int(whole.length - 1)
  return [whole.subarray(0, cut), whole.subarray(cut)]
}

/** gzip that unpacks to `BOMB_MIB`, in one layer, in two, or as many members. */
export function gzipBomb(kind: 'plain' | 'nested' | 'members'): Buffer {
  if (kind === 'plain') return BOMB
  return kind === 'nested' ? gzipSync(BOMB) : Buffer.concat(Array.from({ length: BOMB_MIB }, () => MEMBER))
}

export function aPost(path: string, body: Buffer, headers: readonly string[] = [BASIC]): Buffer {
  const head = [`POST ${path} HTTP/1.1`, 'host: x', `content-length: ${body.length}`, ...headers].join('\r\n')
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), body])
}

const MEMBER = gzipSync(Buffer.alloc(1024 ** 2, ' '))
const BOMB = gzipSync(Buffer.alloc(BOMB_MIB * 1024 ** 2, ' '))

function aRequest(chance: Chance): Buffer {
  if (chance.chance(0.1)) return aPixel(chance)
  const path = chance.chance(0.9) ? `/v1/${chance.pick(POSTS)}` : chance.pick(ODD_PATHS)
  const isBatch = /(batch|import|b)$/.test(path)
  const text = aBody(chance, isBatch)
  const isZipped = chance.chance(0.15)
  const isBomb = chance.chance(0.01)
  const zipped = isBomb ? gzipBomb(chance.pick(['plain', 'nested', 'members'])) : isZipped ? gzipSync(text) : text
  const headers = ['host: x', ...(chance.chance(0.8) ? [BASIC] : [])]
  if (isZipped || isBomb) headers.push('content-encoding: gzip')
  if (chance.chance(0.2)) headers.push(anOddHeader(chance))
  if (chance.chance(0.2)) headers.push('origin: https://shop.example')
  const isChunked = chance.chance(0.2)
  headers.push(isChunked ? 'transfer-encoding: chunked' : `content-length: ${aLength(chance, zipped.length)}`)
  const method = chance.chance(0.85) ? 'POST' : chance.pick(METHODS)
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`, 'latin1')
  return Buffer.concat([head, isChunked ? chunked(chance, zipped) : zipped])
}

const ODD_PATHS = [
  '/v1/track/',
  '/v1/batch///',
  '/v1',
  '/v1/../v1/track',
  '/v1/%74rack',
  '/v1/track?data=%00%ff',
  '/v1/projects/%E0%A4%A/settings',
  `/v1/projects/${FUZZ_WRITE_KEY}/settings`,
  '/v1/projects/__proto__/settings',
  '/v1/pixel/__proto__',
  'http://elsewhere.example/v1/track',
  `/v1/${'x'.repeat(4_000)}`,
]

function aBody(chance: Chance, isBatch: boolean): Buffer {
  const roll = chance.next()
  if (roll < 0.03) return chance.bytes(chance.int(500))
  if (roll < 0.06) return Buffer.from(chance.pick(['', 'null', '[]', '7', '"x"', '{', '{}', '{"batch":7}', '\uFEFF{}']))
  const count = isBatch ? chance.pick([0, 1, 2, 5, 30]) : 1
  const events = Array.from({ length: count }, () => anEvent(chance))
  if (!isBatch) return Buffer.from(events[0] ?? '')
  const shared = chance.chance(0.1) ? `"context":${chance.pick(POLLUTION_CORPUS)},` : ''
  return Buffer.from(`{${shared}"sentAt":${aValue(chance, 0)},"batch":[${events.join(',')}]}`)
}

function anEvent(chance: Chance): string {
  if (chance.chance(0.2)) return chance.pick(POLLUTION_CORPUS)
  if (chance.chance(0.03)) {
    const levels = chance.pick([31, 32, 33, 100, 3_000])
    return `{"type":"track","event":"E","userId":"u","properties":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`
  }
  const members = new Map([
    ['type', '"track"'],
    ['event', '"E"'],
    ['userId', '"u"'],
    ['properties', aValue(chance, 0)],
  ])
  for (let changes = chance.int(4); changes > 0; changes--) members.set(chance.pick(FIELDS), aValue(chance, 0))
  if (chance.chance(0.1)) members.delete(chance.pick([...members.keys()]))
  return `{${[...members].map(([key, value]) => `"${key}":${value}`).join(',')}}`
}

const FIELDS = [
  ...['type', 'event', 'userId', 'anonymousId', 'groupId', 'previousId', 'messageId', 'timestamp', 'sentAt', 'name'],
  ...['category', 'properties', 'traits', 'context', 'integrations', 'writeKey', 'channel', 'version', '_warnings'],
]

const SCALARS = [
  ...['null', 'true', '0', '-0', '1e999', '-1e999', '9007199254740993', '0.1', '1E400', '""', '"u"', '"__proto__"'],
  ...[
    '"\\u0000"',
    '"\\ud800"',
    '"\\udc00x"',
    '"\\ud83d\\ude00"',
    '"😀"',
    '"2026-01-01T00:00:00.000Z"',
    '"9999-12-31T23:59:59Z"',
  ],
  ...['"0000-01-01"', '"2026-02-30"', '"{{properties.a}}"', '"<script>"', '"%s%n"', '"\\r\\nx: y"', '"\' OR 1=1 --"'],
]

function aValue(chance: Chance, depth: number): string {
  if (depth > 3 || chance.chance(0.6)) {
    if (chance.chance(0.02))
      return `"${'x'.repeat(chance.pick([99, 100, 101, 500, 501, 2_049, 32_700, 32_768, 70_000]))}"`
    return chance.pick(SCALARS)
  }
  const items = Array.from({ length: chance.int(4) }, () => aValue(chance, depth + 1))
  if (chance.chance(0.5)) return `[${items.join(',')}]`
  const keys = ['"a"', '"__proto__"', '"constructor"', '"\\u0000"', '"\\ud800"', '""', '"toString"', '"0"']
  return `{${items.map((item) => `${chance.pick(keys)}:${item}`).join(',')}}`
}

function aPixel(chance: Chance): Buffer {
  const type = chance.pick(['track', 'identify', 'page', 'nothing', ''])
  const event = anEvent(chance)
  const data = Buffer.from(event).toString(chance.pick(['base64', 'base64url']))
  const query = chance.pick([
    `data=${data}`,
    `data=${encodeURIComponent(data)}&writeKey=${FUZZ_WRITE_KEY}`,
    `writeKey=${FUZZ_WRITE_KEY}&userId=u&event=E&properties.a.b=1&properties.__proto__.polluted=1`,
    `writeKey=${FUZZ_WRITE_KEY}&__proto__.polluted=1&constructor.prototype.polluted=1`,
    `writeKey=${FUZZ_WRITE_KEY}&userId=u&event=E&properties${'.a'.repeat(chance.pick([5, 40, 3_000]))}=1`,
    `data=${data.slice(0, chance.int(data.length))}`,
    '%%%&&==&&data',
    'a=1&a.b=2&a=3&.=4&..=5',
  ])
  return Buffer.from(`GET /v1/pixel/${type}?${query} HTTP/1.1\r\nhost: x\r\n\r\n`, 'latin1')
}

function aLength(chance: Chance, length: number): string {
  if (!chance.chance(0.1)) return String(length)
  return chance.pick([
    String(length + 1),
    String(Math.max(length - 1, 0)),
    '0',
    '-1',
    '1e3',
    '99999999999',
    '0x10',
    ' 5',
    `${length},${length}`,
  ])
}

function anOddHeader(chance: Chance): string {
  return chance.pick([
    'content-encoding: br',
    'content-encoding: gzip, gzip',
    'content-encoding: ',
    'content-length: 3',
    'transfer-encoding: chunked',
    'transfer-encoding: gzip, chunked',
    'transfer-encoding: identity',
    'connection: close',
    'connection: upgrade\r\nupgrade: websocket',
    'expect: 100-continue',
    'expect: nonsense',
    'authorization: Basic !!!!',
    'authorization: Bearer x',
    `authorization: Basic ${'A'.repeat(5_000)}`,
    `x-${'a'.repeat(chance.pick([10, 15_000, 20_000]))}: y`,
    'x-nul: a\0b',
    ' folded: x',
    'no colon here',
    'x-forwarded-for: 1.2.3.4, ::1, nonsense',
    'access-control-request-headers: a\tb',
    'host: y',
  ])
}

function chunked(chance: Chance, body: Buffer): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; at < body.length; ) {
    const size = Math.min(1 + chance.int(Math.max(body.length, 1)), body.length - at)
    const said = chance.chance(0.02) ? chance.pick(['zz', '-1', 'fffffffff', '']) : size.toString(16)
    pieces.push(
      Buffer.from(`${said}${chance.chance(0.02) ? ';ext=1' : ''}\r\n`),
      body.subarray(at, at + size),
      Buffer.from('\r\n'),
    )
    at += size
  }
  if (!chance.chance(0.03)) pieces.push(Buffer.from('0\r\n\r\n'))
  return Buffer.concat(pieces)
}

function mutate(chance: Chance, original: Buffer): Buffer {
  if (original.length === 0) return original
  const bytes = Buffer.from(original)
  switch (chance.int(5)) {
    case 0: {
      for (let flips = 1 + chance.int(8); flips > 0; flips--) {
        const at = chance.int(bytes.length)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.int(8))
      }
      return bytes
    }
    case 1:
      return bytes.subarray(0, chance.int(bytes.length))
    case 2: {
      const at = chance.int(bytes.length)
      return Buffer.concat([bytes.subarray(0, at), chance.bytes(1 + chance.int(16)), bytes.subarray(at)])
    }
    case 3: {
      const from = chance.int(bytes.length)
      return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + chance.int(64))])
    }
    default: {
      const from = chance.int(bytes.length)
      const piece = bytes.subarray(from, from + 1 + chance.int(200))
      return Buffer.concat([bytes.subarray(0, from), piece, bytes.subarray(from)])
    }
  }
}
