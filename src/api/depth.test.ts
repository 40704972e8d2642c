import { expect, test } from 'vitest'
import { BODY_DEPTH_MAX, isDeeperThan } from './depth.ts'

const lists = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels))
const objects = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`)

test.each([lists, objects])('a body may be nested as deep as the limit, and no deeper', (made) => {
  expect(isDeeperThan(made(BODY_DEPTH_MAX), BODY_DEPTH_MAX)).toBe(false)
  expect(isDeeperThan(made(BODY_DEPTH_MAX + 1), BODY_DEPTH_MAX)).toBe(true)
  expect(isDeeperThan(made(100_000), BODY_DEPTH_MAX)).toBe(true)
})

test.each([null, undefined, 'text', 1, {}])('%j is not deep', (body) => {
  expect(isDeeperThan(body, 1)).toBe(false)
})
