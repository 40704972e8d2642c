import fc from 'fast-check'
import { expect, test } from 'vitest'
import { previewJson } from './preview.ts'
import { DROP_REASONS, REJECT_REASONS, WARNINGS } from './reasons.ts'
import { RefusalTally } from './report.ts'

test('every code has one sentence that explains it', () => {
  for (const table of [REJECT_REASONS, DROP_REASONS, WARNINGS]) {
    for (const [code, sentence] of Object.entries(table)) {
      expect(code).toMatch(/^[a-z][a-z0-9_]*$/)
      expect(sentence).toMatch(/^[A-Z].*\.$/)
    }
  }
})

test('a report counts everything, keeps three samples and no write key', () => {
  const tally = new RefusalTally()
  expect(tally.report('2026-01-01T00:00:00.000Z')).toBeUndefined()
  for (let index = 0; index < 5; index++)
    tally.reject('bad_request', { index, writeKey: 'secret', inner: { writeKey: 'kept' } })
  tally.rejectUnseen('batch_overflow', 7)
  tally.rejectUnseen('too_deep', 0)
  tally.suppress()
  const report = tally.report('2026-01-01T00:00:00.000Z')
  expect(report?.counts).toEqual({ bad_request: 5, batch_overflow: 7, suppressed: 1 })
  expect(report?.samples).toHaveLength(3)
  expect(report?.samples[0]).toEqual({ reason: 'bad_request', event: '{"index":0,"inner":{"writeKey":"kept"}}' })
})

test('a preview of what fits is its JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => previewJson(value, 1_000_000) === JSON.stringify(value)),
  )
})

test('a preview is the beginning of the JSON, within the limit and never inside a character', () => {
  const anyValue = fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' })
  fc.assert(
    fc.property(anyValue, fc.integer({ min: 0, max: 60 }), (value, bytesMax) => {
      const preview = previewJson(value, bytesMax)
      const whole = Buffer.from(JSON.stringify(value))
      const bytes = Buffer.from(preview)
      expect(bytes.length).toBeLessThanOrEqual(bytesMax)
      expect(whole.subarray(0, bytes.length).equals(bytes)).toBe(true)
      // At most one character short of the limit.
      expect(bytes.length).toBeGreaterThan(Math.min(whole.length, bytesMax) - 4)
    }),
    { numRuns: 1_000 },
  )
})

test('a preview of hostile nesting costs no more than its own length', () => {
  const deep = JSON.parse('['.repeat(250_000) + ']'.repeat(250_000)) as unknown
  expect(previewJson(deep, 2_048)).toBe('['.repeat(2_048))
  const wide = { wide: 'x'.repeat(4_000_000), more: Array.from({ length: 100_000 }, () => 1) }
  expect(previewJson(wide, 2_048)).toHaveLength(2_048)
})
