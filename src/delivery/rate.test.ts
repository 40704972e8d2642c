import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  nextStartMs,
  PAUSE_FIRST_MS,
  PAUSE_MAX_MS,
  QUOTA_WAIT_MAX_MS,
  RATE_MARGIN,
  RATE_MAX,
  RATE_MIN,
  type Rate,
  recordAccepted,
  recordQuota,
  recordRefused,
  spend,
  unlimited,
} from './rate.ts'

/** A destination's own limit: whether it takes a request at this time. */
type Limit = (nowMs: number) => boolean

function bucket(perMinute: number): Limit {
  let left = perMinute
  let countedMs = 0
  return (nowMs) => {
    left = Math.min(perMinute, left + ((nowMs - countedMs) * perMinute) / 60_000)
    countedMs = nowMs
    if (left < 1) return false
    left -= 1
    return true
  }
}

function windows(perWindow: number, windowMs: number): Limit {
  let window = -1
  let taken = 0
  return (nowMs) => {
    if (Math.floor(nowMs / windowMs) !== window) taken = 0
    window = Math.floor(nowMs / windowMs)
    if (taken >= perWindow) return false
    taken += 1
    return true
  }
}

interface Minute {
  accepted: number
  refused: number
}

/** Sends as fast as it may for so many minutes; an answer takes 20 ms and at most 64 are under way. */
function simulate(limit: Limit, minutes: number, waitMs: number | null = null) {
  const perMinute: Minute[] = Array.from({ length: minutes }, () => ({ accepted: 0, refused: 0 }))
  let rate = unlimited(0)
  const underWay: { startedMs: number; isAccepted: boolean }[] = []
  for (let nowMs = 0; nowMs < minutes * 60_000; nowMs += 5) {
    while (underWay[0] !== undefined && underWay[0].startedMs + 20 <= nowMs) {
      const { startedMs, isAccepted } = underWay.shift() as (typeof underWay)[number]
      const minute = perMinute[Math.floor(nowMs / 60_000)] as Minute
      minute[isAccepted ? 'accepted' : 'refused'] += 1
      rate = isAccepted ? recordAccepted(rate) : recordRefused(rate, { startedMs, nowMs, waitMs })
    }
    while (underWay.length < 64 && nextStartMs(rate, nowMs) <= nowMs) {
      rate = spend(rate, nowMs)
      underWay.push({ startedMs: nowMs, isAccepted: limit(nowMs) })
    }
  }
  return { perMinute, rate }
}

const sum = (minutes: readonly Minute[], part: keyof Minute) => minutes.reduce((all, each) => all + each[part], 0)

test.each([
  { name: '100 a minute from a bucket (Extole)', limit: () => bucket(100), perMinute: 100, waitMs: null },
  { name: '100 a minute with Retry-After: 1', limit: () => bucket(100), perMinute: 100, waitMs: 1_000 },
  { name: '6,000 a minute from a bucket', limit: () => bucket(6_000), perMinute: 6_000, waitMs: null },
])(
  '$name: after two minutes at most 3 % are refused, and 90 % of the limit is used',
  ({ limit, perMinute, waitMs }) => {
    expectSettled(simulate(limit(), 12, waitMs), perMinute, 0.9)
  },
)

test.each([
  { name: '600 in windows of a minute', limit: () => windows(600, 60_000) },
  { name: '10 in windows of a second', limit: () => windows(10, 1_000) },
])('$name, of which nothing is said: at most 3 % are refused, and 85 % of the limit is used', ({ limit }) => {
  expectSettled(simulate(limit(), 12), 600, 0.85)
})

function expectSettled({ perMinute: minutes }: ReturnType<typeof simulate>, perMinute: number, part: number) {
  const settled = minutes.slice(2)
  const accepted = sum(settled, 'accepted')
  const figures = JSON.stringify({ minutes })
  expect(accepted, figures).toBeGreaterThanOrEqual(perMinute * 10 * part)
  expect(sum(settled, 'refused'), figures).toBeLessThanOrEqual(accepted * 0.03)
}

test('a limit that was lifted is found out within five minutes', () => {
  const limit = bucket(100)
  const { perMinute } = simulate((nowMs) => nowMs > 120_000 || limit(nowMs), 7)
  expect(perMinute[6]?.accepted).toBeGreaterThan(1_000)
})

test('without a refusal there is no limit', () => {
  const rate = recordAccepted(spend(unlimited(0), 1))
  expect([rate.perSecond, nextStartMs(rate, 3)]).toEqual([null, 0])
})

const refusedAt = (rate: Rate, nowMs: number) => recordRefused(rate, { startedMs: nowMs, nowMs, waitMs: null })

test('one refusal is waited for and teaches no pace, also of a process that has just begun', () => {
  const rate = refusedAt(recordAccepted(unlimited(0)), 200)
  expect([rate.perSecond, nextStartMs(rate, 200)]).toEqual([null, 200 + PAUSE_FIRST_MS])
})

test.each([
  { apartMs: 120_000, perSecond: (30 / 120) * RATE_MARGIN },
  { apartMs: 120_001, perSecond: null },
])('two refusals $apartMs ms apart with 30 requests between them teach $perSecond a second', (each) => {
  let rate = refusedAt(unlimited(0), 5)
  for (let n = 0; n < 30; n++) rate = recordAccepted(rate)
  expect(refusedAt(rate, 5 + each.apartMs).perSecond).toEqual(each.perSecond)
})

test('with a known pace no pause is longer than 64 requests take', () => {
  let rate = refusedAt(unlimited(0), 0)
  for (let n = 0; n < 100; n++) rate = recordAccepted(rate)
  rate = refusedAt(rate, 10_000)
  for (let nowMs = 20_000; nowMs < 200_000; nowMs += 10_000) rate = refusedAt(rate, nowMs)
  expect(rate.perSecond).toBeCloseTo(10 * RATE_MARGIN)
  expect(rate.pausedUntilMs - 190_000).toBeCloseTo(64_000 / (10 * RATE_MARGIN))
})

test('pauses that the destination does not name double while nothing is accepted, up to half a minute', () => {
  let rate = unlimited(0)
  let nowMs = 0
  const pauses: number[] = []
  for (let n = 0; n < 7; n++) {
    rate = recordRefused(rate, { startedMs: nowMs, nowMs, waitMs: null })
    pauses.push(rate.pausedUntilMs - nowMs)
    nowMs = rate.pausedUntilMs
  }
  expect(pauses).toEqual([PAUSE_FIRST_MS, 2_000, 4_000, 8_000, 16_000, PAUSE_MAX_MS, PAUSE_MAX_MS])
})

test('refusals of requests that began before the last one teach nothing, but their wait counts', () => {
  const first = recordRefused(recordAccepted(unlimited(0)), { startedMs: 0, nowMs: 1_000, waitMs: null })
  const second = recordRefused(first, { startedMs: 500, nowMs: 1_001, waitMs: 7_000 })
  expect(second).toEqual({ ...first, pausedUntilMs: 8_001, countedAtMs: 8_001 })
})

test('an allowance counts what is under way, and is not believed for longer than a minute', () => {
  const rate = recordQuota(unlimited(0), { remaining: 5, renewedInMs: 3_600_000, underWay: 3, nowMs: 10 })
  const used = spend(spend(rate, 20), 30)
  expect([nextStartMs(rate, 20), nextStartMs(used, 40)]).toEqual([0, 10 + QUOTA_WAIT_MAX_MS])
})

const anyStep = fc.oneof(
  fc.record({ kind: fc.constant('send' as const) }),
  fc.record({ kind: fc.constant('accepted' as const) }),
  fc.record({
    kind: fc.constant('refused' as const),
    tookMs: fc.nat(2_000),
    waitMs: fc.option(fc.nat(5_000), { nil: null }),
  }),
)

test('whatever happens, the pace stays within its bounds and no more is sent than burst and pace allow', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyStep, fc.nat(3_000)), { maxLength: 300 }), (steps) => {
      let rate: Rate = unlimited(0)
      let nowMs = 0
      let sent: number[] = []
      for (const [step, afterMs] of steps) {
        nowMs += afterMs
        if (step.kind === 'accepted') rate = recordAccepted(rate)
        else if (step.kind === 'refused') {
          const before = rate.refusedAtMs
          rate = recordRefused(rate, { startedMs: nowMs - step.tookMs, nowMs, waitMs: step.waitMs })
          if (rate.refusedAtMs !== before) sent = []
          expect(nextStartMs(rate, nowMs)).toBeGreaterThanOrEqual(nowMs + (step.waitMs ?? 0))
        } else if (nextStartMs(rate, nowMs) <= nowMs) {
          rate = spend(rate, nowMs)
          sent.push(nowMs)
        }
        if (rate.perSecond === null) continue
        expect(rate.perSecond).toBeGreaterThanOrEqual(RATE_MIN)
        expect(rate.perSecond).toBeLessThanOrEqual(RATE_MAX)
        const first = sent[0]
        if (first === undefined) continue
        const allowed = Math.max(2, rate.perSecond / 2) + ((nowMs - first) / 1_000) * rate.perSecond
        expect(sent.length).toBeLessThanOrEqual(allowed + 1)
      }
    }),
  )
})
