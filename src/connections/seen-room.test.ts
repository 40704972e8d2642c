import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SEEN_KEPT_MS, SeenRoom } from './seen-room.ts'

interface Kept {
  lastAtMs: number
}

/** Holds so many, and counts how many it looked at. */
class Full {
  readonly kept = new Set<Kept>()
  looked = 0
  readonly #room = new SeenRoom<Kept>()

  constructor(times: readonly number[]) {
    for (const lastAtMs of times) this.kept.add({ lastAtMs })
  }

  oldest(atMs: number): Kept | undefined {
    return this.#room.oldest(
      () => this.#all(),
      (one) => this.kept.has(one),
      atMs,
    )
  }

  replace(atMs: number): boolean {
    const old = this.oldest(atMs)
    if (old === undefined) return false
    this.kept.delete(old)
    this.kept.add({ lastAtMs: atMs })
    return true
  }

  *#all(): Iterable<Kept> {
    for (const one of this.kept) {
      this.looked += 1
      yield one
    }
  }
}

const SIZE = 10_000

test('a million new names into what is full and young look through it once', () => {
  const full = new Full(Array.from({ length: SIZE }, (_, index) => index))
  for (let index = 0; index < 1_000_000; index += 1) if (full.oldest(SIZE + index) !== undefined) expect.unreachable()
  expect(full.looked).toBe(SIZE)
})

test('a million new names into what is full and old take the place of all, and look through it once', () => {
  const full = new Full(Array.from({ length: SIZE }, (_, index) => index))
  let replaced = 0
  for (let index = 0; index < 1_000_000; index += 1) if (full.replace(SIZE + SEEN_KEPT_MS + index)) replaced += 1
  expect([replaced, full.looked]).toEqual([SIZE, SIZE])
})

test('what gives way is what was seen longest ago of what is old, whatever is seen, made and lost meanwhile', () => {
  const anyStep = fc.record({
    afterMs: fc.oneof(fc.nat(3), fc.nat(SEEN_KEPT_MS), fc.constant(SEEN_KEPT_MS)),
    does: fc.constantFrom('new', 'seen', 'lost'),
    at: fc.nat(4),
  })
  fc.assert(
    fc.property(fc.array(fc.nat(10), { minLength: 5, maxLength: 5 }), fc.array(anyStep), (times, steps) => {
      const full = new Full(times)
      let nowMs = 10
      for (const { afterMs, does, at } of steps) {
        nowMs += afterMs
        const one = [...full.kept][at]
        if (does === 'seen' && one !== undefined) one.lastAtMs = nowMs
        if (does === 'lost' && one !== undefined) {
          full.kept.delete(one)
          full.kept.add({ lastAtMs: nowMs })
        }
        if (does !== 'new') continue
        const oldestMs = Math.min(...Array.from(full.kept, ({ lastAtMs }) => lastAtMs))
        const expected = nowMs - oldestMs >= SEEN_KEPT_MS ? oldestMs : undefined
        const before = [...full.kept].map(({ lastAtMs }) => lastAtMs).sort((a, b) => a - b)
        expect(full.replace(nowMs)).toBe(expected !== undefined)
        if (expected !== undefined)
          expect([...full.kept].map(({ lastAtMs }) => lastAtMs).sort((a, b) => a - b)).toEqual(
            [...before.slice(1), nowMs].sort((a, b) => a - b),
          )
      }
    }),
  )
})
