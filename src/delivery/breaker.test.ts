import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Outcome } from '../destinations/index.ts'
import {
  admit,
  BREAKER_FAILURE_RATIO,
  BREAKER_PROBE_INTERVAL_MS,
  BREAKER_REQUESTS_MIN,
  BREAKER_TIMEOUTS_IN_ROW,
  BREAKER_WINDOW_SECONDS,
  type Breaker,
  CLOSED_BREAKER,
  type Health,
  healthOf,
  recordHealth,
} from './breaker.ts'

const record = (breaker: Breaker, health: Health, nowMs: number, isProbe = false) =>
  recordHealth(breaker, { health, isProbe, nowMs })

const times = (count: number, health: Health) => Array.from({ length: count }, () => health)

const fold = (results: readonly Health[], breaker: Breaker = CLOSED_BREAKER) =>
  results.reduce((state, health, at) => record(state, health, at), breaker)

test.each([
  { name: 'half of 20 failed', results: [...times(10, 'working'), ...times(10, 'failing')], kind: 'open' },
  { name: 'less than half of 20 failed', results: [...times(11, 'working'), ...times(9, 'failing')], kind: 'closed' },
  { name: '19 requests are too few', results: times(19, 'failing'), kind: 'closed' },
  { name: '10 timeouts in a row', results: times(10, 'timing_out'), kind: 'open' },
  { name: '9 timeouts in a row', results: times(9, 'timing_out'), kind: 'closed' },
  {
    name: '10 timeouts with an answer between',
    results: [...times(5, 'timing_out'), 'working' as const, ...times(5, 'timing_out')],
    kind: 'closed',
  },
])('$name: $kind', ({ results, kind }) => {
  expect(fold(results).kind).toBe(kind)
})

test('failures that left the window do not count', () => {
  const failing = fold(times(19, 'failing'))
  expect(record(failing, 'failing', BREAKER_WINDOW_SECONDS * 1_000 - 1).kind).toBe('open')
  expect(record(failing, 'failing', BREAKER_WINDOW_SECONDS * 1_000).kind).toBe('closed')
})

test('an open breaker lets one probe through every five seconds, and a working one closes it', () => {
  const open = fold(times(20, 'failing'))
  const openedAtMs = 19
  const firstAt = openedAtMs + BREAKER_PROBE_INTERVAL_MS
  expect(admit(open, firstAt - 1).admission).toEqual({ kind: 'wait', untilMs: firstAt })
  const probing = admit(open, firstAt)
  expect(probing.admission).toEqual({ kind: 'probe' })
  const second = { kind: 'wait', untilMs: firstAt + BREAKER_PROBE_INTERVAL_MS }
  expect(admit(probing.breaker, firstAt).admission).toEqual(second)
  expect(admit(record(probing.breaker, 'failing', firstAt + 1, true), firstAt + 1).admission).toEqual(second)
  expect(record(probing.breaker, 'working', firstAt + 1, true)).toEqual(CLOSED_BREAKER)
})

test('a request from before the opening does not close the breaker', () => {
  expect(record(fold(times(20, 'failing')), 'working', 30).kind).toBe('open')
})

const anyHealth = fc.constantFrom<Health>('working', 'working', 'failing', 'failing', 'timing_out')
const anyStep = fc.record({ health: anyHealth, afterMs: fc.oneof(fc.nat(200), fc.nat(8_000)) })

/** Keeps every result since the breaker last closed, and counts. */
class EverythingModel {
  results: { readonly second: number; readonly health: Health }[] = []
  probeAtMs: number | null = null

  step(health: Health, nowMs: number): 'sent' | 'probed' | 'waited' {
    if (this.probeAtMs === null) {
      this.results.push({ second: Math.floor(nowMs / 1_000), health })
      if (this.#isBad(nowMs)) this.probeAtMs = nowMs + BREAKER_PROBE_INTERVAL_MS
      return 'sent'
    }
    if (nowMs < this.probeAtMs) return 'waited'
    this.probeAtMs = nowMs + BREAKER_PROBE_INTERVAL_MS
    if (health === 'working') {
      this.probeAtMs = null
      this.results = []
    }
    return 'probed'
  }

  #isBad(nowMs: number): boolean {
    const last = this.results.slice(-BREAKER_TIMEOUTS_IN_ROW)
    if (last.length === BREAKER_TIMEOUTS_IN_ROW && last.every(({ health }) => health === 'timing_out')) return true
    const recent = this.results.filter(({ second }) => second > Math.floor(nowMs / 1_000) - BREAKER_WINDOW_SECONDS)
    const failures = recent.filter(({ health }) => health !== 'working').length
    return recent.length >= BREAKER_REQUESTS_MIN && failures / recent.length >= BREAKER_FAILURE_RATIO
  }
}

test('agrees with a model that keeps every request and counts', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 150 }), (steps) => {
      const model = new EverythingModel()
      let breaker = CLOSED_BREAKER
      let nowMs = 0
      for (const { health, afterMs } of steps) {
        nowMs += afterMs
        const admitted = admit(breaker, nowMs)
        breaker = admitted.breaker
        const { kind } = admitted.admission
        if (kind !== 'wait') breaker = record(breaker, health, nowMs, kind === 'probe')
        expect({ send: 'sent', probe: 'probed', wait: 'waited' }[kind]).toBe(model.step(health, nowMs))
        expect(breaker.kind === 'open').toBe(model.probeAtMs !== null)
      }
    }),
  )
})

test('what is kept does not grow with the number of requests', () => {
  let breaker = CLOSED_BREAKER
  for (let nowMs = 0; nowMs < 120_000; nowMs += 7) breaker = record(breaker, 'working', nowMs)
  expect(breaker.kind === 'closed' && breaker.buckets.length).toBe(BREAKER_WINDOW_SECONDS)
})

test.each<{ outcome: Outcome; health: Health | null }>([
  { outcome: { kind: 'answered', status: 200, headers: {}, body: '', truncated: false }, health: 'working' },
  { outcome: { kind: 'answered', status: 400, headers: {}, body: '', truncated: false }, health: 'working' },
  { outcome: { kind: 'answered', status: 429, headers: {}, body: '', truncated: false }, health: 'working' },
  { outcome: { kind: 'answered', status: 501, headers: {}, body: '', truncated: false }, health: 'working' },
  { outcome: { kind: 'answered', status: 503, headers: {}, body: '', truncated: false }, health: 'failing' },
  { outcome: { kind: 'not_sent', reason: 'ECONNREFUSED' }, health: 'failing' },
  { outcome: { kind: 'not_sent', reason: 'CONNECT_TIMEOUT' }, health: 'timing_out' },
  { outcome: { kind: 'ambiguous', reason: 'ETIMEDOUT' }, health: 'timing_out' },
  { outcome: { kind: 'ambiguous', reason: 'GARBAGE' }, health: 'failing' },
  { outcome: { kind: 'blocked', reason: 'tls_invalid' }, health: null },
  { outcome: { kind: 'unmapped', reason: 'x' }, health: null },
  { outcome: { kind: 'invalid', reason: 'x' }, health: null },
])('health of $outcome: $health', ({ outcome, health }) => {
  expect(healthOf(outcome)).toBe(health)
})
