/** Which event a mapping is tried on first. Pure. */
import { matches } from '../../../../../src/destinations/triggers.ts'

/** The first that the trigger takes; where it takes none, the first. */
export const firstFor = <T extends { readonly event: object }>(trigger: string, choices: readonly T[]): T | undefined =>
  choices.find(({ event }) => matches(trigger, event)) ?? choices[0]
