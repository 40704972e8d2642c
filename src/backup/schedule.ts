/** When the next backup is due, which are too old, and whether there is none for too long. Pure. */

/** After one that failed or was cancelled it is tried again so soon, in milliseconds. */
export const AGAIN_MS = 3_600_000
/** Intervals without a sound backup after which somebody has to know. */
export const OVERDUE_INTERVALS = 2

/** A sound backup. Times are Unix milliseconds. */
export interface Sound {
  readonly name: string
  readonly atMs: number
  readonly isScheduled: boolean
}

/**
 * A backup from further ahead than this was named by a clock that was wrong: it says nothing of when the next is due, else
 * none would be made until that time comes. Nobody is to notice a clock that is set back by less.
 */
const isAhead = (atMs: number, nowMs: number) => atMs > nowMs + AGAIN_MS

/** When the newest was made, as far as the clock can be believed; undefined where there is none. */
export function newestMs(sound: readonly Pick<Sound, 'atMs'>[], nowMs: number): number | undefined {
  const times = sound.map(({ atMs }) => atMs).filter((atMs) => !isAhead(atMs, nowMs))
  return times.length === 0 ? undefined : Math.max(...times)
}

/**
 * When the next has to be made, Unix milliseconds; in the past when that was missed.
 * @param failedMs of the last that went wrong and was not done well since: it is tried again, sooner than the next would be
 * @param cancelledMs of the last, where somebody cancelled it: not at once again
 */
export function dueMs(given: {
  readonly sound: readonly Pick<Sound, 'atMs'>[]
  readonly everyMs: number
  readonly nowMs: number
  readonly failedMs: number | null
  readonly cancelledMs: number | null
}): number {
  const { sound, everyMs, nowMs, failedMs, cancelledMs } = given
  const pauseMs = Math.min(AGAIN_MS, everyMs)
  const after = (ms: number) => (isAhead(ms, nowMs) ? nowMs : ms + pauseMs)
  if (failedMs !== null) return after(failedMs)
  const newest = newestMs(sound, nowMs)
  const regularMs = newest === undefined ? nowMs : newest + everyMs
  return cancelledMs === null ? regularMs : Math.max(regularMs, after(cancelledMs))
}

/**
 * Scheduled ones beyond the newest `keep`, of which the one that was made last is one, whatever the clock says. Those from
 * ahead of the clock count as the oldest: otherwise they would stay, and push out each that is made from then on.
 * @returns names
 */
export function outdated(
  sound: readonly Sound[],
  { keep, made, nowMs }: { readonly keep: number; readonly made: string; readonly nowMs: number },
): readonly string[] {
  const rank = ({ name, atMs }: Sound) => (name === made ? 0 : isAhead(atMs, nowMs) ? 2 : 1)
  return sound
    .filter(({ isScheduled }) => isScheduled)
    .sort((a, b) => rank(a) - rank(b) || b.atMs - a.atMs)
    .slice(keep)
    .map(({ name }) => name)
}

/** Whether a sound one was made after what went wrong, as far as the clock can be believed: also by the command, unseen. */
export function isMended(failedMs: number, sound: readonly { readonly endedAtMs: number }[], nowMs: number): boolean {
  return sound.some(({ endedAtMs }) => endedAtMs > failedMs && endedAtMs <= nowMs)
}

/**
 * Since when there is none for too long, Unix milliseconds; null where that is not so. One that is made right now is
 * waited for, for an interval: one that hangs is not made.
 * @param startedMs of the server: where there is none it counts from then on
 */
export function overdueSinceMs(given: {
  readonly newestMs: number | undefined
  readonly startedMs: number
  readonly everyMs: number
  readonly nowMs: number
  readonly makingSinceMs: number | null
}): number | null {
  const { newestMs: newest, startedMs, everyMs, nowMs, makingSinceMs } = given
  if (makingSinceMs !== null && nowMs < makingSinceMs + everyMs) return null
  const sinceMs = (newest ?? startedMs) + OVERDUE_INTERVALS * everyMs
  return nowMs < sinceMs ? null : sinceMs
}
