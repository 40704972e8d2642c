import { expect, test } from 'vitest'
import { BREAKER_PROBE_INTERVAL_MS } from '../delivery/breaker.ts'
import { CONCURRENCY_START, type Verdict } from '../delivery/index.ts'
import type { Outcome } from '../destinations/index.ts'
import { Account, type Begun, HOLD_PROBE_MS } from './account.ts'

const answered = (status: number) => ({ kind: 'answered', status, headers: {}, body: '', truncated: false }) as const
const detail = { status: 401, code: null, uniqueId: null, text: '' }
const HELD: Verdict = { kind: 'hold', scope: 'destination', reason: 'unauthorized', detail }
const DELIVERED: Verdict = { kind: 'delivered' }
const RETRY: Verdict = { kind: 'retry', afterMs: 1, reason: 'status_500', isUnknown: false, slowsDestination: false }

function anAccount() {
  const told: string[] = []
  const time = { ms: 1_000_000 }
  const account = new Account(
    {
      held: (reason) => told.push(`held ${reason}`),
      released: (cause) => told.push(`released ${cause}`),
      breakerOpened: () => told.push('opened'),
      breakerClosed: () => told.push('closed'),
    },
    { nowMs: () => time.ms, monotonicMs: () => time.ms },
  )
  const attempt = (outcome: Outcome, verdict: Verdict, lane = 1) => {
    end(account.begin(), outcome, verdict, lane)
  }
  const end = (begun: Begun, outcome: Outcome, verdict: Verdict, lane = 1) => {
    account.answered(begun, outcome)
    account.judged({ isProbe: begun.isProbe, verdict, lane, detail: 'said' })
  }
  account.adopt(1, undefined)
  return { account, told, time, attempt, end }
}

test('a hold stops everything, and its end is a setting that changed', () => {
  const { account, told, attempt } = anAccount()
  attempt(answered(401), HELD)
  expect([account.admits(), account.hold?.reason]).toEqual([false, 'unauthorized'])
  account.release('settings_changed')
  expect([account.admits(), account.hold]).toEqual([true, null])
  expect(told).toEqual(['held unauthorized', 'released settings_changed'])
})

test('a held account tries one delivery a minute, and a success ends the hold', () => {
  const { account, told, time, attempt, end } = anAccount()
  attempt(answered(401), HELD)
  expect(account.nextDueMs()).toBe(time.ms + HOLD_PROBE_MS)
  time.ms += HOLD_PROBE_MS
  expect(account.admits()).toBe(true)
  const probe = account.begin()
  expect([account.admits(), account.nextDueMs()]).toEqual([false, undefined])
  end(probe, answered(401), HELD)
  expect(account.admits()).toBe(false)
  time.ms += HOLD_PROBE_MS
  attempt(answered(200), DELIVERED)
  expect([account.admits(), told]).toEqual([true, ['held unauthorized', 'released probe_succeeded']])
})

test('the success of an attempt that began before the hold does not end it', () => {
  const { account, attempt, end } = anAccount()
  const before = account.begin()
  attempt(answered(401), HELD)
  end(before, answered(200), DELIVERED, 2)
  expect(account.hold).not.toBeNull()
})

test('paused time counts holds and open breakers, once where they overlap', () => {
  const { account, time, attempt } = anAccount()
  attempt(answered(401), HELD)
  time.ms += 10_000
  expect(account.pausedMs()).toBe(10_000)
  account.release('settings_changed')
  time.ms += 5_000
  expect(account.pausedMs()).toBe(10_000)
  for (let i = 0; i < 20; i++) attempt(answered(500), RETRY)
  expect(account.state.breakerOpenSinceMs).not.toBeNull()
  time.ms += 1_000
  expect(account.pausedMs()).toBe(11_000)
})

test('what it admits again while nobody looked is due now, and not at the next event', () => {
  const { account, time } = anAccount()
  account.answered(account.begin(), { ...answered(429), headers: { 'retry-after': '1' } })
  expect([account.admits(), account.nextDueMs()]).toEqual([false, time.ms + 1_000])
  time.ms += 1_000
  expect([account.admits(), account.nextDueMs()]).toEqual([true, time.ms])
})

test('an open breaker lets one probe through and closes when it works', () => {
  const { account, told, time, attempt, end } = anAccount()
  for (let i = 0; i < 20; i++) attempt(answered(500), RETRY)
  expect(account.admits()).toBe(false)
  expect(account.state.nextProbeMs).toBe(time.ms + BREAKER_PROBE_INTERVAL_MS)
  time.ms = account.nextDueMs() ?? 0
  expect(account.admits()).toBe(true)
  const probe = account.begin()
  expect(account.admits()).toBe(false)
  end(probe, answered(200), DELIVERED)
  expect([account.admits(), account.state.nextProbeMs, told]).toEqual([true, null, ['opened', 'closed']])
})

test('who asks for it gets the next try of a hold at once, one delivery and no more', () => {
  const { account, told, time, attempt, end } = anAccount()
  attempt(answered(401), HELD)
  account.tryNow()
  expect([account.admits(), account.nextDueMs()]).toEqual([true, time.ms])
  const probe = account.begin()
  account.tryNow()
  expect(account.admits()).toBe(false)
  end(probe, answered(401), HELD)
  expect([account.admits(), account.nextDueMs()]).toEqual([false, time.ms + HOLD_PROBE_MS])
  account.tryNow()
  attempt(answered(200), DELIVERED)
  expect([account.admits(), told]).toEqual([true, ['held unauthorized', 'released probe_succeeded']])
})

test('who asks for it gets the next try of an open breaker at once, and the one after that in its time', () => {
  const { account, time, attempt } = anAccount()
  for (let i = 0; i < 20; i++) attempt(answered(500), RETRY)
  expect(account.admits()).toBe(false)
  account.tryNow()
  attempt(answered(500), RETRY)
  expect([account.admits(), account.nextDueMs()]).toEqual([false, time.ms + BREAKER_PROBE_INTERVAL_MS])
  account.tryNow()
  attempt(answered(200), DELIVERED)
  expect([account.admits(), account.state.breakerOpenSinceMs]).toEqual([true, null])
})

test('the pace that was learned holds also for who asks for a try at once', () => {
  const { account, time, attempt } = anAccount()
  const asksToWait = { ...answered(429), headers: { 'retry-after': '30' } }
  attempt(asksToWait, RETRY)
  account.tryNow()
  expect([account.admits(), account.nextDueMs()]).toEqual([false, time.ms + 30_000])
})

test('what is stored is taken over: pauses go on, and the first attempt after a restart is a probe', () => {
  const { account } = anAccount()
  const hold = { reason: 'unauthorized', sinceMs: 5, detail: 'said' }
  account.adopt(2, { instance: 2, pausedMs: 700, hold })
  expect([account.hold, account.pausedMs(), account.admits()]).toEqual([hold, 700, true])
  expect(account.begin().isProbe).toBe(true)
})

test('a refusal for the number of requests holds everybody back for as long as it asks, also those under way', () => {
  const { account, time } = anAccount()
  const [first, second] = [account.begin(), account.begin()]
  const refuse = (begun: Begun, retryAfter: string) =>
    account.answered(begun, { ...answered(429), headers: { 'retry-after': retryAfter } })
  refuse(first, '0.5')
  expect([account.admits(), account.nextDueMs()]).toEqual([false, time.ms + 500])
  refuse(second, '2')
  time.ms += 500
  expect([account.admits(), account.nextDueMs()]).toEqual([false, time.ms + 1_500])
})

test('no more is under way than was found to be good', () => {
  const { account } = anAccount()
  const begun = Array.from({ length: CONCURRENCY_START }, () => account.begin())
  expect([account.admits(), account.nextDueMs()]).toEqual([false, undefined])
  account.answered(begun[0] as Begun, { kind: 'ambiguous', reason: 'ETIMEDOUT' })
  expect([account.concurrency, account.inFlight, account.admits()]).toEqual([
    CONCURRENCY_START / 2,
    CONCURRENCY_START - 1,
    false,
  ])
})

test('a destination that says its allowance is used up is given nothing until it is renewed', () => {
  const { account, time, attempt } = anAccount()
  const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '3' }
  attempt({ kind: 'answered', status: 200, headers, body: '', truncated: false }, DELIVERED)
  expect([account.admits(), account.nextDueMs()]).toEqual([false, time.ms + 3_000])
  time.ms += 3_000
  expect(account.admits()).toBe(true)
})
