/** The names of events while they are edited. A reducer, and what comes of it. */
import { kept, type Shown } from '../../../shared/differences.ts'
import type { EventName } from '../api/event-names.ts'

export interface NamesDraft {
  /** As they are saved. */
  readonly saved: ReadonlyMap<string, string>
  /** By the source's name: what it is to be called; empty for its own name. */
  readonly values: ReadonlyMap<string, string>
}

export type NamesAction =
  | { readonly type: 'set'; readonly name: string; readonly value: string }
  | { readonly type: 'loaded'; readonly names: readonly EventName[] }
  /** Somebody else has saved these: what was changed here stays. */
  | { readonly type: 'kept'; readonly names: readonly EventName[] }

export function draftOf(names: readonly EventName[]): NamesDraft {
  const saved = new Map(
    names.flatMap(({ name, renamedTo }) => (renamedTo === null ? [] : [[name, renamedTo] as const])),
  )
  return { saved, values: saved }
}

export function reduce(draft: NamesDraft, action: NamesAction): NamesDraft {
  if (action.type === 'loaded') return draftOf(action.names)
  if (action.type === 'kept') {
    const { saved } = draftOf(action.names)
    const names = [...new Set([...saved.keys(), ...draft.values.keys()])]
    const values = names.map((name) => {
      const mine = draft.values.get(name) ?? ''
      return [name, kept(draft.saved.get(name) ?? '', saved.get(name) ?? '', mine)] as const
    })
    return { saved, values: new Map(values) }
  }
  return { ...draft, values: new Map(draft.values).set(action.name, action.value) }
}

/** By the source's name, what it is called. */
export const shownIn = (values: NamesDraft['values']): Shown => new Map(values)

/** What is saved: every name that differs from the source's. */
export const namesOf = ({ values }: NamesDraft): Readonly<Record<string, string>> =>
  Object.fromEntries([...values].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value !== ''))

export interface Renaming {
  readonly name: string
  /** Undefined for its own name. */
  readonly from: string | undefined
  readonly to: string | undefined
}

/** What is different when the draft is saved. */
export function renamingsOf(draft: NamesDraft): readonly Renaming[] {
  const next = new Map(Object.entries(namesOf(draft)))
  return [...new Set([...draft.saved.keys(), ...next.keys()])]
    .map((name) => ({ name, from: draft.saved.get(name), to: next.get(name) }))
    .filter(({ from, to }) => from !== to)
}
