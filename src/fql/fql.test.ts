import { parseFql as parseTrigger, validate } from '@segment/destination-subscriptions'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluateFql, FQL_STEPS_MAX } from './evaluate.ts'
import type { Comparison, Expression } from './expression.ts'
import { FQL_BYTES_MAX, FQL_DEPTH_MAX, parseFql } from './parse.ts'

const order = {
  type: 'track',
  event: 'Order Completed',
  userId: 'u1',
  properties: {
    total: 50,
    coupon: 'SPRING',
    gift: true,
    tags: ['a', 'b', null],
    'product 1': { price: '19.99' },
    nothing: null,
    word: 'ア',
  },
  context: { library: { name: 'analytics.js', version: '1.0' } },
}

function parsed(source: string): Expression {
  const result = parseFql(source)
  if ('problem' in result) throw new Error(`${source}: ${result.problem} at ${result.position}`)
  return result.expression
}

const isMatch = (source: string, event: object = order) => evaluateFql(parsed(source), event)

test.each([
  ['all', true],
  ['true', true],
  ['null', false],
  ["event = 'Order Completed'", true],
  ['event = "Screen Tapped"', false],
  ["context.path.path = '/login'", false],
  ["type = 'identify' or type = 'track'", true],
  ["type = 'track' and event = 'Order Completed'", true],
  ["type = 'track' and ( event = 'Click' or match( event, 'Order *' ) )", true],
  ['type = "a" and type = "b" or type = "track"', true],
  ['type = "track" or type = "a" and type = "b"', true],
  ["!contains( context.library.name, 'js' )", false],
  ["!( type in ['track', 'identify'] )", false],
  ["'a' in properties.tags", true],
  ["'blink' in properties.tags", false],
  ['null in properties.tags', true],
  ["'x' in properties.missing", false],
  ["'x' in event", false],
  ['properties.tags = ["a", "b", null]', true],
  ['properties.tags != ["a", "b"]', true],
  ["properties.product\\ 1.price = '19.99'", true],
  ['properties.gift', true],
  ['!properties.gift', false],
  ['!properties.missing', true],
  ['properties.nothing = null', true],
  ['properties.missing = null', true],
  ['properties.missing != null', false],
  ['properties.total = 50', true],
  ["properties.total = '50'", false],
  ['properties.total >= 50.5', false],
  ['properties.total > -3', true],
  ['properties.coupon > 3', false],
  ['properties.missing < 3', false],
  ['length(properties.tags) = 3', true],
  ['length(properties.word) = 3', true],
  ['length(properties.missing) = 0', true],
  ["lowercase(properties.coupon) = 'spring'", true],
  ["uppercase(type) = 'TRACK'", true],
  ["snakecase(event) = 'order_completed'", true],
  ["kebabcase('orderIDCompleted2') = 'order-id-completed2'", true],
  ["titlecase('order_completed') = 'Order Completed'", true],
  ['lowercase(properties.missing) = null', true],
  ["typeof(event) = 'string' and typeof(properties.total) = 'number'", true],
  ["typeof(properties.tags) = 'list' and typeof(properties.gift) = 'bool'", true],
  ["typeof(properties.missing) = 'null' and typeof(properties) = 'object'", true],
  ["number('12.5') > 12 and number(true) = 1", true],
  ["number('twelve') = null", true],
  ["string(properties.total) = '50'", true],
  ["bool('true') and bool(1) and !bool(0)", true],
  ['constructor = null', true],
  ['properties.tags.length = null', false],
])('%s is %s', (source, expected) => {
  expect(isMatch(source)).toEqual({ isMatch: expected })
})

test.each([
  ['', 1, 'the condition is empty; write all to match every event'],
  ['userId = oops"', 14, 'the text that begins here needs a closing "'],
  ['type =', 7, 'a field, a text or a number is expected here, not the end'],
  ['type = "a" type', 12, 'and, or, or the end is expected here, not type'],
  ['(type = "a"', 1, 'the bracket that opens here needs its )'],
  ['type = "a")', 11, 'and, or, or the end is expected here, not )'],
  ['event', 1, null],
  ['"track"', 1, 'a condition is true or false; compare this value with another'],
  ['type = "a" and 5', 16, 'a condition is true or false; compare this value with another'],
  ['!length(event)', 2, 'a condition is true or false; compare this value with another'],
  ['!type = "a"', 1, 'put what the ! is about in brackets, as in !( a = b )'],
  ['type = "a" = "b"', 12, 'join two comparisons with and or or'],
  ['type in "track"', 9, 'in needs a list or a field after it, as in type in ["track", "page"]'],
  ['starts(event, "a")', 1, /there is no function starts; there are contains, match, length/],
  ['contains(event)', 15, 'contains needs two values with a comma between'],
  ['length()', 8, 'length needs one value'],
  ['length(event, 1)', 13, 'a ) is expected here, not ,'],
  ['match(event, userId)', 14, 'the pattern of match is a text in quotes'],
  ['match(event, "[a")', 14, 'a [ in a pattern needs its ]'],
  ['match(event, "[z-a]")', 14, 'a range in a pattern goes from the lower character to the higher'],
  ['properties..a = 1', 12, 'a name is missing beside the dot'],
  ['type ~ "a"', 6, '~ means nothing here; inside a name, write a \\ before it'],
  ['properties.a = 1.2.3', 16, 'a number has digits and one decimal point, and a name begins with a letter'],
  ['type = "a" and or', 16, 'a field, a text or a number is expected here, not or'],
])('%s: the mistake is told with its place', (source, position, problem) => {
  const result = parseFql(source)
  if (problem === null) expect(result).toHaveProperty('expression')
  else
    expect(result).toEqual({ position, problem: problem instanceof RegExp ? expect.stringMatching(problem) : problem })
})

test.each([
  ['properties.total and type = "track"', 'properties.total is a number, where true or false is needed'],
  ['event', 'event is a text, where true or false is needed'],
  ['contains(properties.total, "5")', 'contains needs a text, and properties.total is a number'],
  ['match(properties.tags, "*")', 'match needs a text, and properties.tags is a list'],
  ['lowercase(properties) = "a"', 'lowercase needs a text, and properties is an object'],
  ['length(properties.gift) = 1', 'length needs a text, and properties.gift is true or false'],
])('%s has no answer for this event, and says why', (source, problem) => {
  expect(isMatch(source)).toEqual({ problem })
})

test('a condition may have FQL_BYTES_MAX bytes and be FQL_DEPTH_MAX deep, and no more', () => {
  const longest = `type = "${'a'.repeat(FQL_BYTES_MAX - 9)}"`
  expect(parseFql(longest)).toHaveProperty('expression')
  const problem = `a condition has at most ${FQL_BYTES_MAX} bytes`
  expect(parseFql(`${longest} `)).toEqual({ position: 1, problem, isTooComplex: true })
  const nested = (depth: number) => `${'('.repeat(depth)}true${')'.repeat(depth)}`
  expect(parseFql(nested(FQL_DEPTH_MAX))).toHaveProperty('expression')
  expect(parseFql(nested(FQL_DEPTH_MAX + 1))).toMatchObject({ problem: expect.stringContaining('deep') })
})

test('an evaluation ends at its limit of steps, and says so', () => {
  const condition = parsed('"x" in properties.tags')
  const steps = 3 + order.properties.tags.length
  expect(evaluateFql(condition, order, steps)).toEqual({ isMatch: false })
  expect(evaluateFql(condition, order, steps - 1)).toEqual({
    problem: 'the condition takes too many steps for this event',
  })
})

test('the most expensive conditions end within a few milliseconds', () => {
  const event = { properties: { text: 'a'.repeat(32_000), tags: Array.from({ length: 10_000 }, String) } }
  const repeat = (part: string) => Array(Math.floor((FQL_BYTES_MAX - part.length) / (part.length + 4))).fill(part)
  const sources = [
    `match(properties.text, "${'*a?[a-z]'.repeat(120)}b")`,
    `contains(properties.text, "${'a'.repeat(4_000)}b")`,
    repeat('contains(properties.text, "aab")').join(' or '),
    repeat('match(properties.text, "*a*a*b")').join(' or '),
    repeat('"x" in properties.tags').join(' or '),
    repeat('snakecase(properties.text) = "b"').join(' or '),
  ]
  for (const source of sources) {
    const condition = parsed(source)
    evaluateFql(condition, event)
    const startedAt = performance.now()
    evaluateFql(condition, event, FQL_STEPS_MAX)
    // Far above what it takes, for a busy machine; a pattern that is not linear takes minutes.
    expect(performance.now() - startedAt, source.slice(0, 40)).toBeLessThan(100)
  }
})

/** What a tree means, said as plainly as can be. Undefined stands for an evaluation that fails. */
function meaning(expression: Expression, event: Record<string, unknown>): unknown {
  switch (expression.kind) {
    case 'literal':
      return expression.value
    case 'list':
      return expression.items.map((item) => meaning(item, event))
    case 'path':
      return expression.names.reduce<unknown>((value, name) => Object(value)[name], event) ?? null
    case 'and':
    case 'or': {
      const end = expression.kind === 'or'
      for (const item of expression.items) {
        const value = truth(meaning(item, event))
        if (value === undefined || value === end) return value
      }
      return !end
    }
    case 'not': {
      const value = truth(meaning(expression.item, event))
      return value === undefined ? undefined : !value
    }
    case 'compare': {
      const [left, right] = [meaning(expression.left, event), meaning(expression.right, event)]
      const isObject = Object.prototype.toString.call(left) === '[object Object]'
      const isSame = !isObject && JSON.stringify(left) === JSON.stringify(right)
      if (expression.operator === '=') return isSame
      if (expression.operator === '!=') return !isSame
      if (expression.operator === 'in') {
        return Array.isArray(right) && right.some((item) => JSON.stringify(item) === JSON.stringify(left))
      }
      if (typeof left !== 'number' || typeof right !== 'number') return false
      return { '<': left < right, '<=': left <= right, '>': left > right, '>=': left >= right }[expression.operator]
    }
    default:
      throw new Error(`the model has no ${expression.kind}`)
  }
}

const truth = (value: unknown) => (value === null ? false : typeof value === 'boolean' ? value : undefined)

function print(expression: Expression): string {
  switch (expression.kind) {
    case 'literal':
      return JSON.stringify(expression.value)
    case 'list':
      return `[${expression.items.map(print).join(', ')}]`
    case 'path':
      return expression.names.map((name) => name.replace(/[^A-Za-z0-9_-]|^\d/g, '\\$&')).join('.')
    case 'and':
    case 'or':
      return `(${expression.items.map(print).join(` ${expression.kind} `)})`
    case 'not':
      return `!${expression.item.kind === 'compare' ? `(${print(expression.item)})` : print(expression.item)}`
    case 'compare':
      return `${print(expression.left)} ${expression.operator} ${print(expression.right)}`
    default:
      throw new Error(`the printer has no ${expression.kind}`)
  }
}

const names = fc.constantFrom('a', 'b c', 'type', '1st', 'é')
const scalars = fc.constantFrom<string | number | boolean | null>('x', 'y', '', 0, 1, -2.5, true, false, null)
const literals = scalars.map((value): Expression => ({ kind: 'literal', value }))
const paths = fc.array(names, { minLength: 1, maxLength: 2 }).map((each): Expression => ({ kind: 'path', names: each }))
const lists = fc.array(literals, { maxLength: 3 }).map((items): Expression => ({ kind: 'list', items }))
const orders = fc.constantFrom<Comparison>('=', '!=', '<', '<=', '>', '>=')
const comparisons = fc.oneof(
  fc
    .record({ operator: orders, left: fc.oneof(literals, paths), right: fc.oneof(literals, paths) })
    .map((parts): Expression => ({ kind: 'compare', ...parts })),
  fc
    .record({ left: fc.oneof(literals, paths), right: fc.oneof(lists, paths) })
    .map((parts): Expression => ({ kind: 'compare', operator: 'in', ...parts })),
)
const { condition: conditions } = fc.letrec<{ condition: Expression }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4 },
    comparisons,
    paths,
    tie('condition').map((item): Expression => ({ kind: 'not', item })),
    fc
      .record({
        kind: fc.constantFrom('and', 'or'),
        items: fc.array(tie('condition'), { minLength: 2, maxLength: 3 }),
      })
      .map((parts): Expression => parts),
  ),
}))
const leaves = fc.oneof(scalars, fc.array(scalars, { maxLength: 3 }))
const events = fc.dictionary(names, fc.oneof(leaves, fc.dictionary(names, leaves)))

test('what is printed is read as the same, and means what the plain model says', () => {
  fc.assert(
    fc.property(conditions, events, (condition, event) => {
      const expression = parsed(print(condition))
      const answer = evaluateFql(expression, event)
      expect('problem' in answer ? undefined : answer.isMatch).toBe(truth(meaning(condition, event)))
    }),
    { numRuns: 2_000 },
  )
})

test('any text is read or its mistake told, with a place inside it', () => {
  const words = fc.constantFrom(
    '(',
    ')',
    '[',
    ']',
    '!',
    '=',
    'in',
    'and',
    'or',
    'a.b',
    '"x"',
    '1',
    ',',
    'match',
    '\\',
    "'",
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words).map((each) => each.join(' ')),
      ),
      (source) => {
        const result = parseFql(source)
        if (!('problem' in result)) return
        expect(result.position).toBeGreaterThanOrEqual(1)
        expect(result.position).toBeLessThanOrEqual(source.length + 1)
        expect(result.problem).toMatch(/^\S.*[^.]$/s)
      },
    ),
    { numRuns: 2_000 },
  )
})

const fields = fc.constantFrom('properties.a', 'traits.a', 'context.a.b', 'event', 'userId')
const plain = fc.constantFrom('x', 'xy', 'yx', 'z')
const triggers = fc
  .array(
    fc.oneof(
      fc.tuple(fields, fc.constantFrom('=', '!='), plain).map(([field, sign, text]) => `${field} ${sign} "${text}"`),
      fc
        .tuple(
          fields.filter((field) => field !== 'event'),
          fc.constantFrom('=', '!='),
        )
        .map(([field, sign]) => `${field} ${sign} null`),
      fc.tuple(fc.constantFrom('properties.a', 'traits.a'), orders, fc.nat(3)).map((all) => all.join(' ')),
      fc.constantFrom('properties.a', 'context.a.b').map((field) => `${field} = true`),
      fc.tuple(fields, plain).map(([field, text]) => `contains(${field}, "${text}")`),
      fc.tuple(fields, plain).map(([field, text]) => `!contains(${field}, "${text}")`),
      fc.tuple(fields, plain).map(([field, text]) => `match(${field}, "${text}*")`),
      fc.tuple(fields, plain).map(([field, text]) => `!match(${field}, "*${text}")`),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .chain((parts) => fc.constantFrom(' and ', ' or ').map((word) => parts.join(word)))
const values = fc.constantFrom<unknown>('x', 'xyx', 'yx', '', 0, 1, 2, 3, true, false, null, undefined)
const triggerEvents = fc
  .record({ a: values, b: values, c: values, event: values, userId: values })
  .map(({ a, b, c, event, userId }) => ({
    event,
    userId,
    properties: { a },
    traits: { a: b },
    context: { a: { b: c } },
  }))

/** Where Segment's triggers and its filters differ: a negated function, or `!=` a number, of a value of another type. */
const differs = (trigger: string, event: Record<string, unknown>) =>
  trigger.split(/ and | or /).some((part) => {
    const [, negated = '', compared = ''] = /^!\w+\(([\w.]+)|^([\w.]+) != \d/.exec(part) ?? []
    const value = (negated || compared).split('.').reduce<unknown>((inner, name) => Object(inner)[name], event)
    return negated !== '' ? typeof value !== 'string' : compared !== '' && typeof value !== 'number'
  })

test('conditions that are triggers too say the same as Segment’s own reader of triggers', () => {
  let compared = 0
  fc.assert(
    fc.property(triggers, triggerEvents, (trigger, event) => {
      const answer = isMatch(trigger, event)
      if ('problem' in answer || differs(trigger, event)) return
      compared += 1
      expect(answer.isMatch).toBe(validate(parseTrigger(trigger), event))
    }),
    { numRuns: 3_000 },
  )
  expect(compared).toBeGreaterThan(1_000)
})
