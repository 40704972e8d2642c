/** The Profile API over HTTP, on a real pipeline: what was sent is read back in Segment's shapes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anEvent, SOURCE } from '../../connections/builders.ts'
import { parseAudience, parseTrait } from '../../engage/index.ts'
import { systemClock } from '../../ports/index.ts'
import type { NormalisedEvent } from '../../spec/index.ts'
import { LINKS_MAX } from '../../unify/index.ts'
import { REQUESTS_PER_SECOND } from './routes.ts'
import { basic, OTHER_TOKEN, type Served, SPACE, serveProfiles, TOKEN } from './testing.ts'

const DAY_MS = 86_400_000
const startMs = systemClock.nowMs()
const iso = (ms: number) => new Date(ms).toISOString()
const USERS = `/v1/spaces/${SPACE}/collections/users/profiles`

const computation = { includesAnonymous: false, activations: [] }
const COMPUTATIONS = [
  { ...computation, id: 'aud_1', number: 1, key: 'big_spender', definition: parseAudience("trait('plan') = 'pro'") },
  { ...computation, id: 'tra_1', number: 2, key: 'orders', definition: parseTrait("event('Order Completed').count()") },
]

let messages = 0
/** At so many milliseconds from the start of the test. */
function call(atMs: number, over: Partial<NormalisedEvent> & Record<string, unknown>): NormalisedEvent {
  messages += 1
  const at = iso(startMs + atMs)
  const times = { timestamp: at, originalTimestamp: at, sentAt: at, receivedAt: at }
  return anEvent({ messageId: `m${messages}`, ...times, ...over })
}
const identify = (userId: string, traits: object, over: object = {}) =>
  call(0, { type: 'identify', event: undefined, properties: undefined, userId, traits, ...over } as never)
const order = (userId: string, atMs: number, over: object = {}) =>
  call(atMs, { event: 'Order Completed', userId, ...over })

let served: Served
beforeAll(async () => {
  // A second passes between any two requests, so that only the test of the limit meets it.
  let nowMs = 0
  const monotonicMs = () => {
    nowMs += 1_000
    return nowMs
  }
  served = await serveProfiles(COMPUTATIONS, { ...systemClock, monotonicMs })
})
afterAll(() => served[Symbol.asyncDispose]())

/** All items of a list, page by page, as a client follows `next`. */
async function wholeList(path: string, limit: number, sent = served): Promise<unknown[]> {
  const all: unknown[] = []
  for (let next = ''; ; ) {
    const query = new URLSearchParams({ limit: String(limit), ...(next === '' ? {} : { next }) })
    const { json } = await sent.get(`${path}${path.includes('?') ? '&' : '?'}${query}`)
    const items = json.data ?? Object.entries(json.traits)
    expect(items.length).toBeLessThanOrEqual(limit)
    all.push(...items)
    expect([json.cursor.limit, json.cursor.has_more]).toEqual([limit, json.cursor.next !== ''])
    if (!json.cursor.has_more) return all
    next = json.cursor.next
  }
}

describe('traits', () => {
  beforeAll(async () => {
    await served.send(
      identify('ada', { email: 'Ada@Example.com', plan: 'pro', city: 'Paris', gone: 1 }, { messageId: 'first' }),
      identify('ada', { gone: null }),
      order('ada', 1),
      order('ada', 2),
      identify('left', { plan: 'pro' }),
      identify('left', { plan: 'free' }, { timestamp: iso(startMs + 1) }),
    )
  })

  test('are those that were sent, those worked out, and audiences as true or false', async () => {
    const { status, headers, json } = await served.get('user_id:ada/traits')
    expect([status, json]).toEqual([
      200,
      {
        traits: { big_spender: true, city: 'Paris', email: 'Ada@Example.com', orders: 2, plan: 'pro' },
        cursor: { url: `${USERS}/user_id:ada/traits`, has_more: false, next: '', limit: 10 },
      },
    ])
    expect(headers.get('request-id')).toMatch(/^[0-9a-f]{24}$/)
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect((await served.get('user_id:left/traits?include=big_spender')).json.traits).toEqual({ big_spender: false })
  })

  test.each([
    ['class=audience', { big_spender: true }],
    ['class=computed_trait', { orders: 2 }],
    ['include=city,%20plan,nothing', { city: 'Paris', plan: 'pro' }],
    ['class=computed_trait&include=city', {}],
    ['verbose=false&include=city', { city: 'Paris' }],
    [
      'verbose=true&include=city,orders',
      {
        city: { value: 'Paris', source_id: SOURCE, updated_at: iso(startMs) },
        orders: { value: 2, source_id: SPACE, updated_at: expect.stringMatching(/Z$/) },
      },
    ],
  ])('are chosen and shown by %s', async (query, traits) => {
    expect((await served.get(`user_id:ada/traits?${query}`)).json.traits).toEqual(traits)
  })

  test.each([1, 2, 3, 200])('are read to the end in pages of %i', async (limit) => {
    const all = await wholeList('user_id:ada/traits', limit)
    expect(all.map((entry) => (entry as [string])[0])).toEqual(['big_spender', 'city', 'email', 'orders', 'plan'])
  })

  test('of a page that has more, url leads to the next one', async () => {
    const { json } = await served.get('user_id:ada/traits?limit=2&verbose=true')
    expect(json.cursor).toMatchObject({ has_more: true, next: 'email', limit: 2 })
    const next = await served.get(json.cursor.url)
    expect(Object.entries(next.json.traits)).toMatchObject([
      ['email', { value: 'Ada@Example.com' }],
      ['orders', { value: 2 }],
    ])
  })

  test('a trait that goes away between two pages takes none of the others with it', async () => {
    await served.send(identify('eve', { a: 1, b: 2, c: 3 }))
    const { json } = await served.get('user_id:eve/traits?limit=1')
    await served.send(identify('eve', { b: null }, { timestamp: iso(startMs + 1) }))
    expect((await served.get(`user_id:eve/traits?next=${json.cursor.next}`)).json.traits).toEqual({ c: 3 })
  })

  test('any text can be the name of a trait', async () => {
    await served.send(identify('odd', JSON.parse('{"__proto__":1,"constructor":2,"ü ß":3}')))
    const response = await fetch(`${served.url}${USERS}/user_id:odd/traits`, { headers: basic(TOKEN) })
    expect(await response.text()).toContain('{"__proto__":1,"constructor":2,"ü ß":3}')
  })
})

describe('a profile is found', () => {
  beforeAll(async () => {
    await served.send(
      identify('bob', { email: 'Bob+1@Example.com', name: 'Bob' }, { anonymousId: 'a/b:c?d' }),
      call(0, { userId: undefined, anonymousId: 'phone', event: 'Opened' } as never),
      call(1, { userId: 'bob', anonymousId: 'phone', event: 'Signed In' }),
      identify('ü'.repeat(500), { name: 'Long' }),
    )
  })

  test.each([
    ['its user id', 'user_id:bob'],
    ['an email in any case', `email:${encodeURIComponent('BOB+1@example.COM')}`],
    ['an id with marks of an address in it', `anonymous_id:${encodeURIComponent('a/b:c?d')}`],
    ['a type that is encoded too', encodeURIComponent('user_id:bob')],
    ['an id that a merge brought', 'anonymous_id:phone'],
  ])('by %s', async (_, lookup) => {
    expect((await served.get(`${lookup}/traits?include=name`)).json.traits).toEqual({ name: 'Bob' })
  })

  test('by the number that its events are related to', async () => {
    const { json } = await served.get('user_id:bob/events')
    const { users } = json.data[0].related
    expect(users).toMatch(/^use_\d+$/)
    expect((await served.get(`${users}/traits?include=name`)).json.traits).toEqual({ name: 'Bob' })
  })

  test('by an id of 500 characters', async () => {
    const lookup = `user_id:${encodeURIComponent('ü'.repeat(500))}`
    expect((await served.get(`${lookup}/traits?include=name`)).json.traits).toEqual({ name: 'Long' })
  })

  test.each([
    ['nobody has', 'user_id:nobody'],
    ['is of another type', 'anonymous_id:bob'],
    ['has another case', 'user_id:BOB'],
    ['has no type', 'bob'],
    ['has no value', 'user_id:'],
    ['is a number that nobody has', 'use_999999'],
    ['is a number beyond all', 'use_9999999999999999999'],
  ])('but not by an id that %s', async (_, lookup) => {
    expect(await served.get(`${lookup}/traits`)).toMatchObject({
      status: 404,
      json: { error: { code: 'not_found', message: 'Profile was not found.' } },
    })
  })

  test('only in its space and its collection', async () => {
    const { json } = await served.get('user_id:bob/events')
    const { users } = json.data[0].related
    for (const path of [
      `/v1/spaces/spa_1/collections/accounts/profiles/user_id:bob/traits`,
      `/v1/spaces/spa_1/collections/accounts/profiles/${users}/traits`,
      `/v1/spaces/spa_2/collections/users/profiles/${users}/traits`,
    ])
      expect((await served.get(path)).status, path).toBe(404)
  })

  test('until the person asks to be forgotten', async () => {
    await served.send(identify('joe', { email: 'joe@example.com' }))
    expect((await served.get('email:joe@example.com/traits')).status).toBe(200)
    await served.erase('joe')
    for (const path of ['email:joe@example.com/traits', 'user_id:joe/events', 'user_id:joe/metadata'])
      expect((await served.get(path)).status, path).toBe(404)
  })
})

describe('external ids', () => {
  beforeAll(async () => {
    await served.send(
      identify('ids', { email: 'a@example.com' }, { messageId: 'ids-1', receivedAt: iso(startMs + 30_000) }),
      ...['x', 'y', 'z'].map((device) => call(5, { userId: 'ids', anonymousId: device })),
    )
  })

  test('come with the event that brought them', async () => {
    const { json } = await served.get('user_id:ids/external_ids?include=user_id,email')
    expect(json.data).toEqual(
      [
        ['user_id', 'ids'],
        ['email', 'a@example.com'],
      ].map(([type, id]) => ({
        source_id: SOURCE,
        collection: 'users',
        id,
        type,
        created_at: iso(startMs + 30_000),
        encoding: 'none',
        first_message_id: 'ids-1',
      })),
    )
  })

  test.each([1, 2, 5, 100])('are read to the end in pages of %i', async (limit) => {
    const all = (await wholeList('user_id:ids/external_ids', limit)) as { id: string }[]
    expect(all.map(({ id }) => id)).toEqual(['ids', 'a@example.com', 'x', 'y', 'z'])
  })
})

describe('events', () => {
  beforeAll(async () => {
    await served.send(
      identify('sue', { plan: 'free' }),
      call(-15 * DAY_MS, { userId: 'sue', event: 'Long Ago' }),
      call(-13 * DAY_MS, { userId: 'sue', event: 'Lately', properties: { total: 3 }, context: { ip: '192.0.2.7' } }),
      // Both at one instant.
      call(-1_000, { userId: 'sue', event: 'Twin', messageId: 'twin-1' }),
      call(-1_000, { userId: 'sue', event: 'Twin', messageId: 'twin-2' }),
      call(-500, { userId: 'sue', type: 'page', event: undefined, name: 'Home', messageId: 'page' } as never),
      call(-100, { userId: 'sue', event: 'Order Completed', messageId: 'order', groupId: 'acme' }),
    )
  })
  const namesAt = async (query: string) =>
    (await served.get(`user_id:sue/events?${query}`)).json.data.map((each: { event: string }) => each.event)

  test('are those that say that something happened, of 14 days, newest first', async () => {
    expect(await namesAt('')).toEqual(['Order Completed', 'Home', 'Twin', 'Twin', 'Lately'])
  })

  test('come whole', async () => {
    const { json } = await served.get('user_id:sue/events?include=Lately')
    expect(json.data).toEqual([
      {
        external_ids: [{ collection: 'users', type: 'user_id', id: 'sue', encoding: 'none' }],
        context: { ip: '192.0.2.7' },
        type: 'track',
        message_id: expect.any(String),
        source_id: SOURCE,
        timestamp: iso(startMs - 13 * DAY_MS),
        properties: { total: 3 },
        event: 'Lately',
        related: { users: expect.stringMatching(/^use_\d+$/) },
      },
    ])
  })

  test.each([
    ['sort=asc', ['Lately', 'Twin', 'Twin', 'Home', 'Order Completed']],
    ['include=Twin,Home', ['Home', 'Twin', 'Twin']],
    ['exclude=Twin,Home', ['Order Completed', 'Lately']],
    [`start=${iso(startMs - 16 * DAY_MS).slice(0, 10)}&sort=asc&limit=1`, ['Long Ago']],
    [`start=${iso(startMs - 1_000)}&end=${iso(startMs - 500)}`, ['Twin', 'Twin']],
    [`start=${iso(startMs - 999)}&end=${iso(startMs - 499)}`, ['Home']],
    [`end=${iso(startMs - 14 * DAY_MS)}`, []],
  ])('are chosen by %s', async (query, names) => {
    expect(await namesAt(query)).toEqual(names)
  })

  test.each([
    [1, 'asc'],
    [2, 'asc'],
    [1, 'desc'],
    [2, 'desc'],
    [100, 'desc'],
  ])('are read to the end in pages of %i, %s', async (limit, sort) => {
    const all = (await wholeList(`user_id:sue/events?exclude=Lately&sort=${sort}`, limit)) as { message_id: string }[]
    const ids = all.map((each) => each.message_id)
    expect(sort === 'asc' ? ids : ids.toReversed()).toEqual(['twin-1', 'twin-2', 'page', 'order'])
  })

  test('that the log has no more are left out', async () => {
    await using own = await serveProfiles()
    await own.send(call(0, { userId: 'sue', event: 'Old' }))
    const end = own.logEnd
    await own.send(call(0, { userId: 'sue', event: 'New' }))
    own.forgetUpTo(end)
    const { json } = await own.get('user_id:sue/events')
    expect(json.data.map((each: { event: string }) => each.event)).toEqual(['New'])
  })
})

test('metadata tell the first and the last event', async () => {
  await served.send(
    identify('meta', {}, { messageId: 'meta-1' }),
    call(60_000, { userId: 'meta', event: 'Later', messageId: 'meta-2' }),
  )
  const { json } = await served.get('user_id:meta/metadata?verbose=true')
  expect(json).toEqual({
    metadata: {
      created_at: expect.any(String),
      updated_at: iso(startMs + 60_000),
      expires_at: null,
      first_message_id: 'meta-1',
      first_source_id: SOURCE,
      last_message_id: 'meta-2',
      last_source_id: SOURCE,
    },
  })
})

test('a company has a profile with the traits of its group calls, its ids and the events of its people', async () => {
  const group = { type: 'group', event: undefined, properties: undefined, groupId: 'acme-1' }
  await served.send(
    call(0, { ...group, userId: 'w1', traits: { name: 'Acme', employees: 12 } } as never),
    call(1, { userId: 'w2', event: 'Invoice Paid', context: { groupId: 'acme-1' } }),
  )
  const accounts = `/v1/spaces/${SPACE}/collections/accounts/profiles/group_id:acme-1`
  expect((await served.get(`${accounts}/traits`)).json.traits).toEqual({ name: 'Acme', employees: 12 })
  expect((await served.get(`${accounts}/external_ids`)).json.data).toMatchObject([
    { collection: 'accounts', type: 'group_id', id: 'acme-1' },
  ])
  expect((await served.get(`${accounts}/events`)).json.data).toMatchObject([
    {
      event: 'Invoice Paid',
      external_ids: [
        { collection: 'users', type: 'user_id', id: 'w2' },
        { collection: 'accounts', type: 'group_id', id: 'acme-1' },
      ],
      related: { users: expect.stringMatching(/^use_\d+$/) },
    },
  ])
  expect((await served.get(`${accounts}/metadata`)).json.metadata).toMatchObject({ first_source_id: SOURCE })
})

describe('links', () => {
  const links = async (lookup: string, query = '') => {
    const path = `/v1/spaces/${SPACE}/collections/${lookup}/links${query}`
    const { status, json } = await served.get(path)
    const named = (each: { to_collection: string; external_ids: { type: string; id: string }[] }) =>
      `${each.to_collection} ${each.external_ids.map(({ type, id }) => `${type}:${id}`).join(' ')}`
    return { status, names: json.data?.map(named), cursor: json.cursor }
  }
  const group = (groupId: string, over: object) =>
    call(0, { type: 'group', event: undefined, properties: undefined, traits: {}, groupId, ...over } as never)

  test('lead from a person to companies, the latest first, and from a company to its people', async () => {
    await served.send(
      group('works-1', { userId: 'kim' }),
      call(0, { userId: 'kim', event: 'Opened', context: { groupId: 'works-2' } }),
      group('works-1', { userId: 'lou', anonymousId: 'lou-phone' }),
      identify('max', {}),
    )
    expect((await links('users/profiles/user_id:kim')).names).toEqual([
      'accounts group_id:works-2',
      'accounts group_id:works-1',
    ])
    expect((await links('accounts/profiles/group_id:works-1')).names).toEqual([
      'users user_id:lou anonymous_id:lou-phone',
      'users user_id:kim',
    ])
    expect((await links('users/profiles/user_id:max')).names).toEqual([])
  })

  test('survive merges: the person is there once, under all ids, and the companies of both', async () => {
    await served.send(
      group('merged-1', { userId: 'ned' }),
      group('merged-1', { userId: undefined, anonymousId: 'ned-phone' }),
      group('merged-2', { userId: undefined, anonymousId: 'ned-phone' }),
      call(0, { userId: 'ned', anonymousId: 'ned-phone', event: 'Signed In' }),
    )
    expect((await links('accounts/profiles/group_id:merged-1')).names).toEqual([
      'users user_id:ned anonymous_id:ned-phone',
    ])
    expect((await links('accounts/profiles/group_id:merged-2')).names).toEqual([
      'users user_id:ned anonymous_id:ned-phone',
    ])
    expect((await links('users/profiles/user_id:ned')).names).toEqual([
      'accounts group_id:merged-2',
      'accounts group_id:merged-1',
    ])
  })

  test('of somebody who was forgotten are gone', async () => {
    await served.send(group('left-1', { userId: 'oda' }), group('left-1', { userId: 'pat' }))
    await served.erase('oda')
    expect((await links('accounts/profiles/group_id:left-1')).names).toEqual(['users user_id:pat'])
  })

  test.each([1, 3, 20])('are read to the end in pages of %i', async (limit) => {
    await served.send(...Array.from({ length: 7 }, (_, n) => group('paged', { userId: `p${n}` })))
    const all = await wholeList(`/v1/spaces/${SPACE}/collections/accounts/profiles/group_id:paged/links`, limit)
    expect(all.map((each) => (each as { external_ids: { id: string }[] }).external_ids[0]?.id)).toEqual([
      'p6',
      'p5',
      'p4',
      'p3',
      'p2',
      'p1',
      'p0',
    ])
  })

  test('of a company are those of the people who came last', async () => {
    const people = Array.from({ length: LINKS_MAX + 1 }, (_, n) => group('crowd', { userId: `c${n}` }))
    await served.send(...people)
    const all = await wholeList(`/v1/spaces/${SPACE}/collections/accounts/profiles/group_id:crowd/links`, 20)
    const ids = all.map((each) => (each as { external_ids: { id: string }[] }).external_ids[0]?.id)
    expect([ids.length, ids[0], ids.at(-1)]).toEqual([LINKS_MAX, `c${LINKS_MAX}`, 'c1'])
  })
})

test('the number of a profile that became part of another leads there, over as many merges as there were', async () => {
  const device = (id: string) => call(0, { userId: undefined, anonymousId: id, event: 'Opened' } as never)
  await served.send(device('d1'), device('d2'), device('d3'))
  const numberOf = async (lookup: string) => (await served.get(`${lookup}/events?limit=1`)).json.data[0].related.users
  const numbers = await Promise.all(['d1', 'd2', 'd3'].map((id) => numberOf(`anonymous_id:${id}`)))
  expect(new Set(numbers).size).toBe(3)
  const both = (anonymousId: string, email: string) =>
    call(0, { userId: undefined, anonymousId, event: 'Opened', context: { traits: { email } } } as never)
  // The third becomes part of the second, and then the second of the first.
  await served.send(both('d3', 'x@example.com'), both('d2', 'x@example.com'))
  await served.send(both('d2', 'y@example.com'), both('d1', 'y@example.com'))
  expect(await Promise.all(numbers.map(numberOf))).toEqual([numbers[0], numbers[0], numbers[0]])
})

test('a token is taken as Bearer too', async () => {
  await served.send(identify('ada', {}))
  expect((await served.get('user_id:ada/traits', { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(200)
})

test('a company shows nothing more of what somebody did who was forgotten, under any of their names', async () => {
  const at = { event: 'Opened', context: { groupId: 'acme-2' } }
  await served.send(
    call(0, { ...at, userId: undefined, anonymousId: 'rae-phone', messageId: 'rae-anonymous' } as never),
    call(0, { ...at, userId: 'rae', anonymousId: 'rae-phone', messageId: 'rae-known' }),
    call(0, { ...at, userId: 'tom', messageId: 'tom' }),
  )
  const events = async () => {
    const { json } = await served.get(`/v1/spaces/${SPACE}/collections/accounts/profiles/group_id:acme-2/events`)
    return json.data.map((each: { message_id: string }) => each.message_id)
  }
  expect(await events()).toEqual(['tom', 'rae-known', 'rae-anonymous'])
  await served.erase('rae')
  expect(await events()).toEqual(['tom'])
  // They come again as somebody new.
  const laterMs = systemClock.nowMs() - startMs + 1
  await served.send(call(laterMs, { ...at, userId: 'rae', messageId: 'rae-again' }))
  expect(await events()).toEqual(['rae-again', 'tom'])
})

describe('is refused', () => {
  test.each<[string, Record<string, string>, string]>([
    ['no token', {}, 'authentication_error'],
    ['a token that nobody made', basic('nobody'), 'authentication_error'],
    ['an empty user name', basic(''), 'authentication_error'],
    ['a token as the password', { authorization: `Basic ${btoa(`:${TOKEN}`)}` }, 'authentication_error'],
    ['a token without the scope', basic(OTHER_TOKEN), 'unauthorized'],
  ])('with 401: %s, at every address', async (_, headers, code) => {
    for (const path of ['user_id:ada/traits', '/v1/spaces/none/collections/users/profiles/x/traits', '/v1/spaces/x']) {
      const { status, json, headers: answered } = await served.get(path, { headers })
      expect([status, json]).toEqual([401, { error: { code, message: expect.any(String) } }])
      expect(answered.get('request-id')).toMatch(/^[0-9a-f]{24}$/)
      expect(answered.get('www-authenticate')).toMatch(/^Basic/)
    }
  })

  test.each([
    ['traits?limit=0', 400, 'invalid_request_error'],
    ['traits?limit=201', 400, 'invalid_request_error'],
    ['traits?limit=ten', 400, 'invalid_request_error'],
    ['traits?limit=1&limit=2', 400, 'invalid_request_error'],
    ['traits?class=custom', 400, 'invalid_request_error'],
    ['traits?verbose=maybe', 400, 'invalid_request_error'],
    ['external_ids?limit=101', 400, 'invalid_request_error'],
    ['external_ids?next=x', 400, 'invalid_request_error'],
    ['links?limit=21', 400, 'invalid_request_error'],
    ['links?next=x', 400, 'invalid_request_error'],
    ['events?limit=101', 400, 'invalid_request_error'],
    ['events?next=1', 400, 'invalid_request_error'],
    ['events?start=yesterday', 400, 'invalid_request_error'],
    ['events?end=1', 400, 'invalid_request_error'],
    ['events?sort=up', 400, 'invalid_request_error'],
    ['nothing', 404, 'not_found'],
  ])('with the envelope of Segment: %s', async (part, status, code) => {
    await served.send(identify('asked', {}))
    const answer = await served.get(`user_id:asked/${part}`)
    expect([answer.status, answer.json]).toEqual([status, { error: { code, message: expect.any(String) } }])
  })

  test.each([
    ['a space that is not there', '/v1/spaces/none/collections/users/profiles/user_id:ada/traits', 404, 'not_found'],
    ['a collection of nothing', `/v1/spaces/${SPACE}/collections/pets/profiles/a:b/traits`, 400, 'validation_error'],
    ['an address of nothing', `/v1/spaces/${SPACE}/profiles`, 404, 'not_found'],
  ])('%s', async (_, path, status, code) => {
    const answer = await served.get(path)
    expect([answer.status, answer.json]).toEqual([status, { error: { code, message: expect.any(String) } }])
  })

  test('any other method, a preflight of a browser among them', async () => {
    for (const method of ['POST', 'DELETE', 'OPTIONS']) {
      const answer = await served.get('user_id:ada/traits', { method, headers: basic(TOKEN) })
      expect([answer.status, answer.json.error.code, answer.headers.get('access-control-allow-origin')]).toEqual([
        404,
        'not_found',
        null,
      ])
    }
  })
})

test('a space takes its requests a second, not one more, and as many again when a share has passed', async () => {
  let nowMs = 1_000
  await using own = await serveProfiles([], { ...systemClock, monotonicMs: () => nowMs })
  const statusOf = async (path = 'user_id:nobody/traits') => (await own.get(path)).status
  for (let sent = 1; sent <= REQUESTS_PER_SECOND; sent += 1) expect(await statusOf(), `request ${sent}`).toBe(404)
  const refused = await own.get('user_id:nobody/traits')
  expect([refused.status, refused.json, refused.headers.get('retry-after')]).toEqual([
    429,
    { error: { code: 'rate_limit_error', message: expect.stringContaining('100 requests') } },
    '1',
  ])
  expect(await statusOf('/v1/spaces/spa_2/collections/users/profiles/user_id:nobody/traits')).toBe(404)
  nowMs += 1_000 / REQUESTS_PER_SECOND
  expect([await statusOf(), await statusOf()]).toEqual([404, 429])
})
