/**
 * What the sync ledger says of a step, and what follows from it: who drifted from what their destination was told, and what
 * a run tells of whom. Pure.
 */
import type { ComputedValue } from '../engage/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import type { Joined, LostTellings, NewTelling, StoredTelling, TellingStep, ToldAgain } from '../state/index.ts'
import { messageNumberOf } from '../unify/index.ts'
import type { DestinationInstance } from '../workspace/index.ts'
import { takenBack } from './last-run.ts'
import type { TellRun } from './space-runs.ts'

/** Instances by id. One that is switched off is told nothing. */
export type Instances = ReadonlyMap<string, Pick<DestinationInstance, 'number' | 'enabled'>>

/**
 * Why a destination does not know what holds: it was never told, it was told something else, or what it was told last did
 * not get there.
 */
export type Drift = 'never_told' | 'differs' | 'undelivered'

type Kind = 'audience' | 'trait'
type Key = Pick<NewTelling, 'computation' | 'destination' | 'profile'>

/** In place of the number of calls where there was none to make. */
const NOTHING_SENT = 0

/** The rows that one step writes: for each key one. */
export class StepLedger {
  readonly #rows = new Map<string, NewTelling>()
  readonly #joined: Joined[] = []
  readonly #lost: LostTellings[] = []
  readonly #again: ToldAgain[] = []
  readonly #untold: { computation: number; profile: number }[] = []

  /** @param events what tells it; without any, or with an instance that is off, nothing was told */
  told(
    key: Omit<Key, 'destination'>,
    instance: { readonly number: number; readonly enabled: boolean } | undefined,
    events: readonly NormalisedEvent[],
    { value, atMs, run }: { readonly value: ComputedValue; readonly atMs: number; readonly run: number | null },
  ): void {
    // Whom a destination is not told of, by its rules on ids, is as it should be.
    const message = events.length === 0 ? NOTHING_SENT : messageNumberOf(events[0]?.messageId ?? '')
    if (instance?.enabled !== true || message === undefined) return
    const row = {
      ...key,
      destination: instance.number,
      told: { value: JSON.stringify(value), atMs, message, run },
      due: null,
    }
    this.#rows.set(nameOf(row), row)
  }

  /** The same is told to further ids. */
  again(
    key: Omit<Key, 'destination'>,
    instance: { readonly number: number } | undefined,
    events: readonly NormalisedEvent[],
    { value, atMs }: { readonly value: ComputedValue; readonly atMs: number },
  ): void {
    const message = messageNumberOf(events[0]?.messageId ?? '')
    if (instance === undefined || message === undefined) return
    const row = { ...key, destination: instance.number, value: JSON.stringify(value) }
    this.#again.push({ ...row, atMs, message })
    // The step told another value before, of one of two who are one now.
    const told = this.#rows.get(nameOf(row))?.told
    if (told != null && told.value !== row.value) this.due(row, atMs, true, null)
  }

  /** Is to be looked at from a time on, Unix milliseconds. @param run number of the one it is part of, null for none */
  due(key: Key, atMs: number, anew: boolean, run: number | null): void {
    const known = this.#rows.get(nameOf(key))
    const due =
      known?.due == null
        ? { atMs, anew, run }
        : { atMs: Math.min(known.due.atMs, atMs), anew: known.due.anew || anew, run }
    this.#rows.set(nameOf(key), { ...key, told: known?.told ?? null, due })
  }

  /** Was looked at, and there was nothing to tell. */
  quiet(key: Key): void {
    this.#rows.set(nameOf(key), { ...key, told: this.#rows.get(nameOf(key))?.told ?? null, due: null })
  }

  join(profile: number, into: number, atMs: number): void {
    this.#joined.push({ profile, into, atMs })
    // What this step told of the one is told of the other, whose value counts.
    for (const [name, row] of this.#rows) {
      if (row.profile !== profile) continue
      this.#rows.delete(name)
      const key = { ...row, profile: into }
      const known = this.#rows.get(nameOf(key))
      this.#rows.set(nameOf(key), { ...key, told: known?.told ?? row.told, due: known?.due ?? row.due })
      if (row.told !== null) this.due(key, atMs, true, null)
    }
  }

  /** What an event told did not get there. */
  lose({ computation, profile, message, destinations }: LostTellings): void {
    this.#lost.push({ computation, profile, message, destinations })
  }

  /** What was told of it goes, whatever the destination. */
  forget(computation: number, profile: number): void {
    this.#untold.push({ computation, profile })
  }

  /** Whether the step itself told something. */
  hasTold(key: Key): boolean {
    return this.#rows.get(nameOf(key))?.told != null
  }

  /** Whether something of it can be looked at already with the next step. @param atMs engine time, Unix milliseconds */
  isDueBy(atMs: number): boolean {
    const isDue = ({ due }: NewTelling) => due !== null && due.atMs <= atMs
    return this.#joined.length > 0 || this.#rows.values().some(isDue)
  }

  /** @param isThere of those who are gone nothing is to stay */
  step(isThere: (profile: number) => boolean): TellingStep {
    return {
      joined: this.#joined,
      lost: this.#lost.filter(({ profile }) => isThere(profile)),
      tellings: [...this.#rows.values()].filter(({ profile }) => isThere(profile)),
      again: this.#again.filter(({ profile }) => isThere(profile)),
      untold: this.#untold,
    }
  }
}

const nameOf = ({ computation, destination, profile }: Key) => `${computation} ${destination} ${profile}`

/**
 * Null where the destination knows what holds, or will: something that is due is no drift.
 * @param value JSON of what holds, null for nothing
 * @param isDead whether something of what was told last is known not to have got there
 */
export function driftOf(
  value: string | null,
  telling: Pick<StoredTelling, 'told' | 'due'> | undefined,
  kind: Kind,
  isDead: boolean,
): Drift | null {
  if (telling?.due != null) return null
  const now = value ?? JSON.stringify(nothingOf(kind))
  const told = telling?.told ?? null
  if (told === null) return isKnown(now) ? 'never_told' : null
  if (told.value !== now && (isKnown(told.value) || isKnown(now))) return 'differs'
  return isDead || told.message === null ? 'undelivered' : null
}

/** What a run tells of somebody; undefined for nothing. */
export function valueToTell(
  run: Pick<TellRun, 'value' | 'undoes'>,
  value: string | null,
  telling: StoredTelling | undefined,
  kind: Kind,
  isDead: boolean,
): ComputedValue | undefined {
  const holds: ComputedValue = value === null ? nothingOf(kind) : JSON.parse(value)
  if (run.value === 'before') {
    const before = takenBack(telling, run.undoes ?? 0, JSON.stringify(nothingOf(kind)))
    return before === undefined ? undefined : JSON.parse(before)
  }
  if (run.value === 'drifted') return driftOf(value, telling, kind, isDead) === null ? undefined : holds
  if (run.value === 'exit') return isKnown(value) || isKnown(telling?.told?.value ?? null) ? nothingOf(kind) : undefined
  return holds
}

/** What ends it: an audience is left, a trait goes. */
export const nothingOf = (kind: Kind): ComputedValue => (kind === 'audience' ? false : null)

/** Whether it is anything but the end of something. */
export const isKnown = (value: string | null) => value !== null && value !== 'false' && value !== 'null'
