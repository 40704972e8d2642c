/** What falls due in the sync ledger: told if it is another than what was told, and forgotten otherwise. */
import type { NormalisedEvent } from '../spec/index.ts'
import type { StoredTelling } from '../state/index.ts'
import { type OutputTarget, Person } from '../unify/index.ts'
import { isKnown, nothingOf } from './sync-ledger.ts'
import { callsOf, jsonOf, type TellStep } from './tell-page.ts'

/** Rows looked at in one step. */
export const DUE_TELLINGS_MAX = 500

/** Where a row's computation goes today. */
export interface DueTarget {
  readonly spaceId: string
  readonly key: string
  readonly target: OutputTarget
}

export interface DueTold {
  readonly calls: readonly { readonly spaceId: string; readonly events: readonly NormalisedEvent[] }[]
  /** Of a run that changed a definition, once for each profile of whom something is told. */
  readonly ofRuns: readonly { readonly computation: number; readonly run: number }[]
  /** There may be more that is due. */
  readonly isFull: boolean
}

/** @param targetOf undefined when the computation, or its connection to the destination, is no more */
export async function tellDue(
  step: TellStep,
  targetOf: (row: StoredTelling) => DueTarget | undefined,
): Promise<DueTold> {
  const { state, draft, atMs } = step
  const { ledger } = draft
  const rows = await state.dueTellings({ atMs, limit: DUE_TELLINGS_MAX })
  if (rows.length === 0) return { calls: [], ofRuns: [], isFull: false }
  const stored = await draft.profiles([...new Set(rows.map(({ profile }) => profile))])
  const people = new Map(stored.map(({ id, document }) => [id, Person.decode(id, document)]))
  const ofRuns = new Map<string, { computation: number; run: number }>()
  const calls: { spaceId: string; events: readonly NormalisedEvent[] }[] = []
  for (const row of rows) {
    // What the step itself told of them is the newest there is.
    if (ledger.hasTold(row)) continue
    const { computation, profile } = row
    const to = targetOf(row)
    const person = people.get(profile)
    const value = person === undefined ? null : jsonOf(person, computation)
    if (to === undefined || person === undefined || !isToBeTold(row, value)) {
      ledger.quiet(row)
      continue
    }
    const { spaceId, key, target } = to
    const next = value === null ? nothingOf(target.kind) : JSON.parse(value)
    const events = callsOf({ id: `due-${row.due?.atMs}`, computation, key }, profile, person, target, next, atMs)
    const run = row.due?.run ?? null
    if (run !== null) ofRuns.set(`${computation} ${profile}`, { computation, run })
    ledger.quiet(row)
    ledger.told({ computation, profile }, step.instances.get(target.destinationId), events, {
      value: next,
      atMs,
      run,
    })
    calls.push({ spaceId, events })
  }
  return { calls, ofRuns: [...ofRuns.values()], isFull: rows.length === DUE_TELLINGS_MAX }
}

/** @param value JSON of what holds, null for nothing */
function isToBeTold({ told, due }: StoredTelling, value: string | null): boolean {
  if (told === null || due?.anew === true) return isKnown(value) || isKnown(told?.value ?? null)
  return told.value !== value && (isKnown(told.value) || isKnown(value))
}
