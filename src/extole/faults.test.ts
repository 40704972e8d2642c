import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FAULT_RULES_MAX, faultList, seeded } from './faults.ts'

const never = () => {
  throw new Error('no chance is needed here')
}

test('the first rule that applies is chosen, and a spent one makes room for the next', () => {
  const faults = faultList(never)
  faults.set([
    { path: '/v6/', times: 2, status: 500 },
    { method: 'post', status: 503 },
  ])
  const met = [1, 2, 3].map(() => faults.choose('POST', '/v6/events')?.status)
  expect(met).toEqual([500, 500, 503])
  expect(faults.choose('GET', '/v5/persons')).toBeUndefined()
  expect(faults.list().map((rule) => rule.hits)).toEqual([2, 1])
  faults.clear()
  expect(faults.choose('POST', '/v6/events')).toBeUndefined()
})

test.each([
  { pattern: '/v6/', path: '/v6/async-events', isMet: true },
  { pattern: '/v5/persons/*/data', path: '/v5/persons/12/data', isMet: true },
  { pattern: '/v5/persons/*/data', path: '/v5/persons/12/34/data', isMet: false },
  { pattern: '/v5/**/data', path: '/v5/persons/12/data', isMet: true },
  { pattern: '/v6/events*', path: '/v6/events', isMet: true },
  { pattern: '/v6/e.ents*', path: '/v6/events', isMet: false },
])('$pattern meets $path: $isMet', ({ pattern, path, isMet }) => {
  const faults = faultList(never)
  faults.set([{ path: pattern, status: 500 }])
  expect(faults.choose('GET', path) !== undefined).toBe(isMet)
})

test('the same seed fails the same requests', () => {
  fc.assert(
    fc.property(fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), (seed, probability) => {
      const run = () => {
        const faults = faultList(never)
        faults.set({ seed, rules: [{ probability, status: 500 }] })
        return Array.from({ length: 30 }, () => faults.choose('GET', '/') !== undefined)
      }
      expect(run()).toEqual(run())
      if (probability === 0) expect(run()).not.toContain(true)
      if (probability === 1) expect(run()).not.toContain(false)
    }),
  )
})

test('chance is spread over [0, 1)', () => {
  const next = seeded(1)
  const numbers = Array.from({ length: 10_000 }, next)
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...numbers)).toBeLessThan(1)
  expect(numbers.filter((one) => one < 0.5).length).toBeGreaterThan(4_500)
})

test.each([
  [{ status: 99 }],
  [{ probability: 1.5 }],
  [{ times: 0 }],
  [{ reset: 'sometimes' }],
  [{ hang: 'yes' }],
  [{ unknown: 1 }],
  [{ headers: { 'a b': 'c' } }],
  [{ headers: { a: 'b\r\nc' } }],
  [{ retryAfter: -1 }],
])('refuses %j and keeps the rules it had', (rule) => {
  const faults = faultList(never)
  faults.set([{ status: 500 }])
  expect(() => faults.set([rule])).toThrow()
  expect(faults.list()).toEqual([{ status: 500, hits: 0 }])
})

test('FAULT_RULES_MAX rules are held, and no more', () => {
  const faults = faultList(never)
  faults.set(new Array(FAULT_RULES_MAX).fill({ status: 500 }))
  expect(() => faults.set(new Array(FAULT_RULES_MAX + 1).fill({ status: 500 }))).toThrow()
})
