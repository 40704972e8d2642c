import fc from 'fast-check'
import { expect, test } from 'vitest'
import { systemClock, systemRandom } from '../ports/index.ts'
import type { Context } from './context.ts'
import { applyEvent } from './events.ts'
import { forward } from './forward.ts'
import { idMaker } from './ids.ts'
import { DEFAULT_SETTINGS } from './settings.ts'
import { openDatabase } from './store/database.ts'
import { personStore } from './store/persons.ts'
import { startCaller } from './testing.ts'

test('a wrapped, a named, an async and a v5 event each have their own answer', async () => {
  await using extole = await startCaller()
  const body = { event_name: 'ping', data: { email: 'a@b.co' } }
  const keys = async (path: string, sent: unknown) => Object.keys((await extole.call('POST', path, sent)).json)
  expect(await keys('/v6/events', body)).toEqual(['event_id', 'person_id'])
  expect(await keys('/v6/events/Login%20Button%2FClicked', body.data)).toEqual(['event_id', 'person_id'])
  expect(await keys('/v6/async-events', body)).toEqual(['event_id'])
  expect(await keys('/v6/async-events/ping', body.data)).toEqual(['event_id'])
  expect(await keys('/v5/events', body)).toEqual(['id', 'polling_id'])
})

test.each([
  {
    name: 'no token before anything else',
    send: { token: null, headers: { 'content-type': 'text/plain' } },
    body: '',
    code: 'missing_access_token',
  },
  {
    name: 'the media type before the body',
    send: { headers: { 'content-type': 'text/plain' } },
    body: '{',
    code: 'unsupported_media_type',
  },
  { name: 'no body', send: {}, body: '', code: 'missing_request_body' },
  { name: 'null is no body', send: {}, body: 'null', code: 'missing_request_body' },
  { name: 'broken JSON', send: {}, body: '{"event_name":', code: 'invalid_json' },
  { name: 'a list', send: {}, body: '[]', code: 'binding_error' },
  {
    name: 'a blank name before a bad time',
    send: {},
    body: '{"event_name":" ","event_time":"x"}',
    code: 'missing_event_name',
  },
  {
    name: 'a number is no time',
    send: {},
    body: '{"event_name":"a","event_time":1700000000}',
    code: 'invalid_event_time_format',
  },
  {
    name: 'a bad time in data, though the top one is good',
    send: {},
    body: '{"event_name":"a","event_time":"2024-01-01","data":{"event_time":"x"}}',
    code: 'invalid_event_time_format',
  },
  {
    name: 'a bad time before a bad zone',
    send: { headers: { 'time-zone': 'Mars/X' } },
    body: '{"event_name":"a","event_time":"x"}',
    code: 'invalid_event_time_format',
  },
  {
    name: 'a bad zone',
    send: { headers: { 'time-zone': 'Mars/X' } },
    body: '{"event_name":"a"}',
    code: 'invalid_time_zone',
  },
  { name: 'data that is no object', send: {}, body: '{"event_name":"a","data":[1]}', code: 'binding_error' },
])('refused, sync and async alike: $name', async ({ send, body, code }) => {
  await using extole = await startCaller()
  for (const path of ['/v6/events', '/v6/async-events']) {
    const { json, status } = await extole.call('POST', path, body, send)
    expect(json).toMatchObject({
      code,
      http_status_code: status,
      parameters: expect.any(Object),
      unique_id: expect.stringMatching(/^\d+$/),
    })
  }
  expect((await extole.call('GET', '/sandbox/stats')).json.events).toBe(0)
})

test('the top-level time wins, and without an offset the zone of the request applies', async () => {
  await using extole = await startCaller()
  const body = {
    event_name: 'conversion',
    event_time: '2024-07-01T12:00:00',
    data: { email: 'a@b.co', event_time: '2020-01-01' },
  }
  const { json } = await extole.call('POST', '/v6/events?time_zone=Europe/Berlin', body, {
    headers: { 'time-zone': 'UTC' },
  })
  const steps = await extole.call('GET', `/v5/persons/${json.person_id}/steps`)
  expect(steps.json[0]).toMatchObject({
    event_date: '2024-07-01T10:00:00.000+00:00',
    root_event_id: json.event_id,
    quality: 'HIGH',
    is_primary: true,
  })
})

test('a 64-bit person_id given as a bare number finds its person', async () => {
  await using extole = await startCaller()
  const id = await extole.send('identify', { email: 'a@b.co' })
  const sent = await extole.call(
    'POST',
    '/v6/events',
    `{"event_name":"conversion","data":{"person_id":${id},"order":9007199254740993}}`,
  )
  expect(sent.json.person_id).toBe(id)
  const { text } = await extole.call('GET', `/v5/persons/${id}/steps?names=CONVERSION`)
  expect(text).toContain('"value":9007199254740993')
})

test('an email that is none is accepted and identifies nobody', async () => {
  await using extole = await startCaller()
  const id = await extole.send('identify', { email: 'not an email', partner_user_id: 'u1', plan: 'pro' })
  expect((await extole.call('GET', `/v5/persons/${id}`)).json).not.toHaveProperty('identity_key_value')
  expect(Object.keys((await extole.call('GET', `/v5/persons/${id}/data`)).json).sort()).toEqual([
    'partner_user_id',
    'plan',
  ])
})

test('keys with a meaning to JavaScript are data like any other', async () => {
  await using extole = await startCaller()
  const body = '{"event_name":"identify","data":{"email":"a@b.co","__proto__":{"x":1},"constructor":2}}'
  const { json } = await extole.call('POST', '/v6/events', body)
  const { text } = await extole.call('GET', `/v5/persons/${json.person_id}/data`)
  expect(text).toMatch(/"__proto__":\{"id":"\d+","name":"__proto__","scope":"PUBLIC","value":\{"x":1\}/)
})

test('the first conversion wins for ever, whoever repeats it, in its container and event', async () => {
  await using extole = await startCaller()
  const first = await extole.send('conversion', { email: 'a@b.co', partner_conversion_id: 'c1', cart_value: '9.99' })
  const other = await extole.send('conversion', { email: 'x@y.co', partner_conversion_id: 'c1' })
  await extole.send('conversion', { email: 'a@b.co', partner_conversion_id: 'c1', container: 'test' })
  await extole.send('shipped', { email: 'a@b.co', partner_conversion_id: 'c1' })
  await extole.send('conversion', { email: 'a@b.co', partner_conversion_id: 'C1' })
  expect([(await extole.steps(first)).sort(), await extole.steps(other)]).toEqual([
    ['conversion', 'conversion', 'conversion', 'shipped'],
    [],
  ])
  expect((await extole.call('GET', '/sandbox/stats')).json).toMatchObject({
    events: 5,
    duplicates: 1,
    steps: 4,
    persons: 2,
  })
})

test('a repeat still updates the profile', async () => {
  await using extole = await startCaller()
  const id = await extole.send('registration', { partner_user_id: 'u1', first_name: 'Ann' })
  await extole.send('registration', { partner_user_id: 'u1', first_name: 'Anna' })
  expect((await extole.call('GET', `/v5/persons/${id}/data/first_name`)).json.value).toBe('Anna')
  expect(await extole.steps(id)).toEqual(['registration'])
})

test('an event key finds its person when nothing stronger is there', async () => {
  await using extole = await startCaller()
  const id = await extole.send('conversion', { email: 'a@b.co', partner_conversion_id: 'c1' })
  expect(await extole.send('shipped', { partner_conversion_id: 'c1' })).toBe(id)
})

interface Sent {
  readonly email: string | undefined
  readonly partner: string | undefined
  readonly order: string | undefined
}

interface ModelPerson {
  emails: Set<string>
  partners: Map<string, number>
  isIdentified: boolean
}

/** The rules of contract 5 said plainly, over a list, with nothing but loops. */
function model() {
  const persons: ModelPerson[] = []
  const orders = new Set<string>()
  let conversions = 0
  let time = 0
  const holder = (email: string) => persons.find((person) => person.emails.has(email))
  const holders = (partner: string) =>
    persons
      .filter((person) => person.partners.has(partner))
      .sort((a, b) => (b.partners.get(partner) ?? 0) - (a.partners.get(partner) ?? 0))
  return {
    persons,
    conversions: () => conversions,
    holder,
    send({ email, partner, order }: Sent) {
      time += 1
      let person = email === undefined ? undefined : holder(email)
      const loose = partner === undefined ? [] : holders(partner).filter((one) => !one.isIdentified)
      if (email === undefined && partner !== undefined) person = holders(partner)[0]
      if (email !== undefined && person === undefined) person = loose[0]
      if (person === undefined) {
        person = { emails: new Set(), partners: new Map(), isIdentified: false }
        persons.push(person)
      }
      if (email !== undefined) {
        for (const other of loose) {
          if (other === person) continue
          for (const [key, at] of other.partners) if (!person.partners.has(key)) person.partners.set(key, at)
          persons.splice(persons.indexOf(other), 1)
        }
        person.emails.add(email)
        person.isIdentified = true
      }
      if (partner !== undefined && !person.partners.has(partner)) person.partners.set(partner, time)
      if (order === undefined || !orders.has(order)) conversions += 1
      if (order !== undefined) orders.add(order)
    },
  }
}

function memoryContext(): Context {
  const db = openDatabase(':memory:', systemClock)
  const nextId = idMaker(systemClock, systemRandom)
  return {
    db,
    persons: personStore(db),
    clock: systemClock,
    random: systemRandom,
    nextId,
    clientId: '1',
    settings: () => DEFAULT_SETTINGS,
    onEvent: () => {},
  }
}

const maybe = (...values: string[]) => fc.option(fc.constantFrom(...values), { nil: undefined })
const anySent = fc
  .record({
    email: maybe('a@x.co', 'b@x.co', 'c@x.co'),
    partner: maybe('u1', 'u2', 'u3'),
    order: maybe('o1', 'o2', 'o3'),
  })
  .filter(({ email, partner }) => email !== undefined || partner !== undefined)

test('any run of events leaves as many persons and conversions as a naive model says, and each email with one person', () => {
  fc.assert(
    fc.property(fc.array(anySent, { maxLength: 25 }), (run) => {
      const context = memoryContext()
      const naive = model()
      for (const sent of run) {
        const entries = [
          ['email', sent.email],
          ['partner_user_id', sent.partner],
          ['partner_conversion_id', sent.order],
        ] as const
        const data = new Map<string, unknown>(entries.filter(([, value]) => value !== undefined))
        applyEvent(context, { name: 'conversion', data, eventMs: 0, container: 'production' })
        naive.send(sent)
      }
      const count = (sql: string) => Number(context.db.get(`SELECT count(*) AS n FROM ${sql}`)?.n)
      expect(count('step')).toBe(naive.conversions())
      expect(count('person WHERE forwarded_to IS NULL')).toBe(naive.persons.length)
      // No step is left behind on a profile that was absorbed.
      expect(count('step s JOIN person p ON p.id = s.person_id WHERE p.forwarded_to IS NOT NULL')).toBe(0)
      for (const email of ['a@x.co', 'b@x.co', 'c@x.co']) {
        expect(context.persons.withKey('email', email).length).toBe(naive.holder(email) === undefined ? 0 : 1)
      }
      context.db.close()
    }),
    { numRuns: 60 },
  )
})

test('after any forwards every id leads to one living person, and no step is lost', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 10 }), (moves) => {
      const context = memoryContext()
      const send = (n: number) =>
        applyEvent(context, {
          name: 'conversion',
          data: new Map([['email', `p${n}@x.co`]]),
          eventMs: 0,
          container: 'production',
        }).personId
      const ids = [0, 1, 2, 3, 4].map(send)
      // The naive model: who leads to whom, followed to the end.
      const leadsTo = ids.map((_, n) => n)
      const end = (n: number): number => (leadsTo[n] === n ? n : end(leadsTo[n] ?? n))
      for (const [from, to] of moves) {
        forward(context, ids[from] ?? '', ids[to] ?? '')
        leadsTo[end(from)] = end(to)
      }
      ids.forEach((id, n) => {
        expect(context.persons.find(id)?.id).toBe(ids[end(n)])
        expect(context.persons.withKey('email', `p${n}@x.co`).map((known) => known.id)).toEqual([ids[end(n)]])
      })
      const living = new Set(ids.map((_, n) => ids[end(n)] ?? ''))
      const steps = [...living].map((id) =>
        Number(context.db.get('SELECT count(*) AS n FROM step WHERE person_id = ?', id)?.n),
      )
      expect(steps.reduce((a, b) => a + b, 0)).toBe(ids.length)
      context.db.close()
    }),
    { numRuns: 60 },
  )
})
