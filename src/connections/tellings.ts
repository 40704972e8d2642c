/**
 * What destinations are told of a space's people: changes as they come, what was collected, and runs that look at
 * everybody. The sync ledger notes each.
 */
import type { Clock } from '../ports/index.ts'
import type { IdKey, ProfileState, StoredRun } from '../state/index.ts'
import { outputsOf, type Told } from '../unify/index.ts'
import { nextTellingMs, type SpaceConfig } from '../workspace/index.ts'
import type { AcceptedRecord } from './accepted.ts'
import type { Draft, Numbers } from './draft.ts'
import { tellDue } from './due-tellings.ts'
import { definitionRun, type LastRun, lastRunOf } from './last-run.ts'
import { lostTelling } from './lost-tellings.ts'
import { etaOf } from './people-run.ts'
import type { ReadySpace } from './ready-space.ts'
import { RunTable } from './run-table.ts'
import {
  endingRuns,
  type KnownSpace,
  newTargets,
  runOfReturn,
  type TellProgress,
  type TellRequest,
  type TellRun,
  tellRunOf,
} from './space-runs.ts'
import type { Instances } from './sync-ledger.ts'
import { type TellStep, tellPage } from './tell-page.ts'
import { Undelivered, type UndeliveredPorts } from './undelivered.ts'

export interface TellingPorts {
  readonly state: ProfileState
  readonly deliveries: UndeliveredPorts['state']
  readonly log: UndeliveredPorts['log']
  readonly clock: Pick<Clock, 'nowMs'>
}

export class Tellings {
  readonly #ports: TellingPorts
  readonly #numbers: Numbers
  readonly #tells = new RunTable<string, TellRun>('tell')
  /** By the computation's number. */
  readonly #last = new RunTable<number, LastRun>('last')
  /** When, and with how much done, this process began with a run. */
  readonly #begun = new Map<string, { atMs: number; done: number }>()
  /** By the run that wants to know it. */
  readonly #undelivered = new Map<string, Undelivered>()
  #instances: Instances = new Map()
  /** Something in the sync ledger may be due by now. */
  #hasDue = true

  constructor(ports: TellingPorts, numbers: Numbers) {
    this.#ports = ports
    this.#numbers = numbers
  }

  /** @param row as stored; of other kinds of runs nothing is taken */
  load(kind: string | undefined, id: string, row: unknown): void {
    if (kind === 'tell') this.#tells.load(id, row as TellRun)
    else if (kind === 'last') this.#last.load(Number(id), row as LastRun)
  }

  configure(instances: Instances): void {
    this.#instances = instances
  }

  /** Definitions or destinations of a space are others than those that were worked with. */
  changed(before: KnownSpace, now: KnownSpace, space: SpaceConfig): void {
    for (const run of this.#tells.rows) {
      if (run.value !== 'exit' || !Object.hasOwn(now.definitions, run.computation)) continue
      // It is worked out again: nobody is to be told that it is over, but who is not in any more.
      this.#tells.delete(run.id)
      const back = runOfReturn(run, this.#numbers.nextRun())
      this.#tells.set(back.id, back)
    }
    for (const { computation, destinationIds, waits } of newTargets(before, now)) {
      const told = space.computations.find(({ number }) => number === computation)
      if (told === undefined) continue
      const number = this.#numbers.nextRun()
      const id = `first-${number}`
      const request: TellRequest = {
        id,
        spaceId: space.id,
        computation: told,
        value: 'current',
        destinationIds,
        forgets: 'nothing',
      }
      this.#tells.set(id, { ...tellRunOf(request, number), waits })
    }
    for (const run of endingRuns(before, now, space, () => this.#numbers.nextRun())) this.#tells.set(run.id, run)
  }

  /** Looks at everybody who has a value of a computation, and tells of it. @returns how many there are */
  async tell(request: TellRequest): Promise<number> {
    const run = tellRunOf(request, this.#numbers.nextRun())
    const total = await this.#totalOf(run)
    this.#tells.set(request.id, { ...run, total })
    return total
  }

  #totalOf({ value, computation }: TellRun): Promise<number> {
    const { state } = this.#ports
    return value === 'current' ? state.memberCount(computation) : state.standingCount(computation)
  }

  /** Ends a run before its end: what it told is told. @returns whether there was one */
  stop(id: string): boolean {
    const isKnown = this.#tells.has(id)
    if (isKnown) this.#tells.delete(id)
    this.#undelivered.delete(id)
    this.#begun.delete(id)
    return isKnown
  }

  /** Runs under way. */
  get underWay(): readonly TellProgress[] {
    const nowMs = this.#ports.clock.nowMs()
    return this.#tells.rows.map(({ id, computation, value, done, told = 0, total, targets }) => {
      const begun = this.#begun.get(id)
      const etaMs = begun === undefined ? null : etaOf({ done, total }, begun, nowMs)
      const destinationIds = targets.map(({ destinationId }) => destinationId)
      return { id, computation, value, done, told, total, etaMs, destinationIds }
    })
  }

  /**
   * Those of one run who come next, with what this very step has made of them: its calls come before these.
   * @param isWorkedOut whether everybody of a space is worked out by its definitions
   */
  async tellSome(draft: Draft, engineMs: number, isWorkedOut: (spaceId: string) => boolean): Promise<void> {
    const next = this.#tells.rows.find(({ spaceId, waits }) => waits !== true || isWorkedOut(spaceId))
    if (next === undefined) return
    const run = next.total === 0 ? { ...next, total: await this.#totalOf(next) } : next
    if (!this.#begun.has(run.id)) this.#begun.set(run.id, { atMs: this.#ports.clock.nowMs(), done: run.done })
    const undelivered = run.value === 'drifted' ? this.#undeliveredOf(run) : undefined
    // A page of a run is one page of dead letters, or one of people.
    if (undelivered?.isRead === false) {
      await undelivered.readPage()
      return this.#tells.set(run.id, run)
    }
    const page = await tellPage(run, this.#stepOf(draft, engineMs, undelivered))
    for (const profile of run.forgets === 'nothing' ? [] : page.profiles) {
      draft.member(run.computation, profile, false)
      if (run.forgets === 'all') draft.ledger.forget(run.computation, profile)
    }
    draft.append(run.spaceId, page.events)
    this.#noteLast(page.run ?? run, page.run === null)
    // Stopped meanwhile.
    if (!this.#tells.has(run.id)) return
    if (page.run !== null) return this.#tells.set(run.id, page.run)
    this.#undelivered.delete(run.id)
    this.#begun.delete(run.id)
    this.#tells.delete(run.id)
  }

  #noteLast(run: TellRun, isOver: boolean): void {
    const { computation, forgets, undoes } = run
    const before = this.#last.get(computation)
    const last = lastRunOf(run, before, this.#ports.clock.nowMs())
    if (last !== undefined) this.#last.set(computation, last)
    // What is taken back is not taken back again.
    else if (forgets === 'all' || (isOver && before !== undefined && before.number === undoes))
      this.#last.delete(computation)
  }

  /** What the spaces said and destinations did not get. */
  async noteLost(
    accepted: readonly AcceptedRecord[],
    spaces: readonly ReadySpace[],
    draft: Draft,
    keyOf: (space: ReadySpace, name: string) => IdKey,
  ): Promise<void> {
    for (const each of accepted) {
      if (each.unroutedTo === undefined || each.unroutedTo.length === 0) continue
      const space = spaces.find(({ id }) => id === each.record.sourceId)
      const lost = space === undefined ? undefined : lostTelling(each, space)
      if (space === undefined || lost === undefined) continue
      const found = await draft.profilesByIds(lost.names.map((name) => keyOf(space, name)))
      const profile = found.find((id) => id !== null) ?? lost.profile
      if (profile !== undefined) draft.ledger.lose({ ...lost, profile })
    }
  }

  /** What fell due, of all spaces. */
  async tellDue(draft: Draft, engineMs: number, spaces: readonly ReadySpace[]): Promise<void> {
    const { calls, ofRuns, isFull } = await tellDue(this.#stepOf(draft, engineMs), ({ computation, destination }) => {
      for (const { id, targets, computations } of spaces) {
        const target = targets
          .get(computation)
          ?.find(({ destinationId }) => this.#instances.get(destinationId)?.number === destination)
        const key = computations.find(({ number }) => number === computation)?.key
        if (target !== undefined && key !== undefined) return { spaceId: id, key, target }
      }
      // It is over, and the run that says so may have passed whoever somebody became one with.
      const ending = this.#tells.rows.find((run) => run.value === 'exit' && run.computation === computation)
      const target = ending?.targets.find(
        ({ destinationId }) => this.#instances.get(destinationId)?.number === destination,
      )
      return ending === undefined || target === undefined ? undefined : { ...ending, target }
    })
    for (const { spaceId, events } of calls) draft.append(spaceId, events)
    for (const { computation, run } of ofRuns) this.#noteDefinitionRun(computation, run)
    this.#hasDue = isFull || draft.ledger.isDueBy(engineMs)
  }

  #stepOf(draft: Draft, engineMs: number, undelivered?: Undelivered): TellStep {
    const { state } = this.#ports
    return { state, draft, undelivered, instances: this.#instances, atMs: engineMs }
  }

  /** Read anew by each process. */
  #undeliveredOf({ id, targets }: TellRun): Undelivered {
    const known = this.#undelivered.get(id)
    if (known !== undefined) return known
    const numbers = targets.flatMap(({ destinationId }) => this.#instances.get(destinationId)?.number ?? [])
    const { deliveries, log } = this.#ports
    const undelivered = new Undelivered({ state: deliveries, log }, numbers)
    this.#undelivered.set(id, undelivered)
    return undelivered
  }

  /** @param of `profile`: whose it is at the end of the batch */
  output(
    space: ReadySpace,
    told: Told,
    { profile, nowMs, run }: { readonly profile: number; readonly nowMs: number; readonly run: number | null },
    draft: Draft,
  ): void {
    const { computation, value } = told.change
    let isTold = false
    for (const target of space.targets.get(computation) ?? []) {
      const destination = this.#instances.get(target.destinationId)?.number
      if (target.everyMinutes !== undefined && destination !== undefined) {
        const dueMs = nextTellingMs(told.change.atMs, target.everyMinutes)
        draft.ledger.due({ computation, profile, destination }, dueMs, told.cause === 'new_id', run)
        continue
      }
      const events = outputsOf(told, target, nowMs)
      const instance = this.#instances.get(target.destinationId)
      draft.append(space.id, events)
      if (told.cause === 'new_id') {
        draft.ledger.again({ computation, profile }, instance, events, { value, atMs: nowMs })
        continue
      }
      draft.ledger.told({ computation, profile }, instance, events, { value, atMs: nowMs, run })
      isTold = true
      // Told of somebody who has become part of another since then: that one's value counts.
      if (profile !== told.profile && instance !== undefined)
        draft.ledger.due({ computation, profile, destination: instance.number }, nowMs, true, null)
    }
    if (run !== null && isTold) this.#noteDefinitionRun(computation, run)
  }

  #noteDefinitionRun(computation: number, run: number): void {
    const last = definitionRun(run, this.#last.get(computation), this.#ports.clock.nowMs())
    if (last !== undefined) this.#last.set(computation, last)
  }

  get isAtWork(): boolean {
    return this.#tells.rows.length > 0 || this.#hasDue
  }

  get hasUnwritten(): boolean {
    return this.#tells.hasUnwritten || this.#last.hasUnwritten
  }

  takeUnwritten(): StoredRun[] {
    return [...this.#tells.takeUnwritten(), ...this.#last.takeUnwritten()]
  }
}
