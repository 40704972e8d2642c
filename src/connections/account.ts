/**
 * What instances with equal credentials share: the hold and the pace. One account at Extole that refuses its key does
 * so for every instance that leads there.
 */
import type { HoldReason, Verdict } from '../delivery/index.ts'
import type { Outcome } from '../destinations/index.ts'
import type { InstanceRuntime } from '../state/index.ts'

/** How often a held account tries one delivery, in case it was mended where no setting of ours changed. */
export const HOLD_PROBE_MS = 60_000

export interface Hold {
  readonly reason: string
  readonly sinceMs: number
  /** What the destination said, masked. */
  readonly detail: string
}

export interface AccountEvents {
  held(reason: HoldReason, detail: string): void
  released(cause: 'settings_changed' | 'probe_succeeded'): void
}

export class Account {
  readonly #events: AccountEvents
  #hold: Hold | null = null
  #nextProbeMs = 0
  /** A single attempt finds out whether the pause is over. */
  #isProbing = false
  #slowUntilMs = 0
  #pausedMs = 0
  #pausedSinceMs: number | null = null
  /** Configuration version after which the credentials were read again. */
  #rereadAtVersion = -1
  readonly #dirty = new Set<number>()
  readonly #instances = new Set<number>()

  constructor(events: AccountEvents) {
    this.#events = events
  }

  get hold(): Hold | null {
    return this.#hold
  }

  /** Counts an instance in, with what was stored about it. */
  adopt(runtime: InstanceRuntime | undefined, instance: number, nowMs: number): void {
    this.#instances.add(instance)
    if (runtime === undefined) return
    this.#pausedMs = Math.max(this.#pausedMs, runtime.pausedMs)
    if (runtime.hold === null || this.#hold !== null) return
    this.#hold = runtime.hold
    this.#pausedSinceMs = nowMs
    this.#nextProbeMs = nowMs
  }

  /** Whether an attempt may start now. */
  admits(nowMs: number): boolean {
    if (nowMs < this.#slowUntilMs) return false
    if (this.#hold === null) return true
    return !this.#isProbing && nowMs >= this.#nextProbeMs
  }

  begun(): void {
    if (this.#hold !== null) this.#isProbing = true
  }

  /** What came of an attempt. */
  record(_outcome: Outcome, verdict: Verdict, nowMs: number): void {
    this.#isProbing = false
    if (this.#hold === null) return
    if (verdict.kind === 'delivered') this.release(nowMs, 'probe_succeeded')
    else this.#nextProbeMs = nowMs + HOLD_PROBE_MS
  }

  holdFor(reason: HoldReason, detail: string, nowMs: number): void {
    this.#nextProbeMs = nowMs + HOLD_PROBE_MS
    if (this.#hold !== null) return
    this.#hold = { reason, sinceMs: nowMs, detail }
    this.#pausedSinceMs ??= nowMs
    this.#changed()
    this.#events.held(reason, detail)
  }

  release(nowMs: number, cause: 'settings_changed' | 'probe_succeeded'): void {
    if (this.#hold === null) return
    this.#pausedMs = this.pausedMs(nowMs)
    this.#pausedSinceMs = null
    this.#hold = null
    this.#changed()
    this.#events.released(cause)
  }

  /** The destination asked everybody to wait (429). */
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
  pausedMs(nowMs: number): number {
    return this.#pausedMs + (this.#pausedSinceMs === null ? 0 : Math.max(0, nowMs - this.#pausedSinceMs))
  }

  /** Unix ms at which it admits again; undefined while it admits, or while a probe is under way. */
  nextDueMs(nowMs: number): number | undefined {
    if (this.admits(nowMs) || this.#isProbing) return undefined
    return Math.max(this.#slowUntilMs, this.#hold === null ? 0 : this.#nextProbeMs)
  }

  /** Whether the instance's stored part is out of date; asking says that it will be written. */
  takeDirty(instance: number): boolean {
    return this.#dirty.delete(instance)
  }

  runtimeOf(instance: number, nowMs: number): InstanceRuntime {
    return { instance, pausedMs: this.pausedMs(nowMs), hold: this.#hold }
  }

  #changed(): void {
    for (const instance of this.#instances) this.#dirty.add(instance)
  }
}
