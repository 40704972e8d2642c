/** A name for a destination that no other one of its source has. Pure. */
import type { Destination } from '../api/destinations.ts'

/** Names that are taken at a source. */
export const namesOf = (
  destinations: readonly Pick<Destination, 'sourceId' | 'name'>[],
  sourceId: string,
): ReadonlySet<string> => new Set(destinations.filter((each) => each.sourceId === sourceId).map(({ name }) => name))

/** The name itself, else with the first number from 2 that makes it free. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name
  let number = 2
  while (taken.has(`${name} ${number}`)) number += 1
  return `${name} ${number}`
}
