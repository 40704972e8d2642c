import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { check, READY_MS_MAX, slowStart, type ViolationKind } from './check.ts'
import type { LedgerEntry, LoggedEvent, RunRecords, SentEvent } from './records.ts'

/** A faultless run: two users, the last event of the first stored twice because its sender heard nothing at first. */
function goodRun(): RunRecords {
  const sent: SentEvent[] = [
    { messageId: 'a1', userId: 'a', sequence: 1, outcome: 'acked' },
    { messageId: 'b1', userId: 'b', sequence: 1, outcome: 'acked' },
    { messageId: 'a2', userId: 'a', sequence: 2, outcome: 'acked' },
    { messageId: 'b2', userId: 'b', sequence: 2, outcome: 'abandoned' },
    { messageId: 'a3', userId: 'a', sequence: 3, outcome: 'acked' },
  ]
  const stored = sent.filter(({ outcome }) => outcome === 'acked')
  const logged: LoggedEvent[] = [...stored, ...stored.slice(-1)].map((event, index) => ({
    ...event,
    position: index + 1,
  }))
  const ledger = stored.map((_, index): LedgerEntry => ({ position: index + 1, state: 'delivered', reason: null }))
  const counted = { received: 5, accepted: 4, duplicate: 1 }
  return {
    sent,
    handled: stored,
    logged,
    ledger,
    counted,
    conservationHolds: true,
    explained: new Map([['a3', [5, 4]]]),
  }
}

const kindsIn = (records: RunRecords): ViolationKind[] => [
  ...new Set(check(records).violations.map((violation) => violation.kind)),
]

const without = <T>(items: readonly T[], ...indexes: number[]): T[] =>
  items.filter((_, index) => !indexes.includes(index))

const swapped = <T>(items: readonly T[], i: number, j: number): T[] =>
  items.map((item, index) => (index === i ? items[j] : index === j ? items[i] : item) as T)

describe('the checker', () => {
  test('finds nothing in a faultless run, and counts it', () => {
    expect(check(goodRun())).toEqual({
      violations: [],
      figures: {
        acked: 4,
        abandoned: 1,
        abandonedButStored: 0,
        stored: 4,
        storedAgain: 1,
        handled: 4,
        handledAgain: 0,
      },
    })
  })

  test('allows repeats at the destination, also late ones', () => {
    const run = goodRun()
    expect(kindsIn({ ...run, handled: [...run.handled, ...run.handled.slice(0, 2)] })).toEqual([])
  })

  test('allows that an event was stored which its sender gave up', () => {
    const run = goodRun()
    const abandoned = { messageId: 'b2', userId: 'b', sequence: 2 }
    const verdict = check({
      ...run,
      handled: [...run.handled, abandoned],
      logged: [...run.logged, { ...abandoned, position: 6 }],
      ledger: [...run.ledger, { position: 6, state: 'delivered', reason: null }],
      counted: { received: 6, accepted: 5, duplicate: 1 },
    })
    expect(verdict.violations).toEqual([])
    expect(verdict.figures.abandonedButStored).toBe(1)
  })

  const doctored: readonly (readonly [string, ViolationKind[], (run: RunRecords) => Partial<RunRecords>])[] = [
    [
      'an acked event that never reached the destination',
      ['lost', 'false_delivery'],
      (run) => ({ handled: without(run.handled, 1) }),
    ],
    [
      'an acked event that is not in the log',
      ['not_in_log', 'lost'],
      (run) => ({
        handled: without(run.handled, 1),
        logged: without(run.logged, 1),
        ledger: without(run.ledger, 1),
        counted: { received: 4, accepted: 3, duplicate: 1 },
      }),
    ],
    [
      'two events of a user that changed places at the destination',
      ['order'],
      (run) => ({ handled: swapped(run.handled, 0, 2) }),
    ],
    [
      'two events of a user that changed places in the log',
      ['log_order'],
      (run) => ({ logged: swapped(run.logged, 0, 2) }),
    ],
    [
      'a repeat that was delivered on its own account',
      ['several_ends'],
      (run) => ({ ledger: [...run.ledger, { position: 5, state: 'delivered', reason: null }] }),
    ],
    ['a stored event that the ledger does not know', ['no_end'], (run) => ({ ledger: without(run.ledger, 0) })],
    [
      'a delivery that is still pending',
      ['no_end'],
      (run) => ({ ledger: [...without(run.ledger, 0), { position: 1, state: 'pending', reason: null }] }),
    ],
    [
      'a dead letter where nothing gave reason for one',
      ['dead_letter'],
      (run) => ({ ledger: [...without(run.ledger, 0), { position: 1, state: 'dead', reason: 'rejected_400' }] }),
    ],
    [
      'a dead letter without a reason in place of a delivery',
      ['lost', 'dead_letter'],
      (run) => ({
        handled: without(run.handled, 0),
        ledger: [...without(run.ledger, 0), { position: 1, state: 'dead', reason: null }],
      }),
    ],
    [
      'an event that nobody sent',
      ['stranger'],
      (run) => ({ handled: [...run.handled, { messageId: 'x', userId: 'x', sequence: 1 }] }),
    ],
    [
      'a repeat that was counted as accepted',
      ['counters'],
      () => ({ counted: { received: 5, accepted: 5, duplicate: 0 } }),
    ],
    ['a repeat that is not explained', ['explained'], () => ({ explained: new Map([['a3', [4]]]) })],
    ['equations that do not hold', ['conservation'], () => ({ conservationHolds: false })],
  ]
  test.each(doctored)('finds %s', (_, kinds, doctor) => {
    const run = goodRun()
    expect(kindsIn({ ...run, ...doctor(run) }).toSorted()).toEqual(kinds.toSorted())
  })

  test('allows a start of the promised time, and nothing longer', () => {
    expect(slowStart(READY_MS_MAX)).toEqual([])
    expect(slowStart(READY_MS_MAX + 1).map(({ kind }) => kind)).toEqual(['slow_start'])
  })

  test('finds any single event taken out of any run, and any two of a user exchanged', () => {
    const run = fc
      .array(fc.integer({ min: 0, max: 4 }), { minLength: 2, maxLength: 40 })
      .map((users) => runOf(users))
      .chain((records) => fc.tuple(fc.constant(records), fc.nat({ max: records.sent.length - 1 })))
    fc.assert(
      fc.property(run, ([records, index]) => {
        expect(kindsIn(records)).toEqual([])
        expect(kindsIn({ ...records, handled: without(records.handled, index) })).toContain('lost')
        const { userId } = records.handled[index] ?? { userId: '' }
        const later = records.handled.findIndex((each, at) => at > index && each.userId === userId)
        if (later !== -1)
          expect(kindsIn({ ...records, handled: swapped(records.handled, index, later) })).toContain('order')
      }),
    )
  })
})

/** A faultless run in which these users sent an event each, in this order. */
function runOf(users: readonly number[]): RunRecords {
  const sequences = new Map<number, number>()
  const sent = users.map((user): SentEvent => {
    const sequence = (sequences.get(user) ?? 0) + 1
    sequences.set(user, sequence)
    return { messageId: `${user}-${sequence}`, userId: `${user}`, sequence, outcome: 'acked' }
  })
  return {
    sent,
    handled: sent,
    logged: sent.map((event, index) => ({ ...event, position: index + 1 })),
    ledger: sent.map((_, index) => ({ position: index + 1, state: 'delivered', reason: null })),
    counted: { received: sent.length, accepted: sent.length, duplicate: 0 },
    conservationHolds: true,
    explained: new Map(),
  }
}
