/**
 * People of the pipeline: feeds each space with the events of its sources, and turns what changes into events of the
 * space's own, which go through the log like all others. What is decided is in `unify` and `engage`; this loads what they
 * need and gives back what the step's commit writes.
 */
import { type ComputedValue, questionKey } from '../engage/index.ts'
import type { NewRecord } from '../log/index.ts'
import type { Clock } from '../ports/index.ts'
import type { IdKey, OutboxItem, ProfileState, StoredProfile, UnifyStep } from '../state/index.ts'
import {
  idKey,
  mergedKey,
  mergedNumbers,
  namelessOf,
  type PeopleChanges,
  type PeopleStepOptions,
  Person,
  readEvent,
} from '../unify/index.ts'
import type { SpaceConfig } from '../workspace/index.ts'
import type { AcceptedRecord } from './accepted.ts'
import { encodeCommand } from './command.ts'
import { Draft, Numbers } from './draft.ts'
import { type HistoryPorts, type PastRecord, readHistory } from './history.ts'
import type { KeyedHash } from './keyed-hash.ts'
import { positionBefore } from './log-time.ts'
import {
  concernedBy,
  type Edits,
  etaOf,
  NO_EDITS,
  type PeopleRun,
  peoplePhase,
  phaseAfter,
  type RunProgress,
  startRun,
} from './people-run.ts'
import type { Forgotten } from './processor.ts'
import { isWorkedOut, type ReadySpace, readySpace } from './ready-space.ts'
import { RunTable } from './run-table.ts'
import { type Batch, batchesOf, workBatch } from './space-batch.ts'
import { SpaceDrops } from './space-drops.ts'
import {
  editsOf,
  type KnownSpace,
  knownOf,
  NOTHING_KNOWN_OF,
  type TellProgress,
  type TellRequest,
} from './space-runs.ts'
import type { Instances } from './sync-ledger.ts'
import { Tellings } from './tellings.ts'
import type { UndeliveredPorts } from './undelivered.ts'

/** Profiles looked at in one step when definitions have changed. */
export const REVIEW_MAX = 2_000

export interface PeoplePorts extends HistoryPorts {
  readonly log: HistoryPorts['log'] & UndeliveredPorts['log']
  readonly deliveries: UndeliveredPorts['state']
  readonly state: ProfileState
  readonly clock: Pick<Clock, 'nowMs'>
}

/** An anonymous id that a space gave to somebody who had none. */
export interface ForgottenName extends Pick<Forgotten, 'position' | 'atMs'> {
  readonly name: string
}

export class People {
  readonly #ports: PeoplePorts
  #spaces: readonly ReadySpace[] = []
  #engineMs: number
  readonly #numbers = new Numbers()
  readonly #tellings: Tellings
  /** Outbox items that the log has, and who waits for that to be written. */
  #appendedTo = 0
  #waiting: (() => void)[] = []
  /** A tick is on its way through the log. */
  #tickMs: number | null = null
  /** By the space's number: what follows from a change of its definitions. */
  readonly #runs = new RunTable<number, PeopleRun>('people')
  /** When, and with how much done, this process began with the phase a run is in. */
  readonly #phases = new Map<number, { phase: string; reading: number; atMs: number; done: number }>()
  readonly #known = new RunTable<number, KnownSpace>('known')
  /** By the space's number, until the run that follows from them begins. */
  readonly #edits = new Map<number, Edits>()
  /** Names that destinations may know forgotten people by, of the last step. */
  readonly #forgottenNames: ForgottenName[] = []
  /** Since the last step. */
  readonly drops = new SpaceDrops()

  /** @param engineMs the latest `receivedAt` worked through, Unix milliseconds */
  constructor(ports: PeoplePorts, engineMs: number) {
    this.#ports = ports
    this.#engineMs = engineMs
    this.#tellings = new Tellings(ports, this.#numbers)
  }

  async start(): Promise<void> {
    const { state } = this.#ports
    this.#numbers.profile = await state.lastProfileId()
    this.#numbers.outbox = await state.lastOutboxNumber()
    for (const { name, body } of await state.runs()) {
      const [kind, id = ''] = name.split(' ')
      const row = JSON.parse(body ?? 'null')
      if (kind === 'people') {
        this.#runs.load(Number(id), row)
        this.#noteBegin(Number(id), row)
      } else if (kind === 'known') this.#known.load(Number(id), row)
      else this.#tellings.load(kind, id, row)
      this.#numbers.run = Math.max(this.#numbers.run, row.number ?? 0, row.telling ?? 0)
    }
  }

  /** After `start`. What is different from before is looked at, also when it was changed while no process ran. */
  configure(spaces: readonly SpaceConfig[], instances: Instances): void {
    this.#tellings.configure(instances)
    this.#spaces = spaces.map((space) => this.#planned(space))
    for (const space of this.#spaces) {
      const before = this.#known.get(space.number) ?? NOTHING_KNOWN_OF
      const now = knownOf(space)
      if (JSON.stringify(before) === JSON.stringify(now)) continue
      this.#tellings.changed(before, now, space)
      const [earlier, edits] = [this.#edits.get(space.number) ?? NO_EDITS, editsOf(before, now)]
      this.#edits.set(space.number, {
        changed: [...earlier.changed, ...edits.changed],
        appeared: [...earlier.appeared, ...edits.appeared],
      })
      this.#known.set(space.number, now)
    }
  }

  /** Looks at everybody who has a value of a computation, and tells of it. @returns how many there are */
  tell(request: TellRequest): Promise<number> {
    return this.#tellings.tell(request)
  }

  /** Ends a run before its end: what it told is told. @returns whether there was one */
  stopTelling(id: string): boolean {
    return this.#tellings.stop(id)
  }

  /** Runs under way that tell of everybody. */
  get telling(): readonly TellProgress[] {
    return this.#tellings.underWay
  }

  /** Whether there is something to write without any record. */
  get hasWork(): boolean {
    const isAtWork = this.#tellings.isAtWork || this.#spaces.some((space) => !this.#isDone(space))
    const hasUnwritten = [this.#runs, this.#known, this.#tellings].some((each) => each.hasUnwritten)
    return isAtWork || this.#appendedTo > 0 || hasUnwritten
  }

  /** Spaces whose history is read or whose people are all being worked out anew. */
  get progress(): readonly RunProgress[] {
    return this.#spaces.flatMap((space): RunProgress[] => {
      const run = this.#runs.get(space.number)
      if (this.#isDone(space)) return []
      const nowMs = this.#ports.clock.nowMs()
      if (run === undefined || run.phase === 'done') {
        const withheld = space.computations.map(({ number }) => number)
        const concerned = concernedBy(this.#edits.get(space.number)?.changed ?? [], space.computations)
        const waiting = { space: space.number, phase: 'history', withheld, concerned } as const
        return [{ ...waiting, done: 0, total: 0, startedAtMs: nowMs, etaMs: null }]
      }
      const { phase, done, total, startedAtMs } = run
      const begun = this.#phases.get(space.number)
      const etaMs = begun === undefined ? null : etaOf(run, begun, nowMs)
      return [
        {
          space: space.number,
          phase,
          withheld: [...space.plans.users.withheld, ...space.plans.accounts.withheld],
          concerned: concernedBy(run.changed ?? [], space.computations),
          done,
          total,
          startedAtMs,
          etaMs,
        },
      ]
    })
  }

  /** Engine time that somebody waits for before people are told, undefined for nobody. Unix milliseconds. */
  get wantedTickMs(): number | undefined {
    if (this.#tickMs !== null) return undefined
    const waiting = this.#runs.rows.filter(({ phase, engineMs }) => phase === 'people' && engineMs > this.#engineMs)
    return waiting.length === 0 ? undefined : Math.max(...waiting.map(({ engineMs }) => engineMs))
  }

  /** Resolves when it is written that the log has the outbox up to a number. */
  appended(to: number): Promise<void> {
    this.#appendedTo = Math.max(this.#appendedTo, to)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** When time alone changes something, Unix milliseconds: a tick is due then. Undefined for never, or while one is under way. */
  async nextTickMs(): Promise<number | undefined> {
    if (this.#tickMs !== null || this.#spaces.length === 0) return undefined
    return (await this.#ports.state.nextDueMs()) ?? undefined
  }

  /**
   * What a step's records do to people. @param ticks engine times that commands of the log named
   * @param tickMs asks for a tick of this time, null for none
   * @param offset position before the step: everything up to it was worked through
   */
  async prepare(
    accepted: readonly AcceptedRecord[],
    ticks: readonly number[],
    erased: readonly Forgotten[],
    tickMs: number | null,
    offset: number,
  ): Promise<UnifyStep | undefined> {
    this.#takeUp(offset)
    const draft = new Draft(this.#ports.state, this.#numbers)
    const startMs = this.#engineMs
    // One space at a time has its history read or its people worked out, and none while somebody is forgotten.
    const ahead = erased.length > 0 ? undefined : this.#spaces.find((space) => !this.#isDone(space))
    for (const space of this.#spaces) {
      const records = accepted.filter(({ record }) => space.sourceIds.has(record.sourceId))
      const part = space === ahead ? await this.#partOf(space) : NO_PART
      await this.#workSpace(space, records, ticks, startMs, part, draft)
    }
    for (const { event } of accepted) this.#engineMs = Math.max(this.#engineMs, Date.parse(event.receivedAt))
    for (const ms of ticks) this.#engineMs = Math.max(this.#engineMs, ms)
    for (const each of erased) await this.#forget(each, draft)
    if (ticks.length > 0) this.#tickMs = null
    if (tickMs !== null && this.#tickMs === null) {
      this.#tickMs = tickMs
      draft.command(encodeCommand({ command: 'tick', atMs: tickMs }).toString())
    }
    await this.#tellings.noteLost(accepted, this.#spaces, draft, (space, name) => this.#keyOf(space, name))
    await this.#tellings.tellDue(draft, this.#engineMs, this.#spaces)
    await this.#tellings.tellSome(draft, this.#engineMs, (spaceId) =>
      this.#spaces.every((space) => space.id !== spaceId || this.#isDone(space)),
    )
    const runs = [this.#runs, this.#known, this.#tellings].flatMap((each) => each.takeUnwritten())
    const appendedTo = this.#appendedTo
    const step = { ...draft.rows(), runs }
    const isEmpty = Object.values(step).every((each) => each.length === 0) && appendedTo === 0
    return isEmpty ? undefined : { ...step, appendedTo, atMs: this.#engineMs }
  }

  /** What is on its way under these names is not to arrive any more. Each is given once. */
  takeForgottenNames(): readonly ForgottenName[] {
    return this.#forgottenNames.splice(0)
  }

  /** The step of the last `prepare` is written. @returns whether there is something new in the outbox */
  committed(step: UnifyStep): boolean {
    if (step.appendedTo > 0) {
      if (this.#appendedTo === step.appendedTo) this.#appendedTo = 0
      const waiting = this.#waiting
      this.#waiting = []
      for (const resolve of waiting) resolve()
    }
    return step.outbox.length > 0
  }

  async #workSpace(
    space: ReadySpace,
    accepted: readonly AcceptedRecord[],
    ticks: readonly number[],
    startMs: number,
    part: Part,
    draft: Draft,
  ): Promise<void> {
    let nowMs = startMs
    const work = async (batch: Partial<Batch>) => {
      nowMs = await this.#workBatch(space, batch, nowMs, draft)
    }
    for (const records of batchesOf(accepted)) {
      await work({
        records: records.map(({ record: { position, sourceId }, event }) => {
          return { position, sourceId, event, read: readEvent(event, space.identity) }
        }),
      })
    }
    if (ticks.length > 0) await work({ ticks })
    for (const past of batchesOf(part.past)) await work({ past })
    for (const people of batchesOf(part.people)) await work({ people })
  }

  /** @returns engine time after it */
  async #workBatch(space: ReadySpace, batch: Partial<Batch>, startMs: number, draft: Draft): Promise<number> {
    const { changes, nowMs } = await workBatch(space, batch, {
      draft,
      startMs,
      keyOf: (name) => this.#keyOf(space, name),
      newProfileId: () => this.#numbers.nextProfile(),
      minds: this.#isDone(space) ? {} : this.#ofRun(space),
    })
    const isReviewed = batch.people !== undefined && batch.people.length > 0
    const run = isReviewed ? (this.#runs.get(space.number)?.telling ?? null) : null
    this.#collect(space, changes, nowMs, run, draft)
    return nowMs
  }

  /** What a step minds while not everybody was looked at since definitions changed. */
  #ofRun({ id, number, deleted = [] }: ReadySpace): Pick<PeopleStepOptions, 'cameBackMs' | 'retention'> {
    const { cameBackMs = {} } = this.#runs.get(number) ?? {}
    return {
      cameBackMs: new Map(Object.entries(cameBackMs).map(([computation, ms]) => [Number(computation), ms])),
      retention: { spaceId: id, deleted },
    }
  }

  #isDone(space: ReadySpace): boolean {
    return isWorkedOut(space, this.#runs.get(space.number))
  }

  /** Notes which definitions are new, and what has to be read and worked out for them. */
  #takeUp(offset: number): void {
    const numbers = new Set(this.#spaces.map(({ number }) => number))
    for (const number of this.#runs.ids) if (!numbers.has(number)) this.#runs.delete(number)
    this.#spaces = this.#spaces.map((space) => {
      const known = this.#runs.get(space.number)
      if (this.#isDone(space) || known?.digest === space.digest) return space
      const { users, accounts, questions } = space.plans
      const wanted = {
        digest: space.digest,
        leaves: [...users.leaves.keys(), ...accounts.leaves.keys()],
        wantsHistory: users.wantsHistory.union(accounts.wantsHistory),
        questions: [...questions.keys()].map(questionKey),
        edits: this.#edits.get(space.number) ?? NO_EDITS,
      }
      const nowMs = this.#ports.clock.nowMs()
      const positionAt = (leaves: readonly string[]) => {
        const fromMs = leaves.map((key) => (users.leaves.get(key) ?? accounts.leaves.get(key))?.fromMs)
        return positionBefore(this.#ports.log, Math.min(...fromMs.map((ms) => ms ?? Number.NEGATIVE_INFINITY)), offset)
      }
      const start = { positionBefore: positionAt, offset, nowMs, engineMs: this.#engineMs }
      const next = startRun(known, wanted, start)
      // Where nobody is known there is nothing to read, to work out or to tell.
      const run = { ...next, telling: this.#numbers.nextRun() }
      this.#setRun(
        space.number,
        this.#numbers.profile === 0 ? { ...run, filling: [], gathering: [], phase: 'done' } : run,
      )
      return this.#planned(space)
    })
    this.#edits.clear()
  }

  /** What is done in this step of a space's run: a page of history, or some of its people. */
  async #partOf(space: ReadySpace): Promise<Part> {
    const { state, clock } = this.#ports
    const run = this.#runs.get(space.number)
    if (run === undefined) return NO_PART
    if (run.phase === 'history') {
      const page = await readHistory(this.#ports, run, space.plans, space.sourceIds, space.identity)
      this.#setRun(space.number, page.isLast ? peoplePhase(page.run, clock.nowMs()) : page.run)
      // With the next step: this one still works with the plan of a history that is read.
      if (page.isLast)
        this.#spaces = this.#spaces.map((each) => (each.number === space.number ? this.#planned(each) : each))
      return { past: page.records, people: [] }
    }
    if (run.engineMs > this.#engineMs) return NO_PART
    const people = await state.profilesAfter({ space: space.number, after: run.cursor, limit: REVIEW_MAX })
    const last = people.at(-1)
    const total = run.cursor === 0 ? await state.profileCount(space.number) : run.total
    if (last === undefined) {
      this.#setRun(space.number, phaseAfter(run, space.plans.accounts.withheld))
      this.#spaces = this.#spaces.map((each) => (each.number === space.number ? this.#planned(each) : each))
    } else this.#setRun(space.number, { ...run, cursor: last.id, done: run.done + people.length, total })
    return { past: [], people }
  }

  #setRun(space: number, run: PeopleRun): void {
    this.#runs.set(space, run)
    this.#noteBegin(space, run)
  }

  #noteBegin(space: number, run: PeopleRun): void {
    const { phase, reading, done } = run
    const known = this.#phases.get(space)
    if (known?.phase === phase && known.reading === reading) return
    this.#phases.set(space, { phase, reading, atMs: this.#ports.clock.nowMs(), done })
  }

  #planned(space: SpaceConfig): ReadySpace {
    return readySpace(space, this.#runs.get(space.number))
  }

  /** Nothing of a person who asked to be forgotten stays here. */
  async #forget({ id: asked, spaceId, position, atMs }: Forgotten, draft: Draft): Promise<void> {
    for (const space of this.#spaces) {
      if (spaceId !== undefined && spaceId !== space.id) continue
      const name = idKey('users', asked)
      const [id = null] = await draft.profilesByIds([this.#keyOf(space, name)])
      const [stored] = id === null ? [] : await draft.profiles([id])
      if (stored === undefined) continue
      await this.#workBatch(space, { forgotten: [stored] }, this.#engineMs, draft)
      const { identity, records } = Person.decode(stored.id, stored.document)
      for (const each of identity.ids) draft.lead(this.#keyOf(space, idKey('users', each)), null)
      const merged = mergedNumbers(records)
      for (const number of merged) draft.lead(this.#keyOf(space, mergedKey(number)), null)
      for (const number of [stored.id, ...merged])
        this.#forgottenNames.push({ name: namelessOf(number), position, atMs })
    }
  }

  /** @param run number of the run that all of it is part of, null for none */
  #collect(space: ReadySpace, changes: PeopleChanges, nowMs: number, run: number | null, draft: Draft): void {
    for (const each of changes.people) draft.put({ ...each, space: space.number })
    for (const id of changes.gone) draft.drop(id)
    for (const dropped of changes.dropped) this.drops.add(space.number, dropped)
    for (const { collection, type, value, profileId } of changes.mappings)
      draft.lead(this.#keyOf(space, idKey(collection, { type, value })), Number(profileId))
    for (const { id, into } of changes.merged) {
      draft.lead(this.#keyOf(space, mergedKey(id)), into)
      draft.ledger.join(id, into, nowMs)
    }
    const merged = new Map(changes.merged.map(({ id, into }) => [id, into]))
    const gone = new Set(changes.gone)
    for (const told of changes.told) {
      const { computation, value, before } = told.change
      const isIn = isSomething(value)
      // Who has got another's ids may have got what the other was in with them.
      if (!gone.has(told.profile) && (told.cause === 'new_id' || isIn !== isSomething(before)))
        draft.member(computation, told.profile, isIn)
      this.#tellings.output(space, told, { profile: survivorOf(told.profile, merged), nowMs, run }, draft)
    }
  }

  #keyOf(space: SpaceConfig, name: string): IdKey {
    return profileKey(this.#ports.hash, space.id, name)
  }
}

/** Who somebody is at the end of a step, if they became part of another in it. */
function survivorOf(profile: number, merged: ReadonlyMap<number, number>): number {
  let at = profile
  for (let into = merged.get(at); into !== undefined; into = merged.get(at)) at = into
  return at
}

/** What an external id is called in the state. @param name its `idKey` */
export function profileKey(hash: KeyedHash, spaceId: string, name: string): IdKey {
  return hash.message(spaceId, name)
}

/** As the log takes it: a tick is a command, the rest are events of their space. */
export function outboxRecord({ sourceId, body }: OutboxItem): NewRecord {
  return { kind: sourceId === '' ? 'command' : 'event', sourceId, body: Buffer.from(body) }
}

/** Whether it makes somebody a member, of an audience or of those who have a trait. */
const isSomething = (value: ComputedValue): boolean => value !== null && value !== false

/** What a step does of a run. */
interface Part {
  readonly past: readonly PastRecord[]
  readonly people: readonly StoredProfile[]
}
const NO_PART: Part = { past: [], people: [] }
