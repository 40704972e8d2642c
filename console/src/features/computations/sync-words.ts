/** How far a destination is with an audience or computed trait. Pure. */
import type { StateWords } from '../../shared/destination-state.ts'
import { count, counted } from '../../shared/format.ts'
import type { Computation } from './api/computations.ts'

/** A destination, as it is doing just now. */
export interface Seen {
  readonly enabled: boolean
  readonly tone: StateWords['tone']
  /** Parts of its deliveries, of everything it gets; undefined while nobody knows. */
  readonly deliveries: Readonly<Record<string, number>> | undefined
}

/** @param run that tells it of everybody; undefined where none is under way */
export function syncWords(
  { status, progress }: Pick<Computation, 'status' | 'progress'>,
  { enabled, tone, deliveries }: Seen,
  run: { readonly told: number } | undefined,
): string {
  const { pending = 0, dead = 0 } = deliveries ?? {}
  const waiting = pending === 0 ? undefined : `${counted(pending, 'delivery', 'deliveries')} to it ${waits(pending)}`
  if (!enabled) return waiting === undefined ? 'switched off: hears nothing' : `switched off: ${waiting}`
  if (tone === 'bad') return waiting ?? 'hears nothing until it works again'
  if (run !== undefined) return `told of ${count(run.told)} so far`
  if (waiting !== undefined) return waiting
  if (status === 'Disabled') return 'hears nothing'
  if (progress?.phase === 'history') return 'begins when history is read'
  if (progress !== undefined) return 'told as profiles are worked out'
  if (deliveries === undefined) return 'not known yet'
  return dead === 0 ? 'up to date with every event' : 'told, but for its dead letters'
}

const waits = (pending: number) => (pending === 1 ? 'waits' : 'wait')
