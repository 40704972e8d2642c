/** Whose profile a request asks for. */
import { type KeyedHash, profileKey } from '../../connections/index.ts'
import type { ProfileState } from '../../state/index.ts'
import { type Collection, decodePerson, type ExternalId, idKey, normaliseId, type Person } from '../../unify/index.ts'
import type { SpaceConfig } from '../../workspace/index.ts'

/** A profile may become part of another between two reads. */
const ATTEMPTS_MAX = 3

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

/** @returns undefined for nobody */
export async function findPerson(
  { people, hash }: LookupPorts,
  space: Pick<SpaceConfig, 'id' | 'number'>,
  collection: Collection,
  lookup: Lookup,
): Promise<Person | undefined> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const number =
      lookup.by === 'number'
        ? lookup.number
        : (await people.profilesByIds([profileKey(hash, space.id, idKey(collection, lookup.id))]))[0]
    if (number === undefined || number === null) return undefined
    const [stored] = await people.profiles([number])
    if (stored === undefined || stored === null) continue
    const person = decodePerson(stored.id, stored.document)
    return stored.space === space.number && person.identity.collection === collection ? person : undefined
  }
  return undefined
}
