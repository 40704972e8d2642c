import { expect, test } from 'vitest'
import { matches, PARSED_TRIGGERS_MAX, triggerProblem } from './triggers.ts'

const order = {
  type: 'track',
  event: 'Order Completed',
  userId: 'u1',
  properties: { total: 50, coupon: 'SPRING', gift: true },
  context: { library: { name: 'analytics-node' } },
}

test.each([
  { trigger: 'type = "track"', isMatch: true },
  { trigger: 'type = "identify"', isMatch: false },
  { trigger: 'type = "track" and event = "Order Completed"', isMatch: true },
  { trigger: 'event = "order completed"', isMatch: false },
  { trigger: 'type = "identify" or event = "Order Completed"', isMatch: true },
  { trigger: 'properties.total >= 50', isMatch: true },
  { trigger: 'properties.total > 50', isMatch: false },
  { trigger: 'properties.coupon > 1', isMatch: false },
  { trigger: 'contains(properties.coupon, "PRI")', isMatch: true },
  { trigger: '!contains(properties.coupon, "PRI")', isMatch: false },
  { trigger: 'match(event, "Order*")', isMatch: true },
  { trigger: 'match(event, "*Completed")', isMatch: true },
  { trigger: 'properties.gift = true', isMatch: true },
  { trigger: 'properties.missing = null', isMatch: true },
  { trigger: 'userId != null', isMatch: true },
  { trigger: 'context.library.name = "analytics-node"', isMatch: true },
  { trigger: 'type = "track" and (event = "A" or event = "Order Completed")', isMatch: true },
])('$trigger: $isMatch', ({ trigger, isMatch }) => {
  expect(matches(trigger, order)).toBe(isMatch)
  expect(triggerProblem(trigger)).toBeNull()
})

test.each([
  'event = ',
  'event =',
  'event = and type = "track"',
  'event != or type = "track"',
  '(type = "track" and event = )',
  'properties.total >=',
])('%j lacks what is compared with', (trigger) => {
  expect(triggerProblem(trigger)).toMatch(/^Something is missing after (=|!=|>=): /)
})

test.each(['event = ""', 'event = "a = "', 'type = "track" AND event == "x"', 'event = "= and "'])(
  '%j has it',
  (trigger) => {
    expect(triggerProblem(trigger)).toBeNull()
  },
)

test.each(['', '(', 'and', 'nonsense', 'contains(', 'type'])('%j cannot be parsed and matches nothing', (trigger) => {
  expect(matches(trigger, order)).toBe(false)
  expect(triggerProblem(trigger)).toEqual(expect.any(String))
  expect(triggerProblem(trigger)).not.toContain('undefined')
})

test('an event without properties, traits or context is no trouble', () => {
  for (const name of ['properties.a', 'traits.a', 'context.a.b']) {
    expect(matches(`${name} = "x"`, { type: 'track' })).toBe(false)
  }
})

test('more triggers than are kept still work', () => {
  for (let n = 0; n <= PARSED_TRIGGERS_MAX; n += 1) matches(`event = "${n}"`, order)
  expect(matches('type = "track"', order)).toBe(true)
})
