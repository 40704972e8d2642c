/**
 * What instances with equal credentials share: the breaker, the hold and the pace. One account at Extole that is down
 * or refuses its key is so for every instance that leads there.
 *
 * Wall-clock times are kept in the state; the breaker counts in monotonic time, which a change of the clock cannot move.
 */
import {
  admit,
  type Breaker,
  CLOSED_BREAKER,
  type HoldReason,
  healthOf,
  NO_REJECTIONS,
  type RejectionRun,
  recordHealth,
  recordVerdict,
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

export type ReleaseCause = 'settings_changed' | 'probe_succeeded'

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
  #rejections: RejectionRun = NO_REJECTIONS
  #slowUntilMs = 0
  #pausedMs = 0
  #pausedSinceMs: number | null = null
  /** Configuration version at which the credentials were last read again. */
  #rereadAtVersion = -1
  readonly #dirty = new Set<number>()
  readonly #instances = new Set<number>()

  constructor(events: AccountEvents, clock: AccountClock) {
    this.#events = events
    this.#clock = clock
  }

  get hold(): Hold | null {
    return this.#hold
  }

  get isBreakerOpen(): boolean {
    return this.#breaker.kind === 'open'
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

  /** Whether an attempt may begin now; `begin` it, or nothing has happened. */
  admits(): boolean {
    if (this.#clock.nowMs() < this.#slowUntilMs) return false
    if (this.#hold !== null) return !this.#isProbing && this.#clock.nowMs() >= this.#nextHoldProbeMs
    return this.#breaker.kind === 'closed' || (!this.#isProbing && this.#clock.monotonicMs() >= this.#breaker.probeAtMs)
  }

  /** Begins an attempt; the answer goes to `record` with what came of it. */
  begin(): { readonly isProbe: boolean } {
    const { breaker } = admit(this.#breaker, this.#clock.monotonicMs())
    this.#breaker = breaker
    const isProbe = this.#hold !== null || breaker.kind === 'open'
    if (isProbe) this.#isProbing = true
    return { isProbe }
  }

  /** What came of an attempt. */
  record(attempt: { isProbe: boolean; outcome: Outcome; verdict: Verdict; lane: number; detail: string }): void {
    const { isProbe, outcome, verdict } = attempt
    if (isProbe) this.#isProbing = false
    this.#recordHealth(isProbe, outcome)
    const { run, isMass } = recordVerdict(this.#rejections, verdict, String(attempt.lane))
    this.#rejections = run
    if (verdict.kind === 'hold' && verdict.scope === 'destination') this.#holdFor(verdict.reason, attempt.detail)
    else if (isMass) this.#holdFor('mass_rejection', attempt.detail)
    else if (this.#hold !== null && isProbe) {
      if (verdict.kind === 'delivered') this.release('probe_succeeded')
      else this.#nextHoldProbeMs = this.#clock.nowMs() + HOLD_PROBE_MS
    }
  }

  release(cause: ReleaseCause): void {
    if (this.#hold === null) return
    this.#hold = null
    this.#resume()
    this.#events.released(cause)
  }

  /** The destination asked everybody to wait (429), until this Unix ms. */
  slowDown(untilMs: number): void {
    this.#slowUntilMs = Math.max(this.#slowUntilMs, untilMs)
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

  /** Unix ms at which it admits again; undefined while it admits, or while a probe is under way. */
  nextDueMs(): number | undefined {
    if (this.#isProbing || this.admits()) return undefined
    const nowMs = this.#clock.nowMs()
    if (this.#hold !== null) return Math.max(this.#slowUntilMs, this.#nextHoldProbeMs)
    const probeInMs = this.#breaker.kind === 'open' ? this.#breaker.probeAtMs - this.#clock.monotonicMs() : 0
    return Math.max(this.#slowUntilMs, nowMs + Math.max(0, Math.ceil(probeInMs)))
  }

  /** Whether the instance's stored part is out of date; asking says that it will be written. */
  takeDirty(instance: number): boolean {
    return this.#dirty.delete(instance)
  }

  runtimeOf(instance: number): InstanceRuntime {
    return { instance, pausedMs: this.pausedMs(), hold: this.#hold }
  }

  #recordHealth(isProbe: boolean, outcome: Outcome): void {
    const health = healthOf(outcome)
    if (health === null) return
    const before = this.#breaker.kind
    this.#breaker = recordHealth(this.#breaker, { health, isProbe, nowMs: this.#clock.monotonicMs() })
    if (before === this.#breaker.kind) return
    if (before === 'closed') {
      this.#pause()
      this.#events.breakerOpened()
    } else {
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
