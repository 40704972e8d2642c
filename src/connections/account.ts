/**
 * What instances with equal credentials share: the breaker, the hold, and how much it is given at a time and in a
 * second. One account at Extole that is down or refuses its key is so for every instance that leads there.
 *
 * Wall-clock times are kept in the state; the breaker counts in monotonic time, which a change of the clock cannot move.
 */
import {
  admit,
  allowanceOf,
  type Breaker,
  CLOSED_BREAKER,
  CONCURRENCY_AT_START,
  type Concurrency,
  type HoldReason,
  healthOf,
  type LoadSign,
  NO_REJECTIONS,
  nextStartMs,
  parseRetryAfter,
  probeNow,
  type Rate,
  type RejectionRun,
  recordAccepted,
  recordHealth,
  recordLoad,
  recordQuota,
  recordRefused,
  recordVerdict,
  spend,
  unlimited,
  type Verdict,
} from '../delivery/index.ts'
import type { Outcome } from '../destinations/index.ts'
import type { Clock } from '../ports/index.ts'
import type { InstanceRuntime } from '../state/index.ts'

/** How often a held account tries one delivery, in case it was mended where no setting of ours changed. */
export const HOLD_PROBE_MS = 60_000

export interface Hold {
  readonly reason: string
  /** Unix milliseconds. */
  readonly sinceMs: number
  /** What the destination said, masked. */
  readonly detail: string
}

/** What instances with equal credentials have in common just now. */
export interface AccountState {
  /** Number of its oldest instance: those with the same one share all of this. */
  readonly account: number
  readonly hold: Hold | null
  /** Unix milliseconds; null while the breaker is closed. */
  readonly breakerOpenSinceMs: number | null
  /** While there is a hold or an open breaker: when the next delivery is tried, Unix milliseconds; null while one is. */
  readonly nextProbeMs: number | null
  /** As learned so far. */
  readonly requestsAtOnceMax: number
  /** As learned from refusals (429); null while there was none. */
  readonly requestsPerSecondMax: number | null
  readonly requestsUnderWay: number
}

export type ReleaseCause = 'settings_changed' | 'probe_succeeded'

/** An attempt that has begun. */
export interface Begun {
  readonly isProbe: boolean
  /** Monotonic milliseconds. */
  readonly startedMs: number
}

export interface AccountEvents {
  held(reason: HoldReason, detail: string): void
  released(cause: ReleaseCause): void
  breakerOpened(): void
  breakerClosed(): void
}

type AccountClock = Pick<Clock, 'nowMs' | 'monotonicMs'>

export class Account {
  readonly #events: AccountEvents
  readonly #clock: AccountClock
  #hold: Hold | null = null
  #nextHoldProbeMs = 0
  /** A single attempt finds out whether the pause is over. */
  #isProbing = false
  #breaker: Breaker = CLOSED_BREAKER
  #breakerOpenSinceMs: number | null = null
  #rejections: RejectionRun = NO_REJECTIONS
  #concurrency: Concurrency = CONCURRENCY_AT_START
  #rate: Rate
  #inFlight = 0
  #pausedMs = 0
  #pausedSinceMs: number | null = null
  /** Configuration version at which the credentials were last read again. */
  #rereadAtVersion = -1
  readonly #dirty = new Set<number>()
  readonly #instances = new Set<number>()

  constructor(events: AccountEvents, clock: AccountClock) {
    this.#events = events
    this.#clock = clock
    this.#rate = unlimited(clock.monotonicMs())
  }

  get hold(): Hold | null {
    return this.#hold
  }

  /** How it is given work now. */
  get state(): Omit<AccountState, 'account'> {
    return {
      hold: this.#hold,
      breakerOpenSinceMs: this.#breakerOpenSinceMs,
      nextProbeMs: this.#hold === null && this.#breaker.kind === 'closed' ? null : (this.nextDueMs() ?? null),
      requestsAtOnceMax: this.concurrency,
      requestsPerSecondMax: this.perSecond,
      requestsUnderWay: this.#inFlight,
    }
  }

  /**
   * Counts an instance in, with what was stored about it. Without that, what is stored is another account's and is
   * written anew: with a new key the hold of the old one is over, also after a restart.
   */
  adopt(instance: number, runtime: InstanceRuntime | undefined): void {
    this.#instances.add(instance)
    if (runtime === undefined) {
      this.#dirty.add(instance)
      return
    }
    this.#pausedMs = Math.max(this.#pausedMs, runtime.pausedMs)
    if (runtime.hold === null || this.#hold !== null) return
    this.#hold = runtime.hold
    this.#nextHoldProbeMs = this.#clock.nowMs()
    this.#pause()
  }

  /** Requests that may be under way at once, as found so far. */
  get concurrency(): number {
    return Math.floor(this.#concurrency.limit)
  }

  /** Requests a second as learned from refusals, null while there was none. */
  get perSecond(): number | null {
    return this.#rate.perSecond
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** Whether an attempt may begin now; `begin` it, or nothing has happened. */
  admits(): boolean {
    if (this.#isFull()) return false
    const nowMs = this.#clock.monotonicMs()
    if (nextStartMs(this.#rate, nowMs) > nowMs) return false
    if (this.#hold !== null) return !this.#isProbing && this.#clock.nowMs() >= this.#nextHoldProbeMs
    return this.#breaker.kind === 'closed' || (!this.#isProbing && nowMs >= this.#breaker.probeAtMs)
  }

  /** Begins a request; what came of it goes to `answered`, and of its deliveries to `judged`. */
  begin(): Begun {
    const startedMs = this.#clock.monotonicMs()
    const { breaker } = admit(this.#breaker, startedMs)
    this.#breaker = breaker
    this.#rate = spend(this.#rate, startedMs)
    this.#inFlight += 1
    const isProbe = this.#hold !== null || breaker.kind === 'open'
    if (isProbe) this.#isProbing = true
    return { isProbe, startedMs }
  }

  /** A request is over; null: none was made, or it says nothing about the destination. */
  answered(begun: Begun, outcome: Outcome | null): void {
    if (begun.isProbe) this.#isProbing = false
    if (outcome !== null) this.#recordLoad(begun, outcome)
    this.#inFlight -= 1
    if (outcome !== null) this.#recordHealth(begun.isProbe, outcome)
  }

  /** What a delivery came to: with others of the same request, or alone. */
  judged({
    isProbe,
    verdict,
    lane,
    detail,
  }: {
    isProbe: boolean
    verdict: Verdict
    lane: number
    detail: string
  }): void {
    const { run, isMass } = recordVerdict(this.#rejections, verdict, String(lane))
    this.#rejections = run
    if (verdict.kind === 'hold' && verdict.scope === 'destination') this.#holdFor(verdict.reason, detail)
    else if (isMass) this.#holdFor('mass_rejection', detail)
    else if (this.#hold !== null && isProbe) {
      if (verdict.kind === 'delivered') this.release('probe_succeeded')
      else this.#nextHoldProbeMs = this.#clock.nowMs() + HOLD_PROBE_MS
    }
  }

  /** The next try of a hold or an open breaker is due now: one delivery as always, and no sooner than the pace allows. */
  tryNow(): void {
    this.#nextHoldProbeMs = Math.min(this.#nextHoldProbeMs, this.#clock.nowMs())
    this.#breaker = probeNow(this.#breaker, this.#clock.monotonicMs())
  }

  release(cause: ReleaseCause): void {
    if (this.#hold === null) return
    this.#hold = null
    this.#resume()
    this.#events.released(cause)
  }

  areCredentialsFresh(configVersion: number): boolean {
    return this.#rereadAtVersion === configVersion
  }

  reread(configVersion: number): void {
    this.#rereadAtVersion = configVersion
  }

  /** Milliseconds spent paused in all, this pause included. */
  pausedMs(): number {
    if (this.#pausedSinceMs === null) return this.#pausedMs
    return this.#pausedMs + Math.max(0, this.#clock.nowMs() - this.#pausedSinceMs)
  }

  /** Unix ms at which it admits, now if it does; undefined while an answer is waited for. */
  nextDueMs(): number | undefined {
    if (this.#isProbing || this.#isFull()) return undefined
    const nowMs = this.#clock.nowMs()
    if (this.admits()) return nowMs
    const monotonicMs = this.#clock.monotonicMs()
    const paceMs = toWallMs(nextStartMs(this.#rate, monotonicMs) - monotonicMs, nowMs)
    if (this.#hold !== null) return Math.max(paceMs, this.#nextHoldProbeMs)
    if (this.#breaker.kind === 'closed') return paceMs
    return Math.max(paceMs, toWallMs(this.#breaker.probeAtMs - monotonicMs, nowMs))
  }

  /** Whether the instance's stored part is out of date; asking says that it will be written. */
  takeDirty(instance: number): boolean {
    return this.#dirty.delete(instance)
  }

  runtimeOf(instance: number): InstanceRuntime {
    return { instance, pausedMs: this.pausedMs(), hold: this.#hold }
  }

  #isFull(): boolean {
    return this.#inFlight >= Math.floor(this.#concurrency.limit)
  }

  /** What an attempt says about how much may be sent. */
  #recordLoad({ startedMs }: Begun, outcome: Outcome): void {
    const sign = loadSignOf(outcome)
    if (sign === null) return
    const nowMs = this.#clock.monotonicMs()
    this.#concurrency = recordLoad(this.#concurrency, { sign, startedMs, nowMs, isFull: this.#isFull() })
    if (outcome.kind !== 'answered') return
    const { headers } = outcome
    if (sign === 'refused') {
      const waitMs = parseRetryAfter(headers['retry-after'], this.#clock.nowMs())
      this.#rate = recordRefused(this.#rate, { startedMs, nowMs, waitMs })
    } else this.#rate = recordAccepted(this.#rate)
    const allowance = allowanceOf(headers, this.#clock.nowMs())
    if (allowance !== null) this.#rate = recordQuota(this.#rate, { ...allowance, underWay: this.#inFlight - 1, nowMs })
  }

  #recordHealth(isProbe: boolean, outcome: Outcome): void {
    const health = healthOf(outcome)
    if (health === null) return
    const before = this.#breaker.kind
    this.#breaker = recordHealth(this.#breaker, { health, isProbe, nowMs: this.#clock.monotonicMs() })
    if (before === this.#breaker.kind) return
    if (before === 'closed') {
      this.#breakerOpenSinceMs = this.#clock.nowMs()
      this.#pause()
      this.#events.breakerOpened()
    } else {
      this.#breakerOpenSinceMs = null
      this.#resume()
      this.#events.breakerClosed()
    }
  }

  #holdFor(reason: HoldReason, detail: string): void {
    this.#nextHoldProbeMs = this.#clock.nowMs() + HOLD_PROBE_MS
    if (this.#hold !== null) return
    this.#hold = { reason, sinceMs: this.#clock.nowMs(), detail }
    this.#pause()
    this.#events.held(reason, detail)
  }

  #pause(): void {
    this.#pausedSinceMs ??= this.#clock.nowMs()
    this.#changed()
  }

  /** A pause ends when neither a hold nor the breaker asks for it. */
  #resume(): void {
    if (this.#hold === null && this.#breaker.kind === 'closed') {
      this.#pausedMs = this.pausedMs()
      this.#pausedSinceMs = null
    }
    this.#changed()
  }

  #changed(): void {
    for (const instance of this.#instances) this.#dirty.add(instance)
  }
}

/** What an outcome says about how much its destination can take; null for nothing. */
function loadSignOf(outcome: Outcome): LoadSign | null {
  if (outcome.kind === 'answered') return outcome.status === 429 ? 'refused' : outcome.status < 500 ? 'answered' : null
  const isTimeout = outcome.kind === 'ambiguous' && outcome.reason === 'ETIMEDOUT'
  return isTimeout || (outcome.kind === 'not_sent' && outcome.reason === 'CONNECT_TIMEOUT') ? 'timed_out' : null
}

function toWallMs(waitMs: number, nowMs: number): number {
  return nowMs + Math.max(0, Math.ceil(waitMs))
}
