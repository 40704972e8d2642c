/**
 * What has to be done in a space whose definitions have changed, and how far that has come: first the history of what
 * was not kept until now is read from the log, then everybody is worked out and told. Pure; stored with every step.
 */
import { traitsReadBy } from '../engage/index.ts'
import type { SpaceComputation } from '../workspace/index.ts'

/** Stored as JSON, one for each space that has or had definitions. */
export interface PeopleRun {
  /** Counts the space's readings of history. */
  readonly reading: number
  /** Digest of the definitions it is about. */
  readonly digest: string
  /** Keys of the leaves that are kept, with the reading each has been kept since. */
  readonly since: Readonly<Record<string, number>>
  /** Of those the ones whose history is being read. */
  readonly filling: readonly string[]
  /** Keys of what accounts ask of their users, as far as not all of them have answered. A run of a former version has none. */
  readonly gathering?: readonly string[]
  /** `accounts`: once more, for what waited for all answers. */
  readonly phase: 'history' | 'people' | 'accounts' | 'done'
  /** History: the last position read. People and accounts: the last profile worked out. */
  readonly cursor: number
  /** Records or profiles done of this phase, and how many there are. */
  readonly done: number
  readonly total: number
  /** History: the last position to read; what comes later is kept as it arrives. */
  readonly untilPosition: number
  /** History: engine time at the cursor. People: engine time to wait for, so that nobody is told of what is over. */
  readonly engineMs: number
  readonly startedAtMs: number
  /** Numbers of computations that are new or have another definition. */
  readonly changed?: readonly number[]
  /** When definitions came back that were gone, engine time by their numbers. Absent for none. */
  readonly cameBackMs?: Readonly<Record<number, number>>
  /** Number in the sync ledger under which it tells. */
  readonly telling?: number
}

/** Numbers of computations. */
export interface Edits {
  /** Those whose definitions are other than before, and those that were not there before. */
  readonly changed: readonly number[]
  readonly appeared: readonly number[]
}
export const NO_EDITS: Edits = { changed: [], appeared: [] }

export interface Wanted {
  readonly digest: string
  /** Keys of leaves, and of those that want history. */
  readonly leaves: readonly string[]
  readonly wantsHistory: ReadonlySet<string>
  /** Keys of what accounts ask of their users. */
  readonly questions: readonly string[]
  readonly edits: Edits
}

export interface RunStart {
  /** Position after which everything is that these leaves may count, by their keys. */
  positionBefore(leaves: readonly string[]): number
  /** Everything up to here was worked through with the former definitions. */
  readonly offset: number
  /** Unix milliseconds. */
  readonly nowMs: number
  readonly engineMs: number
}

const NOTHING_DONE: PeopleRun = {
  reading: 0,
  digest: '',
  since: {},
  filling: [],
  gathering: [],
  phase: 'done',
  cursor: 0,
  done: 0,
  total: 0,
  untilPosition: 0,
  engineMs: 0,
  startedAtMs: 0,
}

/** Definitions have changed: what follows. A reading under way goes on when it covers what is wanted now. */
export function startRun(
  before: PeopleRun | undefined,
  { digest, leaves: leafKeys, wantsHistory, questions, edits }: Wanted,
  start: RunStart,
): PeopleRun {
  const known = before ?? NOTHING_DONE
  const leaves = [...leafKeys, ...questions]
  const isReading = known.phase === 'history'
  const isKept = (key: string) => known.since[key] !== undefined && !(isReading && known.filling.includes(key))
  const missing = leaves.filter((key) => !isKept(key))
  const goesOn = isReading && missing.every((key) => known.filling.includes(key))
  const filling = missing.filter((key) => wantsHistory.has(key))
  const reading = missing.length === 0 || goesOn ? known.reading : known.reading + 1
  const since = Object.fromEntries(
    leaves.map((key): [string, number] => [key, isKept(key) || goesOn ? (known.since[key] ?? reading) : reading]),
  )
  const gathering = questions.filter((key) => known.since[key] === undefined || known.gathering?.includes(key))
  // Not everybody was looked at since what was edited before.
  const earlier: Pick<PeopleRun, 'changed' | 'cameBackMs'> = known.phase === 'done' ? {} : known
  const changed = [...new Set([...(earlier.changed ?? []), ...edits.changed])]
  const cameBackMs = {
    ...earlier.cameBackMs,
    ...Object.fromEntries(edits.appeared.map((number) => [number, start.engineMs])),
  }
  const run = { ...known, reading, digest, since, filling, gathering, changed, cameBackMs }
  if (filling.length === 0) return peoplePhase({ ...run, startedAtMs: start.nowMs }, start.nowMs)
  if (goesOn) return run
  const from = start.positionBefore(filling)
  return {
    ...run,
    phase: 'history',
    cursor: from,
    done: 0,
    total: start.offset - from,
    untilPosition: start.offset,
    engineMs: 0,
    startedAtMs: start.nowMs,
  }
}

/** History is read, or none had to be. @param nowMs Unix milliseconds */
export function peoplePhase(run: PeopleRun, nowMs: number): PeopleRun {
  return { ...run, filling: [], phase: 'people', cursor: 0, done: 0, total: 0, untilPosition: 0, engineMs: nowMs }
}

/** Everybody is worked out. @param withheld numbers of computations that waited for it: nobody was told of them yet */
export function phaseAfter(run: PeopleRun, withheld: ReadonlySet<number>): PeopleRun {
  const { phase, gathering = [], cameBackMs = {} } = run
  if (phase === 'accounts' || gathering.length === 0) return { ...run, phase: 'done' }
  const waited = Object.fromEntries(Object.entries(cameBackMs).filter(([number]) => withheld.has(Number(number))))
  return { ...run, gathering: [], cameBackMs: waited, phase: 'accounts', cursor: 0, done: 0, total: 0 }
}

/** How far a space has come whose definitions have changed. */
export interface RunProgress {
  readonly space: number
  /** `history`: reads records of the log; `people`: works out profiles, and tells; `accounts`: those that asked their users. */
  readonly phase: 'history' | 'people' | 'accounts'
  /** Numbers of the computations whose values wait for it; none once people are told. */
  readonly withheld: readonly number[]
  /** Numbers of the computations whose values may be others when it is over. */
  readonly concerned: readonly number[]
  /** Records or profiles. */
  readonly done: number
  readonly total: number
  readonly startedAtMs: number
  /** When this phase is expected to be over, Unix milliseconds; null while nothing is known. */
  readonly etaMs: number | null
}

/** @param since when and with how much done this process began with the phase */
export function etaOf(
  { done, total }: Pick<PeopleRun, 'done' | 'total'>,
  since: { readonly atMs: number; readonly done: number },
  nowMs: number,
): number | null {
  const [gained, tookMs] = [done - since.done, nowMs - since.atMs]
  if (gained <= 0 || tookMs <= 0) return null
  return Math.round(nowMs + (Math.max(0, total - done) * tookMs) / gained)
}

/** Numbers of the changed computations, and of those that read them, directly or through others. */
export function concernedBy(
  changed: readonly number[],
  computations: readonly Pick<SpaceComputation, 'number' | 'key' | 'definition'>[],
): readonly number[] {
  const concerned = new Set(changed)
  const keys = new Set(computations.flatMap(({ number, key }) => (concerned.has(number) ? [key] : [])))
  for (let isMore = true; isMore; ) {
    isMore = false
    for (const { number, key, definition } of computations) {
      if (concerned.has(number) || traitsReadBy(definition).isDisjointFrom(keys)) continue
      concerned.add(number)
      keys.add(key)
      isMore = true
    }
  }
  return [...concerned]
}
