/** Where an audience or computed trait stands, in Segment's words: segment contract 4.4. Pure. */
import type { RunProgress } from '../../connections/index.ts'
import type { Computation } from '../../workspace/index.ts'

/**
 * - `Preparing`: of an audience that waits for history to be read, its own or that of others.
 * - `Backfilling`: history is being read for it, or for one that it reads.
 * - `Computing`: everybody is worked out by its definition, and told.
 * - `Awaiting Destinations`: is worked out, and there is no destination switched on that it would go to.
 */
export type ComputationStatus =
  | 'Preparing'
  | 'Backfilling'
  | 'Computing'
  | 'Awaiting Destinations'
  | 'Live'
  | 'Disabled'

/**
 * @param run what follows from a change of its space's definitions; undefined where nothing does
 * @param destinations ids of those that are switched on
 */
export function statusOf(
  { enabled, number, definition, activations }: Pick<Computation, 'enabled' | 'number' | 'definition' | 'activations'>,
  run: RunProgress | undefined,
  destinations: ReadonlySet<string>,
): ComputationStatus {
  if (!enabled) return 'Disabled'
  // Others go on as before.
  if (run?.concerned.includes(number)) {
    if (run.phase !== 'history') return 'Computing'
    if (run.done > 0 && run.withheld.includes(number)) return 'Backfilling'
    // Computed traits have no such status at Segment.
    return definition.kind === 'audience' ? 'Preparing' : 'Computing'
  }
  return activations.some(({ destinationId }) => destinations.has(destinationId)) ? 'Live' : 'Awaiting Destinations'
}

/** Whether `progress` tells how far it has come. */
export const isUnderWay = (status: ComputationStatus) =>
  status === 'Preparing' || status === 'Backfilling' || status === 'Computing'
