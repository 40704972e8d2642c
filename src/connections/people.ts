/**
 * People of the pipeline: feeds each space with the events of its sources, and turns what changes into events of the
 * space's own, which go through the log like all others. What is decided is in `unify` and `engage`; this loads what they
 * need and gives back what the step's commit writes.
 */
import { type ComputedValue, type Plans, plansOf, questionKey } from '../engage/index.ts'
import type { NewRecord, StoredRecord } from '../log/index.ts'
import type { Clock } from '../ports/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import type { IdKey, OutboxItem, ProfileState, StoredProfile, UnifyStep } from '../state/index.ts'
import {
  type CompiledRules,
  idKey,
  type Kept,
  keysToLoad,
  mergedKey,
  type OutputTarget,
  outputsOf,
  type PeopleChanges,
  PeopleStep,
  type PeopleStepOptions,
  Person,
  readEvent,
  type StepRecord,
  type Told,
} from '../unify/index.ts'
import { nextTellingMs, type SpaceConfig } from '../workspace/index.ts'
import { encodeCommand } from './command.ts'
import { Draft } from './draft.ts'
import { tellDue } from './due-tellings.ts'
import { typesAskedFor } from './eligibility.ts'
import { type HistoryPorts, type PastRecord, readHistory } from './history.ts'
import type { KeyedHash } from './keyed-hash.ts'
import { definitionRun, type LastRun, lastRunOf } from './last-run.ts'
import { type LinkedAccounts, linkedAccounts } from './linked-accounts.ts'
import { positionBefore } from './log-time.ts'
import { lostTelling } from './lost-tellings.ts'
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
import { SpaceDrops } from './space-drops.ts'
import { compiledRulesOf } from './space-rules.ts'
import {
  digestOf,
  editsOf,
  endingRuns,
  type KnownSpace,
  knownOf,
  NOTHING_KNOWN_OF,
  newTargets,
  runOfReturn,
  type TellProgress,
  type TellRequest,
  type TellRun,
  targetsOf,
  tellRunOf,
} from './space-runs.ts'
import type { Instances } from './sync-ledger.ts'
import { type TellStep, tellPage } from './tell-page.ts'
import { Undelivered, type UndeliveredPorts } from './undelivered.ts'

/** Records of a step that are worked through at a time. */
export const BATCH_RECORDS = 200
/** Profiles that fall due and are worked through in one step. */
export const DUE_MAX = 2_000
/** Profiles looked at in one step when definitions have changed. */
export const REVIEW_MAX = 2_000

/** What the processor accepted, in order. */
export interface AcceptedRecord {
  readonly record: StoredRecord
  readonly event: NormalisedEvent
  /** Numbers of instances that got it not, because they are off or of a kind that is not there. */
  readonly unroutedTo?: readonly number[]
}

export interface PeoplePorts extends HistoryPorts {
  readonly log: HistoryPorts['log'] & UndeliveredPorts['log']
  readonly deliveries: UndeliveredPorts['state']
  readonly state: ProfileState
  readonly clock: Pick<Clock, 'nowMs'>
}

interface ReadySpace extends SpaceConfig {
  /** Digest of its definitions. */
  readonly digest: string
  readonly identity: CompiledRules
  readonly plans: Plans
  readonly kept: Kept
  readonly targets: ReadonlyMap<number, readonly OutputTarget[]>
  /** Types of external ids of which an audience asks one; undefined where anybody may be in. */
  readonly asked: ReadonlyMap<number, ReadonlySet<string> | undefined>
}

export class People {
  readonly #ports: PeoplePorts
  #spaces: readonly ReadySpace[] = []
  #engineMs: number
  #lastProfile = 0
  #lastOutbox = 0
  /** Outbox items that the log has, and who waits for that to be written. */
  #appendedTo = 0
  #waiting: (() => void)[] = []
  /** A tick is on its way through the log. */
  #tickMs: number | null = null
  /** By the space's number: what follows from a change of its definitions. */
  readonly #runs = new Map<number, PeopleRun>()
  /** When, and with how much done, this process began with the phase a run is in. */
  readonly #phases = new Map<number, { phase: string; reading: number; atMs: number; done: number }>()
  readonly #tells = new Map<string, TellRun>()
  /** When, and with how much done, this process began with a run of these. */
  readonly #begun = new Map<string, { atMs: number; done: number }>()
  readonly #known = new Map<number, KnownSpace>()
  /** By the space's number, until the run that follows from them begins. */
  readonly #edits = new Map<number, Edits>()
  /** By the computation's number. */
  readonly #last = new Map<number, LastRun>()
  /** Number of the last run that was begun. */
  #lastRun = 0
  /** By the run that wants to know it. */
  readonly #undelivered = new Map<string, Undelivered>()
  #instances: Instances = new Map()
  /** Something in the sync ledger may be due by now. */
  #hasDue = true
  /** Names of runs whose newest state is not written yet. */
  readonly #unwritten = new Set<string>()
  /** Since the last step. */
  readonly drops = new SpaceDrops()

  /** @param engineMs the latest `receivedAt` worked through, Unix milliseconds */
  constructor(ports: PeoplePorts, engineMs: number) {
    this.#ports = ports
    this.#engineMs = engineMs
  }

  async start(): Promise<void> {
    const { state } = this.#ports
    this.#lastProfile = await state.lastProfileId()
    this.#lastOutbox = await state.lastOutboxNumber()
    for (const { name, body } of await state.runs()) {
      const [kind, id = ''] = name.split(' ')
      const content = JSON.parse(body ?? 'null')
      if (kind === 'people') this.#setRun(Number(id), content)
      else if (kind === 'tell') this.#tells.set(id, content)
      else if (kind === 'known') this.#known.set(Number(id), content)
      else if (kind === 'last') this.#last.set(Number(id), content)
      this.#lastRun = Math.max(this.#lastRun, content.number ?? 0, content.telling ?? 0)
    }
    this.#unwritten.clear()
  }

  /** After `start`. What is different from before is looked at, also when it was changed while no process ran. */
  configure(spaces: readonly SpaceConfig[], instances: Instances): void {
    this.#instances = instances
    this.#spaces = spaces.map((space) => this.#planned(space))
    for (const space of this.#spaces) {
      const before = this.#known.get(space.number) ?? NOTHING_KNOWN_OF
      const now = knownOf(space)
      if (JSON.stringify(before) === JSON.stringify(now)) continue
      for (const run of [...this.#tells.values()]) {
        if (run.value !== 'exit' || !Object.hasOwn(now.definitions, run.computation)) continue
        // It is worked out again: nobody is to be told that it is over, but who is not in any more.
        this.#end('tell', run.id, this.#tells)
        const back = runOfReturn(run, this.#newRunNumber())
        this.#keep('tell', back.id, this.#tells, back)
      }
      for (const { computation, destinationIds } of newTargets(before, now)) {
        const told = space.computations.find(({ number }) => number === computation)
        if (told === undefined) continue
        const number = this.#newRunNumber()
        const id = `first-${number}`
        const request: TellRequest = {
          id,
          spaceId: space.id,
          computation: told,
          value: 'current',
          destinationIds,
          forgets: 'nothing',
        }
        this.#keep('tell', id, this.#tells, tellRunOf(request, number))
      }
      for (const run of endingRuns(before, now, space, () => this.#newRunNumber()))
        this.#keep('tell', run.id, this.#tells, run)
      const [earlier, edits] = [this.#edits.get(space.number) ?? NO_EDITS, editsOf(before, now)]
      this.#edits.set(space.number, {
        changed: [...earlier.changed, ...edits.changed],
        appeared: [...earlier.appeared, ...edits.appeared],
      })
      this.#keep('known', space.number, this.#known, now)
    }
  }

  /** Looks at everybody who has a value of a computation, and tells of it. @returns how many there are */
  async tell(request: TellRequest): Promise<number> {
    const run = tellRunOf(request, this.#newRunNumber())
    const total = await this.#totalOf(run)
    this.#keep('tell', request.id, this.#tells, { ...run, total })
    return total
  }

  /** No row of the ledger has it yet: every telling takes a number of the outbox. */
  #newRunNumber(): number {
    this.#lastRun = Math.max(this.#lastRun, this.#lastOutbox) + 1
    return this.#lastRun
  }

  #totalOf({ value, computation }: TellRun): Promise<number> {
    const { state } = this.#ports
    return value === 'current' ? state.memberCount(computation) : state.standingCount(computation)
  }

  /** Ends a run before its end: what it told is told. @returns whether there was one */
  stopTelling(id: string): boolean {
    const isKnown = this.#tells.has(id)
    if (isKnown) this.#end('tell', id, this.#tells)
    this.#undelivered.delete(id)
    this.#begun.delete(id)
    return isKnown
  }

  /** Runs under way. */
  get telling(): readonly TellProgress[] {
    const nowMs = this.#ports.clock.nowMs()
    return Array.from(this.#tells.values(), ({ id, computation, value, done, told = 0, total, targets }) => {
      const begun = this.#begun.get(id)
      const etaMs = begun === undefined ? null : etaOf({ done, total }, begun, nowMs)
      const destinationIds = targets.map(({ destinationId }) => destinationId)
      return { id, computation, value, done, told, total, etaMs, destinationIds }
    })
  }

  /** Whether there is something to write without any record. */
  get hasWork(): boolean {
    const isAtWork = this.#tells.size > 0 || this.#spaces.some((space) => !this.#isDone(space))
    return isAtWork || this.#hasDue || this.#appendedTo > 0 || this.#unwritten.size > 0
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
    const waiting = [...this.#runs.values()].filter(
      ({ phase, engineMs }) => phase === 'people' && engineMs > this.#engineMs,
    )
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
    erased: readonly string[],
    tickMs: number | null,
    offset: number,
  ): Promise<UnifyStep | undefined> {
    this.#takeUp(offset)
    const draft = new Draft(this.#ports.state)
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
    for (const userId of erased) await this.#forget(userId, draft)
    if (ticks.length > 0) this.#tickMs = null
    if (tickMs !== null && this.#tickMs === null) {
      this.#tickMs = tickMs
      this.#lastOutbox += 1
      const body = encodeCommand({ command: 'tick', atMs: tickMs }).toString()
      draft.append({ number: this.#lastOutbox, sourceId: '', body })
    }
    await this.#noteLost(accepted, draft)
    await this.#tellDue(draft)
    await this.#tellSome(draft)
    const runs = this.#takeUnwritten()
    const appendedTo = this.#appendedTo
    const step = { ...draft.rows(), runs }
    const isEmpty = Object.values(step).every((each) => each.length === 0) && appendedTo === 0
    return isEmpty ? undefined : { ...step, appendedTo }
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
      nowMs = await this.#workBatch(space, { ...NO_BATCH, ...batch }, nowMs, draft)
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
  async #workBatch(
    space: ReadySpace,
    { records, ticks, past, people: reviewed, forgotten }: Batch,
    startMs: number,
    draft: Draft,
  ): Promise<number> {
    const untilMs = records.reduce(
      (latest, { event }) => Math.max(latest, Date.parse(event.receivedAt)),
      Math.max(startMs, ...ticks),
    )
    const names = [...keysToLoad([...records, ...past].map(({ read }) => read))]
    const found = await draft.profilesByIds(names.map((name) => this.#keyOf(space, name)))
    const owners = new Map(
      names.flatMap((name, at): [string, number][] => (found[at] == null ? [] : [[name, found[at]]])),
    )
    const isLive = records.length > 0 || ticks.length > 0
    const due = isLive ? await draft.due({ space: space.number, atMs: untilMs, limit: DUE_MAX }) : []
    const wanted = new Set([...owners.values(), ...[...reviewed, ...forgotten].map(({ id }) => id)])
    const people = new Map([...due, ...(await draft.profiles([...wanted]))].map((each) => [each.id, each]))
    const { accounts, questions } = space.plans
    const asksAccounts = accounts.leaves.size > 0 || questions.size > 0
    const linked = asksAccounts
      ? await linkedAccounts(people, draft, (numbers) =>
          draft.profilesByIds(numbers.map((number) => this.#keyOf(space, mergedKey(number)))),
        )
      : NO_ACCOUNTS
    const step = new PeopleStep({
      rules: space.identity,
      plans: space.plans,
      kept: space.kept,
      isEligible: (computation, types) => {
        const asked = space.asked.get(computation)
        return asked === undefined || types.some((type) => asked.has(type))
      },
      people: [...people.values(), ...linked.accounts],
      merged: linked.merged,
      owners,
      engineMs: startMs,
      ...(this.#isDone(space) ? {} : this.#ofRun(space)),
      newProfileId: () => {
        this.#lastProfile += 1
        return this.#lastProfile
      },
    })
    let nowMs = startMs
    for (const record of records) {
      nowMs = Math.max(nowMs, Date.parse(record.event.receivedAt))
      step.pass(nowMs)
      step.apply(record, nowMs)
    }
    for (const tickMs of ticks) {
      nowMs = Math.max(nowMs, tickMs)
      step.pass(nowMs)
    }
    for (const record of past) step.past(record, record.arrivedMs, nowMs)
    for (const { id } of reviewed) step.review(id, nowMs)
    for (const { id } of forgotten) step.forget(id, nowMs)
    const run = reviewed.length > 0 ? (this.#runs.get(space.number)?.telling ?? null) : null
    this.#collect(space, step.changes(), nowMs, run, draft)
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

  #isDone({ number, digest, computations }: ReadySpace): boolean {
    const run = this.#runs.get(number)
    return run === undefined ? computations.length === 0 : run.phase === 'done' && run.digest === digest
  }

  /** Notes which definitions are new, and what has to be read and worked out for them. */
  #takeUp(offset: number): void {
    const numbers = new Set(this.#spaces.map(({ number }) => number))
    for (const number of this.#runs.keys()) if (!numbers.has(number)) this.#end('people', number, this.#runs)
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
      const run = { ...next, telling: this.#newRunNumber() }
      this.#setRun(space.number, this.#lastProfile === 0 ? { ...run, filling: [], gathering: [], phase: 'done' } : run)
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
      if (page.isLast) this.#spaces = this.#spaces.map((each) => (each === space ? this.#planned(space) : each))
      return { past: page.records, people: [] }
    }
    if (run.engineMs > this.#engineMs) return NO_PART
    const people = await state.profilesAfter({ space: space.number, after: run.cursor, limit: REVIEW_MAX })
    const last = people.at(-1)
    const total = run.cursor === 0 ? await state.profileCount(space.number) : run.total
    if (last === undefined) {
      this.#setRun(space.number, phaseAfter(run, space.plans.accounts.withheld))
      this.#spaces = this.#spaces.map((each) => (each === space ? this.#planned(space) : each))
    } else this.#setRun(space.number, { ...run, cursor: last.id, done: run.done + people.length, total })
    return { past: [], people }
  }

  #setRun(space: number, run: PeopleRun): void {
    this.#keep('people', space, this.#runs, run)
    const { phase, reading, done } = run
    const known = this.#phases.get(space)
    if (known?.phase === phase && known.reading === reading) return
    this.#phases.set(space, { phase, reading, atMs: this.#ports.clock.nowMs(), done })
  }

  /** A space made ready, as far as its run has come. */
  #planned(space: SpaceConfig): ReadySpace {
    const run = this.#runs.get(space.number)
    const targets = space.computations.map((each) => [each.number, targetsOf(space.id, each)] as const)
    const plans = plansOf(space.computations, new Set(run?.filling), new Set(run?.gathering))
    const ofPeople = space.computations.filter(({ level }) => level !== 'accounts')
    return {
      ...space,
      digest: digestOf(space),
      identity: compiledRulesOf(space),
      plans,
      kept: { reading: run?.reading ?? 0, since: new Map(Object.entries(run?.since ?? {})) },
      targets: new Map(targets),
      asked: new Map([...ofPeople, ...plans.questions.values()].map((each) => [each.number, typesAskedFor(each)])),
    }
  }

  /** Those of one run who come next, with what this very step has made of them: its calls come before these. */
  async #tellSome(draft: Draft): Promise<void> {
    const next = this.#tells.values().find(({ spaceId, waits }) => waits !== true || this.#isLookedAt(spaceId))
    if (next === undefined) return
    const run = next.total === 0 ? { ...next, total: await this.#totalOf(next) } : next
    if (!this.#begun.has(run.id)) this.#begun.set(run.id, { atMs: this.#ports.clock.nowMs(), done: run.done })
    const undelivered = run.value === 'drifted' ? this.#undeliveredOf(run) : undefined
    // A page of a run is one page of dead letters, or one of people.
    if (undelivered?.isRead === false) {
      await undelivered.readPage()
      return this.#keep('tell', run.id, this.#tells, run)
    }
    const page = await tellPage(run, this.#tellStep(draft, undelivered))
    for (const profile of run.forgets === 'nothing' ? [] : page.profiles) {
      draft.member(run.computation, profile, false)
      if (run.forgets === 'all') draft.ledger.forget(run.computation, profile)
    }
    this.#append(run.spaceId, page.events, draft)
    this.#noteLast(page.run ?? run, page.run === null)
    // Stopped meanwhile.
    if (!this.#tells.has(run.id)) return
    if (page.run !== null) return this.#keep('tell', run.id, this.#tells, page.run)
    this.#undelivered.delete(run.id)
    this.#begun.delete(run.id)
    this.#end('tell', run.id, this.#tells)
  }

  /** Whether everybody of a space is worked out by its definitions. */
  #isLookedAt(spaceId: string): boolean {
    return this.#spaces.every((space) => space.id !== spaceId || this.#isDone(space))
  }

  #noteLast(run: TellRun, isOver: boolean): void {
    const { computation, forgets, undoes } = run
    const before = this.#last.get(computation)
    const last = lastRunOf(run, before, this.#ports.clock.nowMs())
    if (last !== undefined) this.#keep('last', computation, this.#last, last)
    // What is taken back is not taken back again.
    else if (forgets === 'all' || (isOver && before !== undefined && before.number === undoes))
      this.#end('last', computation, this.#last)
  }

  /** What the spaces said and destinations did not get. */
  async #noteLost(accepted: readonly AcceptedRecord[], draft: Draft): Promise<void> {
    for (const each of accepted) {
      if (each.unroutedTo === undefined || each.unroutedTo.length === 0) continue
      const space = this.#spaces.find(({ id }) => id === each.record.sourceId)
      const lost = space === undefined ? undefined : lostTelling(each, space)
      if (space === undefined || lost === undefined) continue
      const found = await draft.profilesByIds(lost.names.map((name) => this.#keyOf(space, name)))
      const profile = found.find((id) => id !== null) ?? lost.profile
      if (profile !== undefined) draft.ledger.lose({ ...lost, profile })
    }
  }

  /** What fell due, of all spaces. */
  async #tellDue(draft: Draft): Promise<void> {
    const { calls, ofRuns, isFull } = await tellDue(this.#tellStep(draft), ({ computation, destination }) => {
      for (const { id, targets, computations } of this.#spaces) {
        const target = targets
          .get(computation)
          ?.find(({ destinationId }) => this.#instances.get(destinationId)?.number === destination)
        const key = computations.find(({ number }) => number === computation)?.key
        if (target !== undefined && key !== undefined) return { spaceId: id, key, target }
      }
      return undefined
    })
    for (const { spaceId, events } of calls) this.#append(spaceId, events, draft)
    for (const { computation, run } of ofRuns) this.#noteDefinitionRun(computation, run)
    this.#hasDue = isFull || draft.ledger.isDueBy(this.#engineMs)
  }

  #tellStep(draft: Draft, undelivered?: Undelivered): TellStep {
    const { state } = this.#ports
    return { state, draft, undelivered, instances: this.#instances, atMs: this.#engineMs }
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

  #keep<Id extends string | number, T>(kind: string, id: Id, runs: Map<Id, T>, value: T): void {
    runs.set(id, value)
    this.#unwritten.add(`${kind} ${id}`)
  }

  #end<Id extends string | number>(kind: string, id: Id, runs: Map<Id, unknown>): void {
    runs.delete(id)
    this.#unwritten.add(`${kind} ${id}`)
  }

  #takeUnwritten(): UnifyStep['runs'] {
    const runs = Array.from(this.#unwritten, (name) => {
      const [kind, id = ''] = name.split(' ')
      const all: ReadonlyMap<string | number, unknown> =
        { people: this.#runs, tell: this.#tells, last: this.#last }[kind ?? ''] ?? this.#known
      const body = all.get(kind === 'tell' ? id : Number(id))
      return { name, body: body === undefined ? null : JSON.stringify(body) }
    })
    this.#unwritten.clear()
    return runs
  }

  /** Nothing of a person who asked to be forgotten stays here. */
  async #forget(userId: string, draft: Draft): Promise<void> {
    for (const space of this.#spaces) {
      const name = idKey('users', { type: 'user_id', value: userId })
      const [id = null] = await draft.profilesByIds([this.#keyOf(space, name)])
      const [stored] = id === null ? [] : await draft.profiles([id])
      if (stored === undefined) continue
      await this.#workBatch(space, { ...NO_BATCH, forgotten: [stored] }, this.#engineMs, draft)
      const { ids } = Person.decode(stored.id, stored.document).identity
      for (const each of ids) draft.lead(this.#keyOf(space, idKey('users', each)), null)
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
      this.#output(space, told, { profile: survivorOf(told.profile, merged), nowMs, run }, draft)
    }
  }

  /** @param of `profile`: whose it is at the end of the batch */
  #output(
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
      this.#append(space.id, events, draft)
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
    if (last !== undefined) this.#keep('last', computation, this.#last, last)
  }

  #append(sourceId: string, events: readonly NormalisedEvent[], draft: Draft): void {
    for (const event of events) {
      this.#lastOutbox += 1
      draft.append({ number: this.#lastOutbox, sourceId, body: JSON.stringify(event) })
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

/** Some of what a step works through, of one kind. */
interface Batch {
  readonly records: readonly StepRecord[]
  readonly ticks: readonly number[]
  readonly past: readonly PastRecord[]
  readonly people: readonly StoredProfile[]
  readonly forgotten: readonly StoredProfile[]
}
const NO_BATCH: Batch = { records: [], ticks: [], past: [], people: [], forgotten: [] }

const batchesOf = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / BATCH_RECORDS) }, (_, at) =>
    all.slice(at * BATCH_RECORDS, (at + 1) * BATCH_RECORDS),
  )

/** Whether it makes somebody a member, of an audience or of those who have a trait. */
const isSomething = (value: ComputedValue): boolean => value !== null && value !== false

/** What a step does of a run. */
interface Part {
  readonly past: readonly PastRecord[]
  readonly people: readonly StoredProfile[]
}
const NO_ACCOUNTS: LinkedAccounts = { accounts: [], merged: new Map() }
const NO_PART: Part = { past: [], people: [] }
