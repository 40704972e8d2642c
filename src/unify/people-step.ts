/**
 * What the events of one step do to the people of one space: whose they are, what is known of them now, which traits and
 * audiences change, and what falls due by time alone. Pure: profiles as stored come in, profiles to store go out. Steps
 * of any size give the same profiles and the same changes in the same order.
 */
import {
  applyAnswers,
  applyEvent,
  applyPast,
  applyTraits,
  type Change,
  dueAtMs,
  type EngageState,
  evaluateAll,
  mergeInto,
  type Plan,
  type Plans,
  type ProfileView,
  QUESTIONS_FROM,
  runTimers,
  settle,
  type Turned,
  withoutLeaves,
} from '../engage/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import { AccountUsers } from './account-users.ts'
import { Person } from './document.ts'
import { type Dropped, dropsOf, traitDropsOf } from './drops.ts'
import {
  type Cause,
  type Collection,
  type CompiledRules,
  type Decision,
  type HeldId,
  type IdentityRecord,
  IdentityStep,
  type IdMapping,
  mergeTraits,
  type ReadEvent,
  recordKeyOf,
  type Traits,
  traitsOf,
  updateTraits,
} from './identity/index.ts'
import { withRecords } from './records.ts'
import { type Retention, withRetained } from './retained.ts'

/** As the state keeps it. */
export interface StoredPerson {
  readonly id: number
  readonly document: string
  readonly dueAtMs: number | null
}

/**
 * What a space keeps of its people's events. Definitions come and go, and a profile that nothing happened to may still
 * have what was kept for a former one: that has a gap, and is left out.
 */
export interface Kept {
  /** Number of the space's last reading of history. */
  readonly reading: number
  /** With which reading each leaf has been kept since, by its key. */
  readonly since: ReadonlyMap<string, number>
}

export interface PeopleStepOptions {
  readonly rules: CompiledRules
  readonly plans: Plans
  readonly kept: Kept
  /** Whether somebody with external ids of these types may be in an audience. */
  isEligible(computation: number, types: readonly string[]): boolean
  /** Everybody who has an id of the step's events or something due up to its end, and their accounts where they have computations. */
  readonly people: Iterable<StoredPerson>
  /** Numbers that stand in links, and what they are called since they became part of another profile. */
  readonly merged: ReadonlyMap<number, number>
  /** Which profile has each name of `keysToLoad`; those that nobody has are left out. */
  readonly owners: ReadonlyMap<string, number>
  readonly newProfileId: () => number
  /** Engine time before the step, Unix milliseconds. */
  readonly engineMs: number
  /** When computations came back that were gone, engine time by their numbers. Not given where everybody was told. */
  readonly cameBackMs?: ReadonlyMap<number, number>
  /** What stays of deleted computations. Not given where everybody has it. */
  readonly retention?: Retention
}

/** Something to tell destinations. */
export interface Told {
  readonly profile: number
  readonly collection: Collection
  readonly change: Change
  /** Why: a value is another, or somebody with a value has got another id. */
  readonly cause: 'changed' | 'new_id'
  /** The profile's at that moment. */
  readonly ids: readonly HeldId[]
  readonly traits: Traits
}

export interface PeopleChanges {
  readonly people: readonly StoredPerson[]
  readonly gone: readonly number[]
  /** Of those that are gone, which profile each became part of. */
  readonly merged: readonly { readonly id: number; readonly into: number }[]
  readonly mappings: readonly IdMapping[]
  readonly told: readonly Told[]
  /** What the events brought that became no part of anybody. */
  readonly dropped: readonly Dropped[]
}

export interface StepRecord {
  readonly position: number
  readonly sourceId: string
  readonly event: NormalisedEvent
  /** Its external ids, read to know whom to load. */
  readonly read: ReadEvent
}

export class PeopleStep {
  readonly #options: PeopleStepOptions
  readonly #identity: IdentityStep
  readonly #people = new Map<number, Person>()
  readonly #accounts: AccountUsers
  readonly #changed = new Set<number>()
  readonly #gone: number[] = []
  readonly #merged: { id: number; into: number }[] = []
  readonly #told: Told[] = []
  readonly #dropped: Dropped[] = []
  /** Number of the change and of the ids it was told with, by profile and computation. */
  readonly #lastTold = new Map<string, string>()
  readonly #dues = new Map<number, number>()
  /** Nothing is due before. */
  #nextDueMs = Number.POSITIVE_INFINITY

  constructor(options: PeopleStepOptions) {
    this.#options = options
    for (const { id, document, dueAtMs } of options.people) {
      this.#people.set(id, this.#upToDate(Person.decode(id, document)))
      this.#noteDue(id, dueAtMs)
    }
    this.#identity = new IdentityStep({
      rules: options.rules,
      owners: new Map([...options.owners].map(([key, id]) => [key, String(id)])),
      profiles: Array.from(this.#people.values(), ({ identity }) => identity),
      newProfileId: () => String(options.newProfileId()),
    })
    const people = {
      get: (id: number) => this.#people.get(id),
      put: (id: number, person: Person) => this.#put(id, person),
      isAsked: (question: number, { identity }: Person) => options.isEligible(question, typesOf(identity.ids)),
    }
    this.#accounts = new AccountUsers(options.plans, people, options.merged)
  }

  /** Everything that falls due up to an instant: at each time people first, then accounts, which ask them; by number. */
  pass(untilMs: number): void {
    while (this.#nextDueMs <= untilMs) {
      let dueMs = Number.POSITIVE_INFINITY
      let due: number[] = []
      for (const [id, ms] of this.#dues) {
        if (ms < dueMs) [dueMs, due] = [ms, []]
        if (ms === dueMs) due.push(id)
      }
      this.#nextDueMs = dueMs
      if (dueMs > untilMs) return
      const at = Map.groupBy(
        due.toSorted((a, b) => a - b),
        (id) => this.#people.get(id)?.identity.collection,
      )
      for (const id of at.get('users') ?? [])
        this.#engage(id, (plan, state, view) => runTimers(plan, state, view, dueMs))
      this.#askAccounts(dueMs)
      for (const id of at.get('accounts') ?? [])
        this.#engage(id, (plan, state, view) => runTimers(plan, state, view, dueMs))
    }
  }

  /** @param nowMs engine time: the latest `receivedAt` up to and with this event, Unix milliseconds */
  apply({ event, position, sourceId, read }: StepRecord, nowMs: number): void {
    const cause: Cause = { position, messageId: event.messageId, sourceId, atMs: nowMs }
    const resolution = this.#identity.resolve(read, cause)
    const { users, accounts } = resolution
    this.#dropped.push(...dropsOf(resolution))
    const traits = traitsOf(event)
    this.#follow(users, traits.users, event, cause)
    const user = users.kind === 'none' ? undefined : Number(users.profileId)
    this.#follow(accounts, traits.accounts, event, cause, user)
    const isOfLast = accounts.kind === 'none' && this.#options.plans.accounts.leaves.size > 0
    const last = user === undefined || !isOfLast ? undefined : this.#accounts.lastOf(user)
    // It names no account: it is one of that which its user was last seen with.
    if (last !== undefined && event.type === 'track') {
      this.#accounts.update()
      this.#take(last, event, cause)
    }
    this.#askAccounts(nowMs)
  }

  /** @param user of an account, whose event it is */
  #follow(
    decision: Decision,
    traits: Readonly<Record<string, unknown>>,
    event: NormalisedEvent,
    cause: Cause,
    user?: number,
  ): void {
    if (decision.kind === 'none') return
    const { position, atMs: nowMs } = cause
    const id = Number(decision.profileId)
    const isNew = !this.#people.has(id)
    this.#takeOver(id, decision, cause, user)
    this.#remember(id, { cause, decision })
    if (Object.keys(traits).length > 0) this.#setTraits(id, traits, event, cause)
    const person = this.#people.get(id)
    if (person === undefined) return
    this.#put(id, person.with({ recent: person.recent.with(position), updatedBy: cause }))
    if (isNew) this.#engage(id, (plan, state, view) => evaluateAll(plan, state, view, nowMs))
    this.#take(id, event, cause)
    if (!isNew && decision.ids.length > 0) this.#tellAgain(id)
  }

  /** An event that a profile's definitions may ask of. */
  #take(id: number, event: NormalisedEvent, { position, sourceId, atMs: nowMs }: Cause): void {
    if (event.type !== 'track' || event.event === undefined) return
    const { event: name, timestamp, properties, context } = event
    const seen = { name, sourceId, atMs: Date.parse(timestamp), position, properties, context }
    const open = this.#accounts.take(id)
    this.#engage(id, (plan, state, view) => applyEvent(plan, state, seen, view, nowMs, open))
  }

  /** Accounts hear what their users answer now, and are worked out where that is new. */
  #askAccounts(nowMs: number): void {
    this.#accounts.update()
    for (const id of this.#accounts.open) {
      const open = this.#accounts.take(id)
      const atMs = Math.max(nowMs, this.#options.engineMs)
      this.#engage(id, (plan, state, view) => applyAnswers(plan, state, open, view, atMs))
    }
  }

  /**
   * An event from before something was asked of it, for the profile that its ids lead to today.
   * @param arrivedMs engine time when it arrived
   */
  past({ event, position, sourceId, read }: StepRecord, arrivedMs: number, nowMs: number): void {
    if (event.event === undefined) return
    const { event: name, timestamp, properties, context } = event
    const seen = { name, sourceId, atMs: Date.parse(timestamp), position, properties, context }
    const ownerOf = (collection: Collection) => {
      const [owner] = read.ids[collection].flatMap((id) => this.#identity.ownerOf(collection, id) ?? [])
      return owner === undefined ? undefined : Number(owner.id)
    }
    const user = ownerOf('users')
    const account = ownerOf('accounts') ?? (user === undefined ? undefined : this.#accounts.lastOf(user))
    for (const id of [user, account]) {
      const person = id === undefined ? undefined : this.#people.get(id)
      if (id === undefined || person === undefined) continue
      const engage = applyPast(this.#planOf(person), person.engage, seen, arrivedMs, nowMs)
      this.#put(id, person.with({ engage }))
    }
  }

  /** Works everything out anew for somebody: definitions have changed. */
  review(id: number, nowMs: number): void {
    if (!this.#people.has(id)) return
    const { cameBackMs } = this.#options
    this.#engage(id, (plan, state, view) => evaluateAll(plan, state, view, nowMs, cameBackMs))
    this.#accounts.note(id)
    this.#askAccounts(nowMs)
  }

  /** Nothing of somebody stays. */
  forget(id: number, nowMs: number): void {
    this.#accounts.forget(id)
    this.#drop(id)
    this.#askAccounts(nowMs)
  }

  changes(): PeopleChanges {
    return {
      people: [...this.#changed].flatMap((id): StoredPerson[] => {
        const person = this.#people.get(id)
        return person === undefined ? [] : [{ id, document: person.encode(), dueAtMs: dueAtMs(person.engage) }]
      }),
      gone: this.#gone,
      merged: this.#merged,
      mappings: this.#identity.changes().mappings,
      told: this.#told,
      dropped: this.#dropped,
    }
  }

  /** The profile as identity has it now, with what those had that became part of it. */
  #takeOver(id: number, decision: Exclude<Decision, { kind: 'none' }>, cause: Cause, user: number | undefined): void {
    const known = this.#people.get(id)
    const identity = this.#identity.profile(decision.profileId)
    if (identity === undefined) return
    const person = known ?? Person.new(identity, this.#options.kept.reading)
    this.#put(id, person.identity === identity ? person : person.with({ identity }))
    if (user !== undefined) {
      this.#accounts.link(user, id)
      // Before anything of the account is worked out.
      this.#accounts.update()
    } else if (decision.ids.length > 0) this.#accounts.note(id)
    if (decision.kind !== 'merge') {
      if (decision.ids.length > 0 && known !== undefined)
        this.#engage(id, (plan, state, view) => evaluateAll(plan, state, view, cause.atMs))
      return
    }
    for (const { profileId } of decision.merged) this.#absorb(id, Number(profileId), cause.atMs)
  }

  #remember(id: number, record: IdentityRecord): void {
    const key = recordKeyOf(record)
    const person = this.#people.get(id)
    if (key === undefined || person === undefined || Object.hasOwn(person.records, key)) return
    const records = withRecords(person.records, { [key]: record })
    if (Object.hasOwn(records, key)) this.#put(id, person.with({ records }))
  }

  #absorb(id: number, otherId: number, nowMs: number): void {
    const [survivor, other] = [this.#people.get(id), this.#people.get(otherId)]
    if (survivor === undefined || other === undefined) return
    const { traits } = mergeTraits(survivor.traits, [other.traits])
    const recent = survivor.recent.and(other.recent)
    const records = withRecords(survivor.records, other.records)
    this.#put(id, survivor.with({ traits, recent, records }))
    this.#accounts.join(id, other)
    this.#drop(otherId)
    this.#merged.push({ id: otherId, into: id })
    this.#engage(id, (plan, state, view) => mergeInto(plan, state, other.engage, view, nowMs))
    this.#tellAgain(id)
  }

  #setTraits(id: number, traits: Readonly<Record<string, unknown>>, event: NormalisedEvent, cause: Cause): void {
    const person = this.#people.get(id)
    if (person === undefined) return
    const { position, sourceId, atMs } = cause
    const update = { traits, sourceId, updatedAtMs: Date.parse(event.timestamp), position }
    const change = updateTraits(person.traits, update)
    this.#dropped.push(...traitDropsOf(change))
    this.#put(id, person.with({ traits: change.traits }))
    const open = this.#accounts.take(id)
    this.#engage(id, (plan, state, view) => applyTraits(plan, state, change.changed, view, atMs, open))
  }

  #engage(id: number, turn: (plan: Plan, state: EngageState, view: ProfileView) => Turned): void {
    const person = this.#people.get(id)
    if (person === undefined) return
    const { isEligible } = this.#options
    const { collection, ids } = person.identity
    const types = typesOf(ids)
    const view = {
      trait: (name: string) => person.traits.get(name)?.value,
      isEligible: (computation: number) => collection === 'accounts' || isEligible(computation, types),
    }
    const { state, changes } = turn(this.#planOf(person), person.engage, view)
    this.#put(id, person.with({ engage: state }))
    // Whose turn came is looked at anew, also when nothing came of it.
    if (state === person.engage) this.#noteDue(id, dueAtMs(state))
    for (const change of changes) {
      if (change.computation < QUESTIONS_FROM) this.#tell(id, change, 'changed')
      else this.#accounts.note(id)
    }
  }

  #planOf({ identity: { collection } }: Person): Plan {
    return this.#options.plans[collection]
  }

  /** Destinations know somebody by ids: with another one they are told what holds, though it is as before. 4.6. */
  #tellAgain(id: number): void {
    const person = this.#people.get(id)
    if (person === undefined) return
    for (const { number, key } of this.#planOf(person).computations) {
      if (number >= QUESTIONS_FROM) continue
      const known = person.engage.values.get(number)
      if (known === undefined || known.value === null || known.value === false) continue
      // Ids are only added, so their number tells whether this very value was told with all of them.
      if (this.#lastTold.get(`${id} ${number}`) === `${known.changes} ${person.identity.ids.length}`) continue
      // As when it was told first: ids that have heard it are not told again, since it is the same message.
      const { value, changes, sinceMs } = known
      this.#tell(id, { computation: number, key, value, before: value, number: changes, atMs: sinceMs }, 'new_id')
    }
  }

  #tell(profile: number, change: Change, cause: Told['cause']): void {
    const person = this.#people.get(profile)
    if (person === undefined) return
    this.#lastTold.set(`${profile} ${change.computation}`, `${change.number} ${person.identity.ids.length}`)
    const { identity, traits } = person
    this.#told.push({ profile, collection: identity.collection, change, cause, ids: identity.ids, traits })
  }

  #upToDate(person: Person): Person {
    const { kept, retention } = this.#options
    const hasGap = (key: string) => (kept.since.get(key) ?? 0) > person.reading
    const known = person.reading === kept.reading ? person.engage : withoutLeaves(person.engage, hasGap)
    const engage = settle(this.#planOf(person), known)
    const current = engage === person.engage ? person : person.with({ engage, reading: kept.reading })
    if (retention === undefined) return current
    const traits = withRetained(person.traits, engage.values, retention)
    return traits === person.traits ? current : current.with({ traits })
  }

  #put(id: number, person: Person): void {
    const isDueAsBefore = this.#people.get(id)?.engage === person.engage
    this.#people.set(id, person)
    this.#changed.add(id)
    if (!isDueAsBefore) this.#noteDue(id, dueAtMs(person.engage))
  }

  #noteDue(id: number, dueMs: number | null): void {
    if (dueMs === null) this.#dues.delete(id)
    else {
      this.#dues.set(id, dueMs)
      this.#nextDueMs = Math.min(this.#nextDueMs, dueMs)
    }
  }

  #drop(id: number): void {
    this.#people.delete(id)
    this.#changed.delete(id)
    this.#dues.delete(id)
    this.#gone.push(id)
  }
}

const typesOf = (ids: readonly HeldId[]): readonly string[] => ids.map(({ type }) => type)
