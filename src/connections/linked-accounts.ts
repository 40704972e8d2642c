/** Loads the accounts that people are users of, beside whom a step has loaded already. */
import type { StoredProfile } from '../state/index.ts'
import { Person } from '../unify/index.ts'
import type { Draft } from './draft.ts'

export interface LinkedAccounts {
  readonly accounts: readonly StoredProfile[]
  /** Numbers that stand in links, and what they are called since they became part of another account. */
  readonly merged: ReadonlyMap<number, number>
}

/** @param into which account each of some that are not there any more became part of, null for none */
export async function linkedAccounts(
  people: ReadonlyMap<number, StoredProfile>,
  draft: Pick<Draft, 'profiles'>,
  into: (numbers: readonly number[]) => Promise<readonly (number | null)[]>,
): Promise<LinkedAccounts> {
  const found = new Map<number, StoredProfile>()
  const merged = new Map<number, number>()
  const isKnown = (id: number) => people.has(id) || found.has(id) || merged.has(id)
  const links = [...people.values()].flatMap(({ id, document }) => {
    const person = Person.decode(id, document)
    return person.identity.collection === 'users' ? person.links : []
  })
  for (let wanted = [...new Set(links)].filter((id) => !isKnown(id)); wanted.length > 0; ) {
    for (const account of await draft.profiles(wanted)) found.set(account.id, account)
    const missing = wanted.filter((id) => !found.has(id))
    const now = await into(missing)
    for (const [at, id] of missing.entries()) if (now[at] != null) merged.set(id, now[at])
    wanted = [...new Set(now)].filter((id) => id !== null).filter((id) => !isKnown(id))
  }
  return { accounts: [...found.values()], merged }
}
