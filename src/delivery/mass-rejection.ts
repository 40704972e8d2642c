/**
 * Notices when a destination refuses everything for one and the same reason: a wrong setting must not turn a day's
 * events into dead letters. Pure. Reliability contract 4.3.
 */
import type { Verdict } from './verdict.ts'

/** So many identical refusals in a row put the destination on hold. */
export const MASS_REJECTION_COUNT = 20
/** They must come from so many lanes: one person's odd events are no sign of a wrong setting. */
export const MASS_REJECTION_LANES_MIN = 5

export interface RejectionRun {
  /** What the run's refusals have in common; null before the first. */
  readonly signature: string | null
  readonly count: number
  /** At most MASS_REJECTION_LANES_MIN. */
  readonly lanes: readonly string[]
}

export const NO_REJECTIONS: RejectionRun = { signature: null, count: 0, lanes: [] }

/**
 * Takes in the verdict on one attempt. Only a delivery or another refusal ends a run; a retry says nothing yet.
 * When `isMass` is true the run starts anew, so that it is not told again after the hold was lifted.
 */
export function recordVerdict(
  run: RejectionRun,
  verdict: Verdict,
  lane: string,
): { readonly run: RejectionRun; readonly isMass: boolean } {
  if (verdict.kind === 'delivered') return { run: NO_REJECTIONS, isMass: false }
  const signature = signatureOf(verdict)
  if (signature === null) return { run, isMass: false }
  const before = run.signature === signature ? run : NO_REJECTIONS
  const lanes = withLane(before.lanes, lane)
  const count = before.count + 1
  if (count >= MASS_REJECTION_COUNT && lanes.length >= MASS_REJECTION_LANES_MIN)
    return { run: NO_REJECTIONS, isMass: true }
  return { run: { signature, count, lanes }, isMass: false }
}

/** What makes two refusals identical, or null for a verdict that is none. Running out of time is no refusal. */
function signatureOf(verdict: Verdict): string | null {
  if (verdict.kind !== 'dead' || verdict.reason === 'retries_exhausted') return null
  const { reason, detail } = verdict
  // Without a code the text has to do; for an answer it may name the event, so that only its status counts.
  return `${reason}\n${detail.code ?? (detail.status === null ? detail.text : '')}`
}

function withLane(lanes: readonly string[], lane: string): readonly string[] {
  return lanes.length >= MASS_REJECTION_LANES_MIN || lanes.includes(lane) ? lanes : [...lanes, lane]
}
