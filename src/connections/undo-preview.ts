/** How much an undo would take back, counted beside everything and without a trace. */
import type { Clock } from '../ports/index.ts'
import type { ProfileState } from '../state/index.ts'
import type { SpaceComputation } from '../workspace/index.ts'
import { findLastRun, type LastRun, takenBack } from './last-run.ts'
import { nothingOf } from './sync-ledger.ts'

/** Profiles looked at in one go. */
const PAGE = 500

export interface UndoPreview {
  readonly run: LastRun
  /** Profiles of whom a destination is told what it was told before. */
  readonly takesBack: number
  /** Of whom it was told what it knew already. */
  readonly same: number
  /** Of whom something was told since, or who are gone: they are left alone. */
  readonly changedSince: number
}

/** @returns undefined when no run is known @param destinations numbers of instances that are told */
export async function previewUndo(
  {
    people,
    clock,
  }: { readonly people: Pick<ProfileState, 'runs' | 'standings' | 'tellings'>; readonly clock: Pick<Clock, 'turn'> },
  { number: computation, definition: { kind } }: Pick<SpaceComputation, 'number' | 'definition'>,
  destinations: readonly number[],
): Promise<UndoPreview | undefined> {
  const run = findLastRun(await people.runs(), computation)
  if (run === undefined) return undefined
  const nothing = JSON.stringify(nothingOf(kind))
  let [takesBack, same] = [0, 0]
  for (let after = 0; ; await clock.turn()) {
    const page = await people.standings({ computation, after, limit: PAGE })
    const last = page.at(-1)
    if (last === undefined) break
    const rows = (await people.tellings({ computation, after, to: last })).filter((row) => row.told?.run === run.number)
    for (const own of Map.groupBy(rows, (row) => row.profile).values()) {
      const isTaken = own.some(
        (row) => destinations.includes(row.destination) && takenBack(row, run.number, nothing) !== undefined,
      )
      if (isTaken) takesBack += 1
      else same += 1
    }
    after = last
  }
  return { run, takesBack, same, changedSince: Math.max(0, run.told - takesBack - same) }
}
