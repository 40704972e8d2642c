import { expect, test } from 'vitest'
import { deliveriesBeyond, madeBySpaces, sumsOf } from './equation.ts'

const line = (id: string, left: number, parts: Record<string, number>) => {
  const right = Object.values(parts).reduce((sum, each) => sum + each, 0)
  return { id, equation: 'source' as const, left, right, parts, holds: left === right }
}

test('lines of an equation are added up, and each equation is there without any', () => {
  const sums = sumsOf([line('a', 3, { rejected: 1, accepted: 2 }), line('b', 5, { duplicate: 2, accepted: 3 })])
  expect(sums.map(({ whole, left, holds }) => [whole, left, holds])).toEqual([
    ['received', 8, true],
    ['accepted', 0, true],
    ['deliveries', 0, true],
  ])
  expect(sums[0]?.parts).toEqual([
    ['rejected', 1],
    ['suppressed', 0],
    ['duplicate', 2],
    ['accepted', 5],
  ])
})

test('two lines that are wrong in opposite ways do not hold together', () => {
  const [source] = sumsOf([line('a', 3, { accepted: 2 }), line('b', 3, { accepted: 4 })])
  expect([source?.left, source?.parts.at(-1)?.[1], source?.holds]).toEqual([6, 6, false])
})

test('what audiences and traits made is told apart from what sources sent', () => {
  const lines = [line('js', 83, { accepted: 83 }), line('spa', 373, { accepted: 373 })]
  const routing = { ...line('spa', 9, { routed: 9 }), equation: 'routing' as const }
  expect(madeBySpaces([...lines, routing], new Set(['spa']))).toBe(373)
  expect(madeBySpaces(lines, new Set())).toBe(0)
})

test('deliveries beyond those that were routed are counted, and there are never fewer than none', () => {
  const sums = (routed: number, deliveries: number) =>
    sumsOf([
      { ...line('1', routed, { routed }), equation: 'routing' },
      { ...line('1', deliveries, { delivered: deliveries }), equation: 'deliveries' },
    ])
  expect([deliveriesBeyond(sums(798, 802)), deliveriesBeyond(sums(5, 5)), deliveriesBeyond(sums(5, 4))]).toEqual([
    4, 0, 0,
  ])
})
