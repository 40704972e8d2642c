/** A pending timer. `cancel` is safe to call at any time, also after it fired. */
export interface Timer {
  cancel(): void
}

/** The only way to know the time or to wait. Tests and the simulation pass their own. */
export interface Clock {
  /** Unix milliseconds. May step backwards when an operator sets the machine's clock. */
  nowMs(): number
  /** Milliseconds since an arbitrary start; never steps backwards. For durations and deadlines. */
  monotonicMs(): number
  /** Calls `run` once, at least `delayMs` milliseconds from now. A waiting timer does not keep the process alive. */
  after(delayMs: number, run: () => void): Timer
  /** Resolves once everything that is ready now (network, timers) had its turn. */
  turn(): Promise<void>
}
