/** Each sentence that Segment writes about identity resolution, as a test. Events go through as the pipeline sends them. */
import { describe, expect, test } from 'vitest'
import type { Limit } from '../../workspace/index.ts'
import { DAY_MS, type EventFields, namesOf, START_MS, StoredProfiles, someRules } from './builders.ts'
import { EXTERNAL_IDS_MAX } from './external-ids.ts'
import { MAPPINGS_MAX, MERGES_MAX } from './profile.ts'

const limited = (type: string, limit: Limit) =>
  someRules({ types: [{ type, collection: 'users', limit, blocked: [] }] })

const device = (id: string) => ({ context: { device: { type: 'ios', id } } })
const email = (address: string) => ({ context: { traits: { email: address } } })
const listed = (type: string, ...values: string[]) => ({
  context: { externalIds: values.map((id) => ({ id, type, collection: 'users', encoding: 'none' })) },
})

describe('flat matching', () => {
  test('no profile matches: one is created with all ids of the event', () => {
    const stored = new StoredProfiles()
    const { users } = stored.send({ userId: 'u1', anonymousId: 'a1', ...email('jane@x.com') })
    expect(users).toMatchObject({ kind: 'create', profileId: 'use_1', refused: [] })
    expect(namesOf(stored.find('user_id', 'u1')?.ids)).toEqual(['anonymous_id a1', 'email jane@x.com', 'user_id u1'])
    expect(stored.profiles.size).toBe(1)
  })

  test('one profile matches: ids are added to it', () => {
    const stored = new StoredProfiles()
    stored.send({ anonymousId: 'a1' })
    expect(stored.send({ anonymousId: 'a1', userId: 'u1' }).users).toEqual({
      kind: 'add',
      profileId: 'use_1',
      ids: [{ type: 'user_id', value: 'u1' }],
      refused: [],
    })
    expect(stored.find('user_id', 'u1')?.id).toBe('use_1')
  })

  test('one profile matches and has all ids: nothing is to be stored', () => {
    const stored = new StoredProfiles()
    stored.send({ userId: 'u1' })
    const before = stored.find('user_id', 'u1')
    expect(stored.send({ userId: 'u1' }).users).toEqual({ kind: 'add', profileId: 'use_1', ids: [], refused: [] })
    expect(stored.find('user_id', 'u1')).toBe(before)
  })

  test('several profiles match: they become one, the oldest', () => {
    const stored = new StoredProfiles()
    stored.send({ anonymousId: 'a1' })
    stored.send({ ...email('jane@x.com') })
    stored.send({ userId: 'u1' })
    const { users } = stored.send({ userId: 'u1', anonymousId: 'a1', ...email('jane@x.com') })
    expect(users).toEqual({
      kind: 'merge',
      profileId: 'use_1',
      by: { type: 'anonymous_id', value: 'a1' },
      merged: [
        { profileId: 'use_3', by: { type: 'user_id', value: 'u1' } },
        { profileId: 'use_2', by: { type: 'email', value: 'jane@x.com' } },
      ],
      ids: [],
      refused: [],
    })
    expect([...stored.profiles.keys()]).toEqual(['use_1'])
    expect(stored.find('email', 'jane@x.com')).toMatchObject({ id: 'use_1', mergesCount: 2 })
  })

  test('an id that is merged keeps the event that first brought it', () => {
    const stored = new StoredProfiles()
    stored.send({ anonymousId: 'a1' })
    stored.send({ userId: 'u1' })
    stored.send({ userId: 'u1', anonymousId: 'a1' })
    expect(stored.find('user_id', 'u1')?.ids.map(({ value, addedBy }) => [value, addedBy.messageId])).toEqual([
      ['a1', 'm1'],
      ['u1', 'm2'],
    ])
  })

  test('an event with no usable id belongs to no profile', () => {
    const stored = new StoredProfiles()
    expect(stored.send({ userId: 'null' }).users).toMatchObject({ kind: 'none', refused: [{ reason: 'blocked' }] })
    expect(stored.profiles.size).toBe(0)
  })

  test('persons and companies are resolved apart', () => {
    const stored = new StoredProfiles()
    stored.send({ type: 'group', userId: 'u1', groupId: 'g1' })
    const second = stored.send({ type: 'group', userId: 'u2', groupId: 'g1' })
    expect(second.users).toMatchObject({ kind: 'create', profileId: 'use_2' })
    expect(second.accounts).toMatchObject({ kind: 'add', profileId: 'gro_1' })
  })

  test('a merge joins whatever the ids are, never by likeness: merging is deterministic only', () => {
    const stored = new StoredProfiles()
    const traits = { name: 'Jane Doe', phone: '+15550100' }
    stored.send({ type: 'identify', userId: 'u1', traits })
    stored.send({ type: 'identify', userId: 'u2', traits })
    expect(stored.profiles.size).toBe(2)
  })
})

describe('blocked values', () => {
  test('a blocked value does not join two persons, and stays in the event', () => {
    const stored = new StoredProfiles()
    const event = { userId: 'u1', ...email('anonymous') }
    stored.send(event)
    stored.send({ userId: 'u2', ...email('anonymous') })
    expect(stored.profiles.size).toBe(2)
    expect(event.context.traits.email).toBe('anonymous')
  })
})

describe('limits', () => {
  test.each([
    ['weekly', 7],
    ['monthly', 30],
    ['annually', 365],
  ] as const)('a limit may be counted %s: the last %i days before the event', (period, days) => {
    const stored = new StoredProfiles(limited('anonymous_id', { values: 1, period }))
    stored.send({ userId: 'u1', anonymousId: 'a1' }, { atMs: START_MS })
    const tooEarly = stored.send({ userId: 'u1', anonymousId: 'a2' }, { atMs: START_MS + days * DAY_MS - 1 })
    expect(tooEarly.users.refused).toMatchObject([{ value: 'a2', reason: 'demoted' }])
    const inTime = stored.send({ userId: 'u1', anonymousId: 'a2' }, { atMs: START_MS + days * DAY_MS })
    expect(inTime.users).toMatchObject({ kind: 'add', ids: [{ value: 'a2' }], refused: [] })
  })

  test('a limit may be counted for ever', () => {
    const stored = new StoredProfiles(limited('anonymous_id', { values: 1, period: 'ever' }))
    stored.send({ userId: 'u1', anonymousId: 'a1' }, { atMs: START_MS })
    const later = stored.send({ userId: 'u1', anonymousId: 'a2' }, { atMs: START_MS + 36_500 * DAY_MS })
    expect(later.users).toMatchObject({ profileId: 'use_1', refused: [{ value: 'a2', reason: 'demoted' }] })
  })

  test('the fifth email is taken and the sixth is not; its event still belongs to the person', () => {
    const stored = new StoredProfiles()
    for (let n = 1; n <= 5; n++) {
      expect(stored.send({ userId: 'u1', ...email(`e${n}@x.com`) }).users.refused).toEqual([])
    }
    const sixth = stored.send({ userId: 'u1', ...email('e6@x.com') })
    expect(sixth.users).toEqual({
      kind: 'add',
      profileId: 'use_1',
      ids: [],
      refused: [
        {
          type: 'email',
          value: 'e6@x.com',
          reason: 'demoted',
          conflict: { kind: 'limit', type: 'email', limit: { values: 5, period: 'ever' }, values: 6 },
          heldBy: undefined,
        },
      ],
    })
    expect(stored.find('email', 'e6@x.com')).toBeUndefined()
  })

  test('ids that one event brings together are counted together', () => {
    const stored = new StoredProfiles()
    const { users } = stored.send({ userId: 'u1', ...listed('phone', '1', '2', '3', '4', '5', '6') })
    expect(users).toMatchObject({ kind: 'create', refused: [{ value: '6', reason: 'demoted' }] })
    expect(stored.find('phone', '5')?.ids).toHaveLength(6)
  })
})

describe('conflicts', () => {
  test('Segment’s example: the same email under a second user_id makes a second person', () => {
    const stored = new StoredProfiles()
    stored.send({ userId: 'abc123', ...email('jane@example1.com') })
    const { users } = stored.send({ userId: 'abc456', ...email('jane@example1.com') })
    expect(users).toMatchObject({
      kind: 'create',
      profileId: 'use_2',
      ids: [{ type: 'user_id', value: 'abc456' }],
      refused: [{ type: 'email', value: 'jane@example1.com', reason: 'demoted', heldBy: 'use_1' }],
    })
    expect(stored.find('email', 'jane@example1.com')?.id).toBe('use_1')
  })

  test('the id of lowest priority goes first, whichever is over its limit', () => {
    const stored = new StoredProfiles()
    for (let n = 1; n <= 5; n++) stored.send({ userId: 'u1', ...email(`e${n}@x.com`) })
    const { users } = stored.send({ userId: 'u1', anonymousId: 'a1', ...email('e6@x.com') })
    expect(users).toMatchObject({ kind: 'add', profileId: 'use_1', ids: [] })
    expect(users.refused.map(({ type }) => type)).toEqual(['anonymous_id', 'email'])
  })

  test('it repeats until the rest fits', () => {
    const stored = new StoredProfiles()
    stored.send({ userId: 'u1', anonymousId: 'a1', ...device('d1') })
    const { users } = stored.send({ userId: 'u2', anonymousId: 'a1', ...device('d1') })
    expect(users).toMatchObject({ kind: 'create', ids: [{ value: 'u2' }] })
    expect(users.refused.map(({ value }) => value)).toEqual(['d1', 'a1'])
  })

  test('an id that was left out but is on the profile anyway is not called refused', () => {
    const stored = new StoredProfiles()
    for (let n = 1; n <= 5; n++) stored.send({ userId: 'u1', anonymousId: 'a1', ...email(`e${n}@x.com`) })
    const { users } = stored.send({ userId: 'u1', anonymousId: 'a1', ...email('e6@x.com') })
    expect(users.refused.map(({ value }) => value)).toEqual(['e6@x.com'])
  })

  test('of two ids of one type the one that stands later in the event goes first', () => {
    const stored = new StoredProfiles()
    const { users } = stored.send({ userId: 'u1', ...listed('user_id', 'u2') })
    expect(users).toMatchObject({ kind: 'create', ids: [{ value: 'u1' }], refused: [{ value: 'u2' }] })
  })

  test('a merge that would break a limit is not made', () => {
    const stored = new StoredProfiles()
    stored.send({ userId: 'u1', anonymousId: 'a1' })
    stored.send({ userId: 'u2', anonymousId: 'a2' })
    const { users } = stored.send({ userId: 'u2', anonymousId: 'a1' })
    expect(users).toMatchObject({ kind: 'add', profileId: 'use_2', refused: [{ value: 'a1', heldBy: 'use_1' }] })
    expect(stored.profiles.size).toBe(2)
  })
})

describe('merge protection', () => {
  test('a shared device does not join two user_ids', () => {
    const stored = new StoredProfiles()
    for (const userId of ['u1', 'u2', 'u3']) stored.send({ userId, ...device('shop-tablet') })
    expect(stored.profiles.size).toBe(3)
    expect(stored.find('ios.id', 'shop-tablet')?.id).toBe('use_1')
  })

  test('a shared anonymous id does not join two user_ids', () => {
    const stored = new StoredProfiles()
    stored.send({ anonymousId: 'a1' })
    stored.send({ userId: 'u1', anonymousId: 'a1' })
    stored.send({ userId: 'u2', anonymousId: 'a1' })
    expect(stored.find('user_id', 'u1')?.id).toBe('use_1')
    expect(stored.find('user_id', 'u2')?.id).toBe('use_2')
  })
})

describe('hard caps', () => {
  /** A profile that is known by a custom id without a limit that matters. */
  const unlimited = limited('phone', { values: 1_000, period: 'ever' })

  function withIds(count: number, name: string, stored: StoredProfiles) {
    for (let from = 0; from < count; ) {
      const size = Math.min(EXTERNAL_IDS_MAX - 1, count - from)
      const values = Array.from({ length: size }, (_, index) => `${name}${from + index}`)
      stored.send(listed('phone', `${name}0`, ...values))
      from += size
    }
  }

  test('a profile gets no id after its 1,000th; its events still resolve', () => {
    const stored = new StoredProfiles(unlimited)
    withIds(MAPPINGS_MAX - 1, 'p', stored)
    const last = stored.send(listed('phone', 'p0', 'q1', 'q2'))
    expect(last.users).toMatchObject({
      kind: 'add',
      ids: [{ value: 'q1' }],
      refused: [{ value: 'q2', reason: 'full' }],
    })
    expect(stored.send(listed('phone', 'p0', 'q3')).users).toMatchObject({
      kind: 'add',
      profileId: 'use_1',
      ids: [],
      refused: [{ value: 'q3', reason: 'full' }],
    })
    expect(stored.find('phone', 'p0')?.ids).toHaveLength(MAPPINGS_MAX)
  })

  test('two profiles with more than 1,000 ids between them are not merged', () => {
    const stored = new StoredProfiles(unlimited)
    withIds(600, 'p', stored)
    withIds(401, 'q', stored)
    withIds(400, 'r', stored)
    expect(stored.send(listed('phone', 'p0', 'q0')).users).toMatchObject({
      kind: 'add',
      profileId: 'use_1',
      refused: [{ value: 'q0', conflict: { kind: 'mappings', count: 1_001 } }],
    })
    expect(stored.send(listed('phone', 'p0', 'r0')).users).toMatchObject({ kind: 'merge', profileId: 'use_1' })
  })

  test('a profile takes part in no merge after its 100th; its events still resolve, and it still gets ids', () => {
    const stored = new StoredProfiles(unlimited)
    stored.send(listed('phone', 'p'))
    for (let n = 1; n <= MERGES_MAX; n++) {
      stored.send(listed('phone', `q${n}`))
      expect(stored.send(listed('phone', 'p', `q${n}`)).users.kind).toBe('merge')
    }
    stored.send(listed('phone', 'one-more'))
    expect(stored.send(listed('phone', 'p', 'one-more')).users).toMatchObject({
      kind: 'add',
      profileId: 'use_1',
      refused: [{ value: 'one-more', conflict: { kind: 'merges', count: MERGES_MAX + 1 } }],
    })
    expect(stored.send(listed('phone', 'p', 'new')).users).toMatchObject({ kind: 'add', ids: [{ value: 'new' }] })
    expect(stored.find('phone', 'p')?.mergesCount).toBe(MERGES_MAX)
  })

  test('merges that the others had are counted too', () => {
    const stored = new StoredProfiles(unlimited)
    for (const name of ['p', 'q']) {
      stored.send(listed('phone', name))
      for (let n = 1; n <= 50; n++) {
        stored.send(listed('phone', `${name}${n}`))
        stored.send(listed('phone', name, `${name}${n}`))
      }
    }
    expect(stored.send(listed('phone', 'p', 'q')).users.refused).toMatchObject([
      { conflict: { kind: 'merges', count: 101 } },
    ])
  })
})

describe('changes of the rules', () => {
  test('they affect new data only: a profile beyond a tightened limit keeps what it has, and gets no more', () => {
    const stored = new StoredProfiles()
    for (let n = 1; n <= 4; n++) stored.send({ userId: 'u1', ...email(`e${n}@x.com`) })
    stored.rules = limited('email', { values: 2, period: 'ever' })
    expect(stored.send({ userId: 'u1', ...email('e3@x.com') }).users).toMatchObject({
      kind: 'add',
      ids: [],
      refused: [],
    })
    expect(stored.send({ userId: 'u1', ...email('e5@x.com') }).users.refused).toMatchObject([{ value: 'e5@x.com' }])
    expect(stored.find('user_id', 'u1')?.ids).toHaveLength(5)
  })

  test('a profile beyond a tightened limit still takes in one that brings no more of that type', () => {
    const stored = new StoredProfiles()
    for (let n = 1; n <= 4; n++) stored.send({ userId: 'u1', ...email(`e${n}@x.com`) })
    stored.send({ anonymousId: 'a1' })
    stored.rules = limited('email', { values: 2, period: 'ever' })
    expect(stored.send({ userId: 'u1', anonymousId: 'a1' }).users.kind).toBe('merge')
  })

  test('a value that is blocked later still finds nobody, though a profile has it', () => {
    const stored = new StoredProfiles()
    stored.send({ userId: 'u1', anonymousId: 'kiosk' })
    stored.rules = someRules({ blocked: [{ exact: 'kiosk' }] })
    expect(stored.send({ anonymousId: 'kiosk' }).users.kind).toBe('none')
  })
})

describe('what stays', () => {
  test('alias calls are ignored', () => {
    const stored = new StoredProfiles()
    stored.send({ userId: 'u1' })
    stored.send({ anonymousId: 'a1' })
    const { users, skipped } = stored.send({ type: 'alias', userId: 'u1', previousId: 'a1' })
    expect({ users, skipped }).toEqual({ users: { kind: 'none', refused: [] }, skipped: 'alias' })
    expect(stored.profiles.size).toBe(2)
  })

  test('the id of a profile persists, and any id of a merged one finds it', () => {
    const stored = new StoredProfiles()
    for (const anonymousId of ['a1', 'a2', 'a3']) stored.send({ anonymousId })
    stored.send({ userId: 'u1', anonymousId: 'a3' })
    stored.send({ userId: 'u1', anonymousId: 'a2' })
    stored.send({ userId: 'u1', anonymousId: 'a1' })
    for (const value of ['a1', 'a2', 'a3']) expect(stored.find('anonymous_id', value)?.id).toBe('use_1')
    for (const id of ['use_1', 'use_2', 'use_3']) expect(stored.byProfileId(id)?.id).toBe('use_1')
  })

  test('no later event takes an id away from its person', () => {
    const stored = new StoredProfiles()
    stored.send({ userId: 'u1', ...email('jane@x.com') })
    stored.send({ type: 'identify', userId: 'u1', traits: { email: null } })
    stored.send({ userId: 'u2', ...email('jane@x.com') })
    expect(stored.find('email', 'jane@x.com')?.id).toBe('use_1')
  })
})

describe('events that have no part in profiles', () => {
  const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]))
  const skippedOf = (fields: Parameters<StoredProfiles['send']>[0]) =>
    new StoredProfiles().send({ userId: 'u1', ...fields }).skipped

  test.each([
    ['a groupId of 500 characters', { groupId: 'g'.repeat(500) }, undefined],
    ['a groupId of more than 500 characters', { groupId: 'g'.repeat(501) }, 'group_id_invalid'],
    ['an empty groupId in a group call', { type: 'group', groupId: '' }, 'group_id_invalid'],
    ['an empty context.groupId', { context: { groupId: '' } }, 'group_id_invalid'],
    ['300 properties', { properties: keys(300) }, undefined],
    ['more than 300 properties', { properties: keys(301) }, 'too_many_keys'],
    ['an identify call with 299 traits', { type: 'identify', traits: keys(299) }, undefined],
    ['an identify call with 300 traits', { type: 'identify', traits: keys(300) }, 'too_many_keys'],
    ['a group call with 300 traits', { type: 'group', groupId: 'g1', traits: keys(300) }, undefined],
    ['a group call with more than 300 traits', { type: 'group', groupId: 'g1', traits: keys(301) }, 'too_many_keys'],
    ['a messageId of 100 characters', { messageId: 'm'.repeat(100) }, undefined],
    ['a messageId of more than 100 characters', { messageId: 'm'.repeat(101) }, 'message_id_too_long'],
  ] as const)('%s', (_, fields, skipped) => {
    expect(skippedOf(fields)).toBe(skipped)
  })
})

describe('filters of the space', () => {
  const filtered = (filters: readonly string[], fields: EventFields) => {
    const stored = new StoredProfiles(someRules({}, filters))
    return { skipped: stored.send({ userId: 'u1', ...fields }).skipped, profiles: stored.profiles.size }
  }

  test('an event that meets one of them has no part in profiles', () => {
    const filters = ['event = "Test"', 'contains(context.page.url, "staging")']
    expect(filtered(filters, { event: 'Test' })).toEqual({ skipped: 'space_filter', profiles: 0 })
    expect(filtered(filters, { context: { page: { url: 'https://staging.x.com' } } }).skipped).toBe('space_filter')
    expect(filtered(filters, {})).toEqual({ skipped: undefined, profiles: 1 })
  })

  test('an event that one of them has no answer for is kept out, with a reason of its own', () => {
    const filters = ['contains(properties.total, "5")', 'event = "Test"']
    const properties = { total: 5 }
    expect(filtered(filters, { properties })).toEqual({ skipped: 'space_filter_not_evaluated', profiles: 0 })
    expect(filtered(filters, { properties, event: 'Test' }).skipped).toBe('space_filter')
  })
})
