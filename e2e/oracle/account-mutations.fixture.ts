/** Faults that somebody could make in the code of accounts and their users, made by hand. Each must be noticed. */
export interface AccountMutation {
  readonly name: string
  /** Of accounts, which notice it. */
  readonly definitions: readonly string[]
  /** Whether people with an anonymous id only are asked. */
  readonly includesAnonymous: boolean
  readonly file: 'engage/answers.ts' | 'engage/engine.ts' | 'unify/account-users.ts' | 'unify/people-step.ts'
  /** Stands in the file once. */
  readonly from: string
  readonly to: string
}

const ANY = ["ANY(event('A').count() >= 1)"]
const ANY_RECENT = ["ANY(event('A').within(6 hours).count() >= 1)"]
const ALL = ["ALL(event('A').count() >= 1)"]
const NONE = ["NOT ANY(event('A').count() >= 1)"]
const COUNT = ["event('A').count()"]

export const ACCOUNT_MUTATIONS: readonly AccountMutation[] = [
  {
    name: 'who becomes a user is asked only when they do something next',
    definitions: ANY,
    includesAnonymous: true,
    file: 'unify/account-users.ts',
    from: 'this.#people.put(user, person.with({ links: kept }))\n    this.note(user)',
    to: 'this.#people.put(user, person.with({ links: kept }))',
  },
  {
    name: 'all of no users agree',
    definitions: ALL,
    includesAnonymous: false,
    file: 'engage/answers.ts',
    from: 'users.length > 0 && users.every(isYes)',
    to: 'users.every(isYes)',
  },
  {
    name: 'one user is enough for all',
    definitions: ALL,
    includesAnonymous: true,
    file: 'engage/answers.ts',
    from: 'users.length > 0 && users.every(isYes)',
    to: 'users.some(isYes)',
  },
  {
    name: 'who has become part of somebody else is asked still',
    definitions: ANY_RECENT,
    includesAnonymous: true,
    file: 'unify/account-users.ts',
    from: 'for (const gone of this.#absorbed.get(user) ?? []) this.#answer(account, gone, () => undefined)',
    to: '',
  },
  {
    name: 'of two accounts that become one the users of one are forgotten',
    definitions: ANY,
    includesAnonymous: true,
    file: 'engage/answers.ts',
    from: 'merged.set(question, [...ours, ...more]',
    to: 'merged.set(question, [...ours]',
  },
  {
    name: 'a user of an account that became part of another is asked by neither',
    definitions: ANY_RECENT,
    includesAnonymous: true,
    file: 'unify/account-users.ts',
    from: 'for (let into = this.#into.get(current); into !== undefined; into = this.#into.get(current)) current = into',
    to: '',
  },
  {
    name: 'accounts do not hear what time changes for their users',
    definitions: ANY_RECENT,
    includesAnonymous: true,
    file: 'unify/people-step.ts',
    from: '      this.#askAccounts(dueMs)\n',
    to: '',
  },
  {
    name: 'accounts are worked out before what their users answer is known',
    definitions: NONE,
    includesAnonymous: true,
    file: 'unify/people-step.ts',
    from: '      this.#accounts.update()\n    } else if',
    to: '    } else if',
  },
  {
    name: 'everybody is asked, known or not',
    definitions: ALL,
    includesAnonymous: false,
    file: 'unify/people-step.ts',
    from: 'options.isEligible(question, typesOf(identity.ids))',
    to: 'true || question > 0 || identity === undefined',
  },
  {
    name: 'who turns out to be known is asked only when they do something next',
    definitions: ALL,
    includesAnonymous: false,
    file: 'unify/people-step.ts',
    from: '} else if (decision.ids.length > 0) this.#accounts.note(id)',
    to: '}',
  },
  {
    name: 'an event that names no account is of none',
    definitions: COUNT,
    includesAnonymous: true,
    file: 'unify/people-step.ts',
    from: "if (last !== undefined && event.type === 'track')",
    to: "if (last !== undefined && event.type === 'page')",
  },
  {
    name: 'an event that names no account is of that which its user was first seen with',
    definitions: COUNT,
    includesAnonymous: true,
    file: 'unify/account-users.ts',
    from: 'return this.#accountsOf(user).at(-1)',
    to: 'return this.#accountsOf(user).at(0)',
  },
  {
    name: 'an account that a user is seen with again does not come last',
    definitions: COUNT,
    includesAnonymous: true,
    file: 'unify/account-users.ts',
    from: 'if (this.#current(person.links.at(-1)) === account) return',
    to: 'if (person.links.some((each) => this.#current(each) === account)) return',
  },
  {
    name: 'an answer changes without what asks for it',
    definitions: ["ANY(event('A').count() >= 1)", "trait('c1') = true AND NOT ALL(event('B').count() >= 1)"],
    includesAnonymous: true,
    file: 'engage/engine.ts',
    from: '[...questions].flatMap((question) => plan.byQuestion.get(question) ?? [])',
    to: '[...questions].slice(1).flatMap((question) => plan.byQuestion.get(question) ?? [])',
  },
]
