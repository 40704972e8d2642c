/** `/v5/persons` (contract 7.1): search, create, read, change, forward, block. */
import type { Context } from '../context.ts'
import { ExtoleError } from '../errors.ts'
import { forward, logShift } from '../forward.ts'
import { normalizeEmail } from '../identity.ts'
import { PARTNER_KEYS } from '../program.ts'
import type { Person } from '../store/persons.ts'
import { formatTime } from '../time.ts'
import { type Call, objectBody, page, type Route, stringField } from './route.ts'

const BLOCK_TYPES = ['EVENTS', 'REWARDS', 'NONE']
/** Persons answered when no limit is given. */
const PERSONS_LIMIT = 100

/** The person of the path. @throws ExtoleError `person_not_found`, also for an erased one. */
export function personOf(context: Context, call: Call): Person {
  const id = call.params.person_id ?? ''
  const person = context.persons.find(id)
  if (person === undefined) throw new ExtoleError('person_not_found', { person_id: id })
  return person
}

export function personRoutes(context: Context): Route[] {
  const { persons, clock } = context
  const auth = 'USER_SUPPORT'
  return [
    { method: 'GET', path: '/v5/persons', auth, handle: (call) => ({ body: search(context, call).map(shown) }) },
    { method: 'POST', path: '/v5/persons', auth, handle: (call) => ({ body: shown(create(context, call)) }) },
    { method: 'GET', path: '/v5/persons/partner-keys', auth, handle: () => ({ body: PARTNER_KEYS }) },
    {
      method: 'GET',
      path: '/v5/persons/:person_id',
      auth,
      handle: (call) => ({ body: shown(personOf(context, call)) }),
    },
    { method: 'PUT', path: '/v5/persons/:person_id', auth, handle: (call) => ({ body: shown(change(context, call)) }) },
    {
      method: 'POST',
      path: '/v5/persons/:person_id/forward',
      auth,
      handle: (call) => {
        const source = personOf(context, call)
        const targetId = stringField(objectBody(call), 'forward_to_profile_id')
        if (targetId === undefined) throw new ExtoleError('invalid_null', { field: 'forward_to_profile_id' })
        const target = persons.find(targetId)
        if (target === undefined) throw new ExtoleError('person_not_found', { person_id: targetId })
        if (!isKnown(source)) throw new ExtoleError('forwarding_profile_is_device')
        if (!isKnown(target)) throw new ExtoleError('forward_to_profile_is_device')
        forward(context, source.id, target.id)
        return { body: shown(persons.find(target.id) ?? target) }
      },
    },
    {
      method: 'GET',
      path: '/v5/persons/:person_id/block',
      auth,
      handle: (call) => ({ body: blockShown(personOf(context, call)) }),
    },
    {
      method: 'PUT',
      path: '/v5/persons/:person_id/block',
      auth,
      handle: (call) => {
        const person = personOf(context, call)
        const body = objectBody(call)
        const type = stringField(body, 'type')
        const reason = stringField(body, 'reason')
        if (type === undefined || !BLOCK_TYPES.includes(type))
          throw new ExtoleError('invalid_parameter', { name: 'type' })
        if (reason !== undefined && reason.trim() === '') throw new ExtoleError('invalid_block_reason')
        const block = { type, updatedMs: clock.nowMs(), ...(reason === undefined ? {} : { reason }) }
        return { body: blockShown(context.db.write(() => persons.save(person, { block }))) }
      },
    },
  ]
}

/** A profile known by an email or a partner id; anything less is a device. */
function isKnown(person: Person): boolean {
  return person.email !== undefined || person.data.has('partner_user_id')
}

function shown(person: Person) {
  return {
    id: person.id,
    ...(person.email === undefined ? {} : { identity_id: person.id }),
    identity_key: 'email',
    ...(person.email === undefined ? {} : { identity_key_value: person.email }),
    locale: { last_browser: null, user_specified: null },
    version: String(person.version),
  }
}

function blockShown({ block, createdMs }: Person) {
  const { type = 'NONE', reason, updatedMs = createdMs } = block ?? {}
  return { type, ...(reason === undefined ? {} : { reason }), updated_date: formatTime(updatedMs) }
}

/** All criteria must hold. None given, or no match: an empty list (contract 7.1). */
function search({ persons }: Context, call: Call): Person[] {
  const { limit, offset } = page(call, PERSONS_LIMIT)
  const identity = call.query.get('identity_key_value')
  const found: Set<string>[] = []
  if (identity !== null) {
    const email = normalizeEmail(identity)
    found.push(new Set(email === undefined ? [] : persons.withKey('email', email).map((one) => one.id)))
  }
  for (const pair of call.query.getAll('person_keys')) {
    const colon = pair.indexOf(':')
    if (colon < 1) throw new ExtoleError('value_does_not_follow_pattern', { person_keys: pair })
    const name = pair.slice(0, colon)
    const value = name === 'email' ? (normalizeEmail(pair.slice(colon + 1)) ?? '') : pair.slice(colon + 1)
    found.push(new Set(persons.withKey(name, value).map((one) => one.id)))
  }
  const [first, ...others] = found
  if (first === undefined) return []
  return [...first]
    .filter((id) => others.every((set) => set.has(id)))
    .slice(offset, offset + limit)
    .flatMap((id) => persons.find(id) ?? [])
}

function identityValue(context: Context, call: Call): string | undefined {
  const given = stringField(objectBody(call), 'identity_key_value')
  if (given === undefined) return undefined
  const email = normalizeEmail(given)
  if (email === undefined) throw new ExtoleError('invalid_key_value', { identity_key_value: given })
  const taken = context.persons.withKey('email', email)[0]
  if (taken !== undefined && taken.id !== call.params.person_id) {
    throw new ExtoleError('identity_key_value_already_taken', { identity_key_value: given })
  }
  return email
}

function create(context: Context, call: Call): Person {
  const email = identityValue(context, call)
  if (email === undefined) throw new ExtoleError('invalid_key_value')
  const { persons, nextId, clock, db } = context
  const nowMs = clock.nowMs()
  const datum = {
    id: nextId(),
    name: 'email',
    scope: 'PRIVATE',
    json: JSON.stringify(email),
    createdMs: nowMs,
    updatedMs: nowMs,
  } as const
  const person = {
    id: nextId(),
    email,
    version: 1,
    createdMs: nowMs,
    block: undefined,
    data: new Map([['email', datum]]),
  }
  db.write(() => {
    persons.insert(person)
    persons.attach(person.id, 'email', email, nextId())
  })
  return person
}

function change(context: Context, call: Call): Person {
  const { persons, nextId, db, clock } = context
  const person = personOf(context, call)
  const email = identityValue(context, { ...call, params: { person_id: person.id } })
  if (email === undefined || email === person.email) return person
  return db.write(() => {
    const nowMs = clock.nowMs()
    const known = person.data.get('email') ?? {
      id: nextId(),
      name: 'email',
      scope: 'PRIVATE' as const,
      createdMs: nowMs,
    }
    const data = new Map(person.data).set('email', { ...known, json: JSON.stringify(email), updatedMs: nowMs })
    persons.detach(person.id, 'email')
    persons.attach(person.id, 'email', email, nextId())
    logShift(context, person.id, person.version + 1, 'IDENTITY_WITH_KEY', person.email)
    return persons.save(person, { email, data })
  })
}
