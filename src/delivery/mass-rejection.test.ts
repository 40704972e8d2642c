import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MASS_REJECTION_COUNT, MASS_REJECTION_LANES_MIN, NO_REJECTIONS, recordVerdict } from './mass-rejection.ts'
import type { Verdict } from './verdict.ts'

function aRejection(code: string): Verdict {
  return { kind: 'dead', reason: 'rejected_400', detail: { status: 400, code, uniqueId: null, text: `${code} 1` } }
}

const delivered: Verdict = { kind: 'delivered' }
const retried: Verdict = {
  kind: 'retry',
  afterMs: 1,
  reason: 'status_503',
  isUnknown: false,
  slowsDestination: false,
}
const exhausted: Verdict = {
  kind: 'dead',
  reason: 'retries_exhausted',
  detail: { status: 503, code: null, uniqueId: null, text: '' },
}

/** The index at which a mass rejection was told, or -1. */
function toldAt(verdicts: readonly Verdict[], laneOf: (index: number) => string): number {
  let run = NO_REJECTIONS
  for (const [index, verdict] of verdicts.entries()) {
    const next = recordVerdict(run, verdict, laneOf(index))
    if (next.isMass) return index
    run = next.run
  }
  return -1
}

const rejections = (count: number) => Array.from({ length: count }, () => aRejection('invalid_json'))

test('the twentieth identical rejection over five lanes is told, and the nineteenth is not', () => {
  expect(toldAt(rejections(30), (index) => `lane ${index % MASS_REJECTION_LANES_MIN}`)).toBe(MASS_REJECTION_COUNT - 1)
})

test('four lanes are not enough, however many rejections', () => {
  expect(toldAt(rejections(200), (index) => `lane ${index % (MASS_REJECTION_LANES_MIN - 1)}`)).toBe(-1)
})

test('a delivery between them starts the count anew', () => {
  const verdicts = [...rejections(19), delivered, ...rejections(19)]
  expect(toldAt(verdicts, (index) => `lane ${index}`)).toBe(-1)
})

test('a rejection with another code starts the count anew', () => {
  const verdicts = [...rejections(19), aRejection('event_blocked'), ...rejections(19)]
  expect(toldAt(verdicts, (index) => `lane ${index}`)).toBe(-1)
})

test('a retry or an exhausted delivery between them changes nothing', () => {
  const verdicts = [...rejections(10), retried, exhausted, ...rejections(10)]
  expect(toldAt(verdicts, (index) => `lane ${index}`)).toBe(21)
})

const anyVerdict = fc.constantFrom(
  delivered,
  retried,
  ...Array.from({ length: 12 }, () => aRejection('a')),
  aRejection('b'),
)

test('agrees with a model that looks back over everything', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyVerdict, fc.nat(6)), { maxLength: 120 }), (attempts) => {
      let run = NO_REJECTIONS
      let since = 0
      for (const [index, [verdict, lane]] of attempts.entries()) {
        const next = recordVerdict(run, verdict, `${lane}`)
        run = next.run
        const looked = attempts.slice(since, index + 1).filter(([each]) => each.kind !== 'retry')
        const own = verdict.kind === 'dead' ? verdict.detail.code : null
        const fromEnd = looked.toReversed()
        const length = fromEnd.findIndex(([each]) => each.kind !== 'dead' || each.detail.code !== own)
        const inRow = length === -1 ? fromEnd : fromEnd.slice(0, length)
        const lanes = new Set(inRow.map(([, each]) => each))
        const isMass = own !== null && inRow.length >= MASS_REJECTION_COUNT && lanes.size >= MASS_REJECTION_LANES_MIN
        expect(next.isMass).toBe(isMass)
        if (isMass) since = index + 1
      }
    }),
    { numRuns: 300 },
  )
})
