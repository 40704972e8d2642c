import { describe, expect, test } from 'vitest'
import type { TypeRule } from '../../workspace/index.ts'
import { anEvent, type EventFields, namesOf, someRules } from './builders.ts'
import { EXTERNAL_IDS_MAX, externalIdsOf } from './external-ids.ts'

const custom = (type: string, over: Partial<TypeRule> = {}): TypeRule => ({
  type,
  collection: 'users',
  limit: { values: 5, period: 'ever' },
  blocked: [],
  ...over,
})

const read = (fields: EventFields, types: readonly TypeRule[] = []) =>
  externalIdsOf(anEvent(fields), someRules({ types }))
const usersOf = (fields: EventFields, types: readonly TypeRule[] = []) => namesOf(read(fields, types).users)

const device = (over: object) => ({ context: { device: { id: 'd1', advertisingId: 'ad1', token: 't1', ...over } } })
const inList = (...externalIds: unknown[]) => ({ context: { externalIds } })

describe('where ids are read from', () => {
  test.each<[string, EventFields, string[]]>([
    ['user_id from userId', { userId: 'u1' }, ['user_id u1']],
    ['anonymous_id from anonymousId', { anonymousId: 'a1' }, ['anonymous_id a1']],
    ['email from traits.email', { type: 'identify', traits: { email: 'a@x.com' } }, ['email a@x.com']],
    ['email from context.traits.email', { context: { traits: { email: 'a@x.com' } } }, ['email a@x.com']],
    ['email from properties.email', { properties: { email: 'a@x.com' } }, ['email a@x.com']],
    [
      'android.id and android.push_token from context.device where its type is android',
      device({ type: 'android' }),
      ['android.id d1', 'android.push_token t1'],
    ],
    [
      'ios.id and ios.push_token from context.device where its type is ios, in any case',
      device({ type: 'iOS' }),
      ['ios.id d1', 'ios.push_token t1'],
    ],
    [
      'ios.idfa from context.device.advertisingId where ad tracking is on',
      device({ type: 'ios', adTrackingEnabled: true }),
      ['ios.id d1', 'ios.idfa ad1', 'ios.push_token t1'],
    ],
    [
      'android.idfa from context.device.advertisingId where ad tracking is on',
      device({ type: 'android', adTrackingEnabled: true }),
      ['android.id d1', 'android.idfa ad1', 'android.push_token t1'],
    ],
    [
      'no advertising id where ad tracking is off',
      device({ type: 'ios', adTrackingEnabled: false }),
      ['ios.id d1', 'ios.push_token t1'],
    ],
    ['nothing from a device of another type', device({ type: 'tvos', adTrackingEnabled: true }), []],
    [
      'ga_client_id from the Google Analytics client id',
      { context: { integrations: { 'Google Analytics': { clientId: 'ga1' } } } },
      ['ga_client_id ga1'],
    ],
    [
      'ga_client_id from the integrations of the event',
      { integrations: { 'Google Analytics': { clientId: 'ga1' } } },
      ['ga_client_id ga1'],
    ],
    ['legacy cross_domain_id', { context: { traits: { crossDomainId: 'x1' } } }, ['cross_domain_id x1']],
    ['legacy braze_id', { context: { Braze: { braze_id: 'b1' } } }, ['braze_id b1']],
    ['context.externalIds', inList({ id: '55', type: 'phone', collection: 'users', encoding: 'none' }), ['phone 55']],
  ])('%s', (_, fields, expected) => {
    expect(usersOf(fields)).toEqual(expected)
  })

  test('group_id from groupId and context.groupId, and it is the id of a company', () => {
    const call = read({ type: 'group', userId: 'u1', groupId: 'g1' })
    expect(namesOf(call.accounts)).toEqual(['group_id g1'])
    expect(namesOf(call.users)).toEqual(['user_id u1'])
    expect(namesOf(read({ context: { groupId: 'g2' } }).accounts)).toEqual(['group_id g2'])
  })

  test.each(['traits', 'properties'])('a custom type matches a key of %s in either case style', (container) => {
    for (const key of ['shopify_id', 'shopifyId']) {
      expect(usersOf({ type: 'identify', [container]: { [key]: 's1' } }, [custom('shopify_id')])).toEqual([
        'shopify_id s1',
      ])
    }
    expect(usersOf({ context: { traits: { shopifyId: 's1' } } }, [custom('shopify_id')])).toEqual(['shopify_id s1'])
  })

  test('a type that is not in the rules comes in context.externalIds only', () => {
    expect(usersOf({ properties: { phone: '55' } })).toEqual([])
  })

  test('a custom type of companies is read from the traits of group calls only', () => {
    const types = [custom('domain', { collection: 'accounts' })]
    expect(namesOf(read({ type: 'group', traits: { domain: 'x.com' } }, types).accounts)).toEqual(['domain x.com'])
    expect(namesOf(read({ type: 'identify', traits: { domain: 'x.com' } }, types).accounts)).toEqual([])
  })

  test('the traits of a group call are those of a company: its email is nobody’s', () => {
    const event = { type: 'group', groupId: 'g1', traits: { email: 'office@x.com' } } as const
    expect(usersOf(event)).toEqual([])
    expect(usersOf({ ...event, context: { traits: { email: 'jane@x.com' } } })).toEqual(['email jane@x.com'])
  })

  test('of several places the first usable one counts', () => {
    const context = { traits: { email: 'second@x.com' } }
    const properties = { email: 'third@x.com' }
    expect(usersOf({ traits: { email: 'first@x.com' }, context, properties })).toEqual(['email first@x.com'])
    expect(usersOf({ traits: { email: '' }, context, properties })).toEqual(['email second@x.com'])
    expect(usersOf({ traits: { email: 'null' }, context, properties })).toEqual(['email second@x.com'])
  })
})

describe('what an id must be', () => {
  test('an email is compared without case and white space, other ids as they are', () => {
    expect(usersOf({ userId: ' U1 ', traits: { email: ' Jane@X.com ' } })).toEqual(['email jane@x.com', 'user_id  U1 '])
  })

  test('a whole number is its digits; other values are refused', () => {
    const types = [custom('app_id')]
    expect(usersOf({ properties: { app_id: 1234 } }, types)).toEqual(['app_id 1234'])
    for (const app_id of [1.5, true, {}, ['a'], 2 ** 53]) {
      const { users, refused } = read({ properties: { app_id } }, types)
      expect(users).toEqual([])
      expect(refused.users).toEqual([{ type: 'app_id', value: '', reason: 'malformed' }])
    }
  })

  test('absent, null and empty values are passed over without a word', () => {
    expect(read({ traits: { email: null }, context: { traits: { email: '' } }, properties: { email: '  ' } })).toEqual({
      users: [],
      accounts: [],
      refused: { users: [], accounts: [] },
    })
  })

  test('500 characters pass, 501 do not', () => {
    expect(read({ userId: '😀'.repeat(500) }).users).toHaveLength(1)
    const { users, refused } = read({ userId: 'u'.repeat(501) })
    expect(users).toEqual([])
    expect(refused.users).toEqual([{ type: 'user_id', value: 'u'.repeat(100), reason: 'too_long' }])
  })

  test('a blocked value is not promoted, and the refusal names the rule', () => {
    const { users, refused } = read({ userId: '00000000-0000-0000-0000-000000000000', anonymousId: 'anonymous' })
    expect(users).toEqual([])
    expect(refused.users).toEqual([
      { type: 'user_id', value: '00000000-0000-0000-0000-000000000000', reason: 'blocked', by: { regex: '^[0-]*$' } },
      { type: 'anonymous_id', value: 'anonymous', reason: 'blocked', by: { exact: 'anonymous' } },
    ])
  })

  test.each([
    ['its type in upper case', { id: '1', type: 'Phone', collection: 'users', encoding: 'none' }],
    ['no type', { id: '1', collection: 'users', encoding: 'none' }],
    ['no encoding', { id: '1', type: 'phone', collection: 'users' }],
    ['another collection', { id: '1', type: 'phone', collection: 'people', encoding: 'none' }],
    ['the collection of another type', { id: '1', type: 'user_id', collection: 'accounts', encoding: 'none' }],
    ['no object', 'phone:1'],
  ])('an entry of context.externalIds with %s is refused', (_, entry) => {
    const { users, accounts, refused } = read(inList(entry))
    expect([...users, ...accounts]).toEqual([])
    expect([...refused.users, ...refused.accounts]).toMatchObject([{ reason: 'malformed' }])
  })

  test(`of context.externalIds ${EXTERNAL_IDS_MAX} entries are looked at`, () => {
    const entries = Array.from({ length: EXTERNAL_IDS_MAX + 2 }, (_, index) => ({
      id: `p${index}`,
      type: 'phone',
      collection: 'users',
      encoding: 'none',
    }))
    const { users, refused } = read(inList(...entries))
    expect(users).toHaveLength(EXTERNAL_IDS_MAX)
    expect(refused.users).toEqual([{ type: 'phone', value: `p${EXTERNAL_IDS_MAX}`, reason: 'too_many' }])
  })

  test('ids come by priority, each once', () => {
    const again = { id: 'u1', type: 'user_id', collection: 'users', encoding: 'none' }
    const { users } = read({ anonymousId: 'a1', userId: 'u1', properties: { email: 'e@x.com' }, ...inList(again) })
    expect(users.map(({ type }) => type)).toEqual(['user_id', 'email', 'anonymous_id'])
  })
})
