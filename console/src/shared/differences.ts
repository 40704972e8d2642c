/** What two people changed of the same thing, side by side. Pure. */

/** What a form shows, in its own words: by the label of a field, what stands in it. */
export type Shown = ReadonlyMap<string, string>

export interface Difference {
  readonly field: string
  /** As it was when it was opened here. */
  readonly opened: string
  /** As it is saved now. */
  readonly theirs: string
  /** Undefined where nothing was changed here. */
  readonly mine: string | undefined
}

/** What somebody else has changed since, and what was entered here for the same. */
export function differencesOf(opened: Shown, theirs: Shown, mine: Shown): readonly Difference[] {
  return [...new Set([...opened.keys(), ...theirs.keys()])]
    .map((field) => {
      const [before = '', now = '', here = ''] = [opened.get(field), theirs.get(field), mine.get(field)]
      return { field, opened: before, theirs: now, mine: here === before ? undefined : here }
    })
    .filter((each) => each.theirs !== each.opened)
}

/** One value after both have changed it: what was changed here stays, all else is theirs. */
export const kept = <T>(opened: T, theirs: T, mine: T): T =>
  JSON.stringify(mine) === JSON.stringify(opened) ? theirs : mine
