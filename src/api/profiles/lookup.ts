/** Whose profile a request asks for. */
import { type KeyedHash, profileKey } from '../../connections/index.ts'
import type { ProfileState } from '../../state/index.ts'
import {
  type Collection,
  type ExternalId,
  idKey,
  MERGES_MAX,
  mergedKey,
  normaliseId,
  Person,
} from '../../unify/index.ts'
import type { SpaceConfig } from '../../workspace/index.ts'

export type Lookup =
  | { readonly by: 'id'; readonly id: ExternalId }
  /** `use_…` of a person. */
  | { readonly by: 'number'; readonly number: number }

/** `type:value` or `use_…`; undefined for what is neither. Pure. */
export function parseLookup(text: string): Lookup | undefined {
  const [, number] = /^use_(\d{1,15})$/.exec(text) ?? []
  if (number !== undefined) return { by: 'number', number: Number(number) }
  const colon = text.indexOf(':')
  const type = text.slice(0, Math.max(0, colon))
  const value = normaliseId(type, text.slice(colon + 1))
  if (type === '' || value === undefined || value === '') return undefined
  return { by: 'id', id: { type, value } }
}

export interface LookupPorts {
  readonly people: ProfileState
  readonly hash: KeyedHash
}

type OfSpace = Pick<SpaceConfig, 'id' | 'number'>

/** @returns undefined for nobody */
export async function findPerson(
  ports: LookupPorts,
  space: OfSpace,
  collection: Collection,
  lookup: Lookup,
): Promise<Person | undefined> {
  const number = lookup.by === 'number' ? lookup.number : await numberOf(ports, space, collection, lookup.id)
  if (number === null) return undefined
  const [person] = await peopleByNumbers(ports, space, collection, await currentNumbers(ports, space, [number]))
  return person
}

/** What each number is called since its profile became part of another; itself where it did not. */
export async function currentNumbers(
  { people, hash }: LookupPorts,
  { id }: OfSpace,
  numbers: readonly number[],
): Promise<readonly number[]> {
  let current = numbers
  // That profile may be part of another by now. One takes part in so many merges and no more.
  for (let merges = 0; merges <= MERGES_MAX; merges += 1) {
    const found = await people.profilesByIds(current.map((number) => profileKey(hash, id, mergedKey(number))))
    if (found.every((into) => into === null)) return current
    current = current.map((number, at) => found[at] ?? number)
  }
  return current
}

/** Those that are there, in the order asked. */
export async function peopleByNumbers(
  { people }: LookupPorts,
  space: OfSpace,
  collection: Collection,
  numbers: readonly number[],
): Promise<readonly Person[]> {
  return (await people.profiles(numbers)).flatMap((stored) => {
    if (stored === null || stored.space !== space.number) return []
    const person = Person.decode(stored.id, stored.document)
    return person.identity.collection === collection ? [person] : []
  })
}

async function numberOf(
  { people, hash }: LookupPorts,
  { id: spaceId }: OfSpace,
  collection: Collection,
  id: ExternalId,
): Promise<number | null> {
  const [number = null] = await people.profilesByIds([profileKey(hash, spaceId, idKey(collection, id))])
  return number
}

/** Who has any of these ids, each once, in the order asked, with the id that found them. */
export async function findPeople(
  ports: LookupPorts,
  space: OfSpace,
  collection: Collection,
  ids: readonly ExternalId[],
): Promise<readonly { readonly person: Person; readonly foundBy: ExternalId }[]> {
  const keys = ids.map((id) => profileKey(ports.hash, space.id, idKey(collection, id)))
  const numbers = await ports.people.profilesByIds(keys)
  const foundBy = new Map<number, ExternalId>()
  for (const [at, id] of ids.entries()) {
    const number = numbers[at]
    if (number != null && !foundBy.has(number)) foundBy.set(number, id)
  }
  const people = await peopleByNumbers(ports, space, collection, [...foundBy.keys()])
  return people.flatMap((person) => {
    const by = foundBy.get(Number(person.identity.id))
    return by === undefined ? [] : [{ person, foundBy: by }]
  })
}
