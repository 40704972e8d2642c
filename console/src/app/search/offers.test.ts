import { expect, test } from 'vitest'
import { offersOf } from './offers.ts'

const offered = (text: string) => {
  const { likely, possible } = offersOf(text, { mayRead: true, space: undefined })
  return { likely: likely.map(({ to }) => to), possible: possible.map(({ to }) => to) }
}
const PROFILE = '/profiles'
const EVENT = '/events/$messageId'

test.each([
  'ada@example.com',
  ' ada@example.com ',
  '+1 (555) 010-0100',
  '15550100',
  'user_id:42',
  'use_2kJf93mDx',
  'email:ada@example.com',
])('%s looks like a person', (text) => {
  expect(offered(text)).toEqual({ likely: [PROFILE], possible: [] })
})

test.each([
  '3f0c1f2e-97a1-4a3e-8f6e-0d3a5b1c2d3e',
  'ajs-next-1732752000000-3f0c1f2e-97a1-4a3e-8f6e-0d3a5b1c2d3e',
  'node-next-1732752000000-3f0c1f2e-97a1-4a3e-8f6e-0d3a5b1c2d3e',
])('%s looks like the id of an event, and may be somebody’s', (text) => {
  expect(offered(text)).toEqual({ likely: [EVENT], possible: [PROFILE] })
})

test('any other word may be either; several words and a single character are nobody', () => {
  expect(offered('ada')).toEqual({ likely: [], possible: [EVENT, PROFILE] })
  expect(offered('m-good')).toEqual({ likely: [], possible: [EVENT, PROFILE] })
  expect(offered('Add Destination')).toEqual({ likely: [], possible: [] })
  expect(offered('a')).toEqual({ likely: [], possible: [] })
})

test('a text longer than ids of events can be is no event', () => {
  expect(offered('x'.repeat(100)).possible).toEqual([EVENT, PROFILE])
  expect(offered('x'.repeat(101)).possible).toEqual([PROFILE])
})

test('who may not read about people is offered neither', () => {
  const none = { mayRead: false, space: undefined }
  expect(offersOf('ada@example.com', none)).toEqual({ likely: [], possible: [], isRequest: false })
})

test('somebody is looked for in the space that the address names', () => {
  const [profile] = offersOf(' ada@example.com', { mayRead: true, space: 'spa_1' }).likely
  expect(profile).toMatchObject({ to: PROFILE, search: { space: 'spa_1', q: 'ada@example.com' } })
})

test('the id of a request, as the server’s log has it, is known for one', () => {
  const isRequest = (text: string) => offersOf(text, { mayRead: true, space: undefined }).isRequest
  expect(isRequest('0123456789abcdef01234567')).toBe(true)
  expect(isRequest('0123456789abcdef0123456')).toBe(false)
})
