/**
 * Which accounts a person is a user of, and what accounts know of their users' answers, brought up to date in the course of
 * a step. Pure but for the profiles of the step, which it changes.
 */
import { type Plans, withAnswer } from '../engage/index.ts'
import { LINKS_MAX, type Person } from './document.ts'

export interface StepPeople {
  get(id: number): Person | undefined
  put(id: number, person: Person): void
  /** Whether somebody with these ids is asked a question. */
  isAsked(question: number, person: Person): boolean
}

export class AccountUsers {
  readonly #questions: readonly number[]
  readonly #people: StepPeople
  /** What became part of another profile, and of which. */
  readonly #into: Map<number, number>
  /** Users of whom accounts may know something that is over. */
  readonly #changed = new Set<number>()
  /** By user, who became part of them. */
  readonly #absorbed = new Map<number, number[]>()
  /** Accounts that have too many others between them and a user. */
  #unlinked: { user: number; account: number }[] = []
  /** By account, questions to which answers are others than those it was worked out with. */
  readonly #open = new Map<number, Set<number>>()

  /** @param merged numbers that stand in links, and what they are called now */
  constructor({ questions }: Plans, people: StepPeople, merged: ReadonlyMap<number, number>) {
    this.#questions = [...questions.keys()]
    this.#people = people
    this.#into = new Map(merged)
  }

  /** An event is one of both: of a user's accounts this one comes last. */
  link(user: number, account: number): void {
    const [person, company] = [this.#people.get(user), this.#people.get(account)]
    if (person === undefined || company === undefined) return
    if (!company.links.includes(user))
      this.#people.put(account, company.with({ links: [...company.links, user].slice(-LINKS_MAX) }))
    if (this.#current(person.links.at(-1)) === account) return
    const others = person.links.filter((each) => this.#current(each) !== account)
    this.#relink(user, person, [...others, account])
  }

  /** Another profile has become part of one. */
  join(id: number, other: Person): void {
    const survivor = this.#people.get(id)
    if (survivor === undefined) return
    const otherId = Number(other.identity.id)
    this.#into.set(otherId, id)
    if (survivor.identity.collection === 'accounts') {
      const links = [...new Set([...survivor.links, ...other.links])].slice(-LINKS_MAX)
      this.#people.put(id, survivor.with({ links }))
      return
    }
    this.#absorbed.set(id, [...(this.#absorbed.get(id) ?? []), otherId, ...(this.#absorbed.get(otherId) ?? [])])
    // The survivor is the older one: where the younger was last comes last.
    this.#relink(id, survivor, [...new Set([...survivor.links, ...other.links].reverse())].reverse())
  }

  /** The account that a user was last seen with, undefined for none. */
  lastOf(user: number): number | undefined {
    return this.#accountsOf(user).at(-1)
  }

  /** Something that a user's answers depend on is another. */
  note(user: number): void {
    if (this.#questions.length > 0) this.#changed.add(user)
  }

  /** Tells accounts what their users answer now. */
  update(): void {
    for (const user of this.#changed) for (const account of this.#accountsOf(user)) this.#tell(account, user)
    for (const { user, account } of this.#unlinked)
      for (const gone of [user, ...(this.#absorbed.get(user) ?? [])])
        this.#answer(this.#current(account), gone, () => undefined)
    this.#changed.clear()
    this.#absorbed.clear()
    this.#unlinked = []
  }

  /** Questions of an account that are to be worked out with what is next; they count as worked out then. */
  take(account: number): ReadonlySet<number> {
    const open = this.#open.get(account) ?? NONE
    this.#open.delete(account)
    return open
  }

  /** Accounts of which something is to be worked out, in their order. */
  get open(): readonly number[] {
    return [...this.#open.keys()].toSorted((a, b) => a - b)
  }

  /** Somebody is forgotten. */
  forget(user: number): void {
    for (const account of this.#accountsOf(user)) {
      const company = this.#people.get(account)
      if (company !== undefined)
        this.#people.put(account, company.with({ links: company.links.filter((each) => each !== user) }))
      this.#answer(account, user, () => undefined)
    }
  }

  #relink(user: number, person: Person, links: readonly number[]): void {
    const kept = links.slice(-LINKS_MAX)
    const left = links.slice(0, -LINKS_MAX).map((account) => ({ user, account }))
    if (this.#questions.length > 0) this.#unlinked.push(...left)
    this.#people.put(user, person.with({ links: kept }))
    this.note(user)
  }

  #tell(account: number, user: number): void {
    for (const gone of this.#absorbed.get(user) ?? []) this.#answer(account, gone, () => undefined)
    this.#answer(account, user, (question, person) =>
      this.#people.isAsked(question, person) ? person.engage.values.get(question)?.value === true : undefined,
    )
  }

  #answer(account: number, user: number, answerOf: (question: number, person: Person) => boolean | undefined): void {
    const [company, person] = [this.#people.get(account), this.#people.get(user)]
    if (company === undefined) return
    const users = new Map(company.engage.users)
    const open = new Set<number>()
    for (const question of this.#questions) {
      const known = users.get(question) ?? []
      const now = withAnswer(known, user, person && answerOf(question, person))
      if (now === known) continue
      users.set(question, now)
      open.add(question)
    }
    if (open.size === 0) return
    this.#people.put(account, company.with({ engage: { ...company.engage, users } }))
    this.#open.set(account, open.union(this.#open.get(account) ?? NONE))
  }

  #accountsOf(user: number): readonly number[] {
    const links = this.#people.get(user)?.links ?? []
    const current = new Set(links.map((each) => this.#current(each)).reverse())
    return [...current].reverse().filter((id) => this.#people.get(id)?.identity.collection === 'accounts')
  }

  #current(id: number | undefined): number {
    let current = id ?? 0
    for (let into = this.#into.get(current); into !== undefined; into = this.#into.get(current)) current = into
    return current
  }
}

const NONE: ReadonlySet<number> = new Set()
