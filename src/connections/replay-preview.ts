/** What a replay would do, counted before it does it. */
import type { DeliveryId } from '../state/index.ts'
import {
  type Candidate,
  type CandidateOptions,
  type CandidatePorts,
  REPLAY_START,
  readCandidates,
} from './replay-candidates.ts'

/** Pages looked at before a count is given up as too large: at least half a million letters, or events of the log. */
const PAGES_MAX = 1_000

export interface ReplayPreview {
  readonly total: number
  /** By reason, for dead letters. */
  readonly reasons: Readonly<Record<string, number>>
  /** Their persons asked to be forgotten. */
  readonly skipped: number
  /** The first of them. */
  readonly sample: readonly Candidate[]
  /** False when there are more than were counted. */
  readonly isComplete: boolean
}

/** @param breathe lets others have the thread between two pages */
export async function previewReplay(
  ports: CandidatePorts,
  options: Omit<CandidateOptions, 'after' | 'limit'> & { readonly after: DeliveryId | undefined },
  { sampleMax, breathe }: { readonly sampleMax: number; readonly breathe: () => Promise<void> },
): Promise<ReplayPreview> {
  const reasons: Record<string, number> = {}
  const sample: Candidate[] = []
  let after = options.after ?? REPLAY_START
  let total = 0
  let skipped = 0
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const found = await readCandidates(ports, { ...options, after, limit: Number.POSITIVE_INFINITY })
    total += found.taken.length
    skipped += found.skipped
    for (const { reason } of found.taken) if (reason !== null) reasons[reason] = (reasons[reason] ?? 0) + 1
    sample.push(...found.taken.slice(0, sampleMax - sample.length))
    if (found.isLast) return { total, reasons, skipped, sample, isComplete: true }
    after = found.to
    await breathe()
  }
  return { total, reasons, skipped, sample, isComplete: false }
}
