import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type IdentifyPayload, identifyEvent, type TrackPayload, trackEvent } from './event.ts'
import { extoleSettings, extoleSettingsProblems } from './settings.ts'

const settings = (over: object = {}) => extoleSettings({ apiKey: 'k', ...over })
const identified = (payload: IdentifyPayload, over: object = {}) => identifyEvent(payload, settings(over)).data
const tracked = (payload: Partial<TrackPayload>, over: object = {}) =>
  trackEvent({ event_name: 'conversion', ...payload }, settings(over))

describe('identify', () => {
  test("the Segment page's example becomes the event that page describes", () => {
    const payload = {
      partner_user_id: 'userId123',
      email: 'john.doe@example.com',
      first_name: 'John',
      last_name: 'Doe',
      traits: {
        email: 'john.doe@example.com',
        firstName: 'John',
        lastName: 'Doe',
        age: 25,
        existingCustomer: true,
      },
      event_time: '2026-03-01T12:00:00.000Z',
    }
    expect(identifyEvent(payload, settings())).toEqual({
      event_name: 'identify',
      event_time: '2026-03-01T12:00:00.000Z',
      data: {
        partner_user_id: 'userId123',
        email: 'john.doe@example.com',
        first_name: 'John',
        last_name: 'Doe',
        age: 25,
        existingCustomer: true,
      },
    })
  })

  test('a snake_case trait wins over its camelCase twin, and the twin is not sent', () => {
    const traits = { firstName: 'Jon', first_name: 'John', lastName: 'D', last_name: 'Doe' }
    expect(identified({ first_name: 'Jon', last_name: 'D', traits })).toEqual({ first_name: 'John', last_name: 'Doe' })
  })

  test("an explicit partner_user_id wins over the call's user id", () => {
    expect(identified({ partner_user_id: 'u1', traits: { partner_user_id: 'p9' } })).toEqual({ partner_user_id: 'p9' })
  })

  test.each([null, '', undefined])('an id that says nothing (%j) is filled in', (said) => {
    const traits = { partner_user_id: said, email: said }
    expect(identified({ partner_user_id: 'u1', email: 'a@b.test', traits })).toEqual({
      partner_user_id: 'u1',
      email: 'a@b.test',
    })
  })

  test('an audience a person left is sent as false, and not dropped', () => {
    const traits = { order_completed_last_30days: false }
    expect(identified({ partner_user_id: 'u1', traits })).toEqual({ partner_user_id: 'u1', ...traits })
  })

  test('without traits the ids are sent', () => {
    expect(identified({ partner_user_id: 'u1' })).toEqual({ partner_user_id: 'u1' })
  })

  test.each([
    { publicTraits: 'plan', sent: ['plan'] },
    { publicTraits: 'plan, age', sent: ['plan', 'age'] },
    { publicTraits: 'plan\nage', sent: ['plan', 'age'] },
    { publicTraits: '-ssn', sent: ['plan', 'age'] },
    { publicTraits: 'plan, ssn, -ssn', sent: ['plan'] },
    { publicTraits: { allow: ['age'] }, sent: ['age'] },
    { publicTraits: { deny: ['age', 'ssn'] }, sent: ['plan'] },
    { publicTraits: '{"allow":["age"],"deny":[]}', sent: ['age'] },
    { publicTraits: { allow: [] }, sent: [] },
    { publicTraits: '', sent: ['plan', 'age', 'ssn'] },
    { publicTraits: undefined, sent: ['plan', 'age', 'ssn'] },
  ])('public traits $publicTraits: $sent, and the standard ones always', ({ publicTraits, sent }) => {
    const traits = { email: 'a@b.test', plan: 'gold', age: 25, ssn: '1' }
    expect(Object.keys(identified({ traits }, { publicTraits }))).toEqual(['email', ...sent])
  })
})

describe('track', () => {
  test("the Segment page's conversion is sent as it is", () => {
    const properties = {
      email: 'john.doe@example.com',
      first_name: 'John',
      last_name: 'Doe',
      partner_conversion_id: 'purchaseId123',
      cart_value: '99.99',
    }
    expect(tracked({ properties, event_time: 't' })).toEqual({
      event_name: 'conversion',
      event_time: 't',
      data: properties,
    })
  })

  test('who it was is filled in where the properties do not say', () => {
    const person = { partner_user_id: 'u1', email: 'a@b.test', first_name: 'A', last_name: 'B' }
    expect(tracked({ ...person, properties: { email: 'c@d.test', cart_value: 1 } }).data).toEqual({
      ...person,
      email: 'c@d.test',
      cart_value: 1,
    })
  })

  test('properties in camelCase stay what they are', () => {
    expect(tracked({ properties: { firstName: 'J' } }).data).toEqual({ firstName: 'J' })
  })

  test.each([
    { name: 'a table', eventNames: { 'Order Completed': 'conversion' } },
    { name: 'JSON text', eventNames: '{"Order Completed":"conversion"}' },
    { name: 'lines', eventNames: 'Signed Up = registration\n Order Completed=conversion \n\nbroken\n= x\n' },
  ])('event names from $name replace those that are listed', ({ eventNames }) => {
    expect(tracked({ event_name: 'Order Completed' }, { eventNames }).event_name).toBe('conversion')
    expect(tracked({ event_name: 'order completed' }, { eventNames }).event_name).toBe('order completed')
    expect(tracked({ event_name: 'constructor' }, { eventNames }).event_name).toBe('constructor')
  })

  test('wrapped, every event is called track and carries its name', () => {
    const over = { trackEventName: 'wrapped', eventNames: { Bought: 'conversion' } }
    expect(tracked({ event_name: 'Bought', properties: { a: 1 } }, over)).toMatchObject({
      event_name: 'track',
      data: { a: 1, event: 'conversion' },
    })
  })

  test('a conversion id is derived only when asked for, only for conversions, and never replaces one', () => {
    const on = { deriveConversionId: true, eventNames: { Bought: 'conversion' } }
    const payload = { event_name: 'Bought', message_id: `node-next-1700000000000-${'0'.repeat(36)}`, properties: {} }
    const derived = Object(tracked(payload, on).data).partner_conversion_id
    expect(derived).toMatch(/^[0-9a-f]{32}$/)
    expect(Object(tracked(payload, on).data).partner_conversion_id).toBe(derived)
    expect(Object(tracked({ ...payload, message_id: 'other' }, on).data).partner_conversion_id).not.toBe(derived)
    const own = { partner_conversion_id: 'c1' }
    expect(tracked({ ...payload, properties: own }, on).data).toEqual(own)
    expect(tracked({ ...payload, event_name: 'Login' }, on).data).toEqual({})
    expect(tracked(payload, { ...on, deriveConversionId: false }).data).toEqual({})
  })

  test('an event name with spaces is sent as it is', () => {
    expect(tracked({ event_name: 'Login Button Clicked' }).event_name).toBe('Login Button Clicked')
  })
})

test.each([
  { settings: {}, problems: [] },
  { settings: { apiBaseUrl: 'https://api.extole.io/', eventsBaseUrl: '' }, problems: [] },
  { settings: { apiBaseUrl: 'api.extole.io' }, problems: ['apiBaseUrl'] },
  { settings: { eventsBaseUrl: 'https://api.extole.io/?access_token=x' }, problems: ['eventsBaseUrl'] },
  { settings: { eventsBaseUrl: 'https://me:you@api.extole.io' }, problems: ['eventsBaseUrl'] },
  { settings: { eventNames: { A: 'b' }, publicTraits: { allow: ['a'] } }, problems: [] },
  { settings: { eventNames: 'A = b\n\nC = d' }, problems: [] },
  { settings: { eventNames: 'A = b\nC' }, problems: ['eventNames'] },
  { settings: { eventNames: '{"A":', publicTraits: '{' }, problems: ['eventNames', 'publicTraits'] },
])('settings $settings: problems with $problems', ({ settings: typed, problems }) => {
  expect(extoleSettingsProblems(typed).map(({ field }) => field)).toEqual(problems)
})

// Names that collide with ours, with Segment's and with JavaScript's.
const anyName = fc.oneof(
  fc.constantFrom('email', 'firstName', 'first_name', 'partner_user_id', '__proto__', 'constructor', 'event'),
  fc.string(),
)
const anyValues = fc.dictionary(anyName, fc.jsonValue({ maxDepth: 2 }), { noNullPrototype: true })

test('every other trait and every property arrives with its name and value unchanged, and nothing is added', () => {
  fc.assert(
    fc.property(anyValues, (values) => {
      const says = (value: unknown) => value !== undefined && value !== null && value !== ''
      const data = identified({ partner_user_id: 'u1', traits: values })
      const kept = Object.keys(values).filter((name) => name !== 'firstName' && name !== 'lastName')
      expect(new Set(Object.keys(data))).toEqual(new Set([...kept, 'partner_user_id']))
      for (const name of kept) {
        const value = Object.getOwnPropertyDescriptor(values, name)?.value
        if (name === 'partner_user_id' && !says(value)) continue
        expect(Object.getOwnPropertyDescriptor(data, name)?.value).toEqual(value)
      }
      expect(tracked({ properties: values }).data).toEqual(values)
    }),
  )
})
