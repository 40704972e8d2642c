/**
 * What computed traits and audiences of accounts must come to, worked out without any state but the histories: who is a
 * user of which account, and what each user's whole history says, anew at every instant. It shares no code with
 * the engine nor with identity resolution.
 */
import type { Change, EngageEvent } from '../../src/engage/engine.ts'
import type { Condition } from '../../src/engage/language/index.ts'
import type { LevelComputation } from '../../src/engage/levels.ts'
import { type Happening, Oracle } from '../../src/engage/oracle.fixture.ts'

/** One call, as far as it matters here. */
export interface Call {
  readonly user: string | null
  readonly device: string | null
  readonly group: string | null
  readonly domain: string | null
  readonly userTraits: Readonly<Record<string, unknown>>
  readonly accountTraits: Readonly<Record<string, unknown>>
  readonly event: EngageEvent | null
}

class Profile {
  readonly id: number
  readonly names: Set<string>
  readonly oracle: Oracle
  readonly #traits = new Map<string, { value: unknown; at: number }>()
  /** Of a user: those whose events they were in, the last one last. */
  accounts: Profile[] = []
  readonly users = new Set<Profile>()

  constructor(id: number, names: readonly string[], oracle: Oracle) {
    this.id = id
    this.names = new Set(names)
    this.oracle = oracle
  }

  set(traits: Readonly<Record<string, unknown>>, at: number): void {
    for (const [name, value] of Object.entries(traits)) this.#traits.set(name, { value, at })
    this.#show()
  }

  happen(event: EngageEvent, nowMs: number): void {
    const happened: Happening = { kind: 'event', event: { ...event, atMs: Math.min(event.atMs, nowMs) } }
    this.oracle.history = [...this.oracle.history, happened]
  }

  take(other: Profile): void {
    for (const name of other.names) this.names.add(name)
    for (const [name, trait] of other.#traits)
      if ((this.#traits.get(name)?.at ?? -1) < trait.at) this.#traits.set(name, trait)
    this.oracle.merge(other.oracle)
    this.#show()
  }

  #show(): void {
    this.oracle.traits = Object.fromEntries([...this.#traits].map(([name, { value }]) => [name, value]))
  }
}

/** Each once, where it stands last. */
const lastOfEach = <T>(all: readonly T[]): T[] => all.filter((each, at) => all.lastIndexOf(each) === at)

function partsIn(tree: unknown): Condition[] {
  if (typeof tree !== 'object' || tree === null) return []
  const { kind, part } = tree as { kind?: string; part?: Condition }
  return (kind === 'any' || kind === 'all') && part !== undefined ? [part] : Object.values(tree).flatMap(partsIn)
}

export class Model {
  readonly #ofUsers: readonly LevelComputation[]
  readonly #ofAccounts: readonly LevelComputation[]
  readonly #parts = new Map<Condition, { number: number; includesAnonymous: boolean }>()
  #users: Profile[] = []
  #accounts: Profile[] = []
  #lastId = 0
  #nowMs: number
  /** By profile and computation, those of profiles that are gone too. */
  readonly changes = new Map<string, readonly Change[]>()

  constructor(computations: readonly LevelComputation[], nowMs: number) {
    this.#nowMs = nowMs
    this.#ofAccounts = computations.filter(({ level }) => level === 'accounts')
    const asked = this.#ofAccounts.flatMap(({ definition, countsFromMs, includesAnonymous }) =>
      partsIn(definition).map((condition): LevelComputation => {
        const number = 1_000 + this.#parts.size
        this.#parts.set(condition, { number, includesAnonymous })
        const from = countsFromMs === undefined ? {} : { countsFromMs }
        return {
          number,
          key: `part ${number}`,
          definition: { kind: 'audience', condition },
          includesAnonymous,
          ...from,
        }
      }),
    )
    this.#ofUsers = [...computations.filter(({ level }) => level !== 'accounts'), ...asked]
  }

  pass(untilMs: number): void {
    const all = [...this.#users, ...this.#accounts]
    const instants = new Set(all.flatMap(({ oracle }) => oracle.instants(this.#nowMs, untilMs)))
    for (let next = least(instants); next !== undefined; next = least(instants)) {
      instants.delete(next)
      for (const { oracle } of all) {
        oracle.look(next)
        // A value that has become another may have dates of its own.
        for (const ms of oracle.instants(next, untilMs)) instants.add(ms)
      }
    }
    this.#nowMs = untilMs
  }

  call({ user, device, group, domain, userTraits, accountTraits, event }: Call, position: number): void {
    const person = this.#userOf(user, device)
    const { profile, isNew } = person
    if (Object.keys(userTraits).length > 0) profile.set(userTraits, position)
    if (isNew || Object.keys(userTraits).length > 0) profile.oracle.look(this.#nowMs)
    if (event !== null) profile.happen(event, this.#nowMs)
    profile.oracle.look(this.#nowMs)
    const names = [group, domain].filter((name) => name !== null)
    if (names.length > 0) this.#ofAccount(names, profile, accountTraits, event, position)
    else if (event !== null) profile.accounts.at(-1)?.happen(event, this.#nowMs)
    for (const { oracle } of this.#accounts) oracle.look(this.#nowMs)
  }

  /** What accounts are in by now: profile and computation. */
  get memberships(): ReadonlySet<string> {
    const names = this.#accounts.flatMap(({ id, oracle: { values } }) =>
      [...values].flatMap(([number, { value }]) => (value === true ? [`${id} ${number}`] : [])),
    )
    return new Set(names)
  }

  end(): ReadonlyMap<string, readonly Change[]> {
    for (const each of [...this.#users, ...this.#accounts]) this.#note(each)
    return this.changes
  }

  #note({ id, oracle }: Profile): void {
    for (const [number, changes] of Map.groupBy(oracle.changes, ({ computation }) => computation))
      if (number < 1_000) this.changes.set(`${id} ${number}`, changes)
  }

  #userOf(user: string | null, device: string | null): { profile: Profile; isNew: boolean } {
    const [byUser, byDevice] = [user, device].map((name) => this.#users.find(({ names }) => names.has(`${name}`)))
    const isOthers = byDevice !== undefined && byDevice !== byUser && [...byDevice.names].some((name) => isUser(name))
    // A device that is somebody else's says nothing.
    const names = [user, user !== null && isOthers ? null : device].filter((name) => name !== null)
    const found = [...new Set([byUser, user !== null && isOthers ? undefined : byDevice])].filter(
      (each) => each !== undefined,
    )
    const { profile, other, isNew } = this.#resolved(this.#users, found, names, () => new Oracle(this.#ofUsers))
    if (other !== undefined) {
      this.#users = this.#users.filter((each) => each !== other)
      for (const account of this.#accounts) if (account.users.delete(other)) account.users.add(profile)
      profile.accounts = lastOfEach([...profile.accounts, ...other.accounts])
      profile.oracle.look(this.#nowMs)
    }
    return { profile, isNew }
  }

  #ofAccount(
    names: string[],
    user: Profile,
    traits: Call['accountTraits'],
    event: EngageEvent | null,
    position: number,
  ) {
    const found = this.#accounts.filter((each) => names.some((name) => each.names.has(name)))
    const isMore = found.length > 0 && names.some((name) => !found.some((each) => each.names.has(name)))
    const { profile, other, isNew } = this.#resolved(this.#accounts, found, names, (account) => {
      return new Oracle(this.#ofAccounts, (kind, part) => this.#answers(kind, part, account()))
    })
    profile.users.add(user)
    user.accounts = [...user.accounts.filter((each) => each !== profile), profile]
    if (other !== undefined) {
      this.#accounts = this.#accounts.filter((each) => each !== other)
      for (const each of other.users) profile.users.add(each)
      for (const each of this.#users)
        each.accounts = lastOfEach(each.accounts.map((account) => (account === other ? profile : account)))
    }
    if (other !== undefined || isMore) profile.oracle.look(this.#nowMs)
    if (Object.keys(traits).length > 0) profile.set(traits, position)
    if (isNew || Object.keys(traits).length > 0) profile.oracle.look(this.#nowMs)
    if (event !== null) profile.happen(event, this.#nowMs)
  }

  /** The oldest of those found stays. */
  #resolved(all: Profile[], found: Profile[], names: string[], make: (self: () => Profile) => Oracle) {
    const [profile, other] = found.toSorted((a, b) => a.id - b.id)
    if (profile === undefined) {
      this.#lastId += 1
      const made: Profile = new Profile(
        this.#lastId,
        names,
        make(() => made),
      )
      all.push(made)
      return { profile: made, other: undefined, isNew: true }
    }
    for (const name of names) profile.names.add(name)
    if (other !== undefined) {
      this.#note(other)
      profile.take(other)
    }
    return { profile, other, isNew: false }
  }

  #answers(kind: 'any' | 'all', part: Condition, account: Profile): boolean {
    const { number, includesAnonymous } = this.#parts.get(part) ?? { number: 0, includesAnonymous: true }
    const asked = [...account.users].filter(({ names }) => includesAnonymous || [...names].some(isUser))
    const yes = asked.filter(({ oracle }) => oracle.values.get(number)?.value === true)
    return yes.length > 0 && (kind === 'any' || yes.length === asked.length)
  }
}

const isUser = (name: string) => name.startsWith('user')

const least = (all: ReadonlySet<number>): number | undefined => (all.size === 0 ? undefined : Math.min(...all))
