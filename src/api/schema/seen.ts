/** What several sources have sent under the same names, as one. Pure. */
import { type SeenHead, type SeenMember, type SeenName, typesText } from '../../connections/index.ts'

export interface SeenBy {
  readonly sourceId: string
  readonly seen: SeenName
}

export interface HeadBy {
  readonly sourceId: string
  readonly seen: SeenHead
}

export interface ShownName {
  readonly name: string
  readonly firstSeenAt: string
  readonly lastSeenAt: string
  readonly sourceIds: readonly string[]
}

export interface ShownMember {
  readonly name: string
  readonly types: readonly string[]
}

/** A list, and whether the sources have sent names that are not in it. */
export interface Shown<T> {
  readonly items: readonly T[]
  readonly leftOut: boolean
}

/** Events by name. */
export function eventsShown(all: readonly HeadBy[]): Shown<ShownName> {
  const byName = Map.groupBy(
    all.filter(({ seen }) => seen.kind === 'event'),
    ({ seen }) => seen.name,
  )
  const items = Array.from(byName, ([name, each]): ShownName => {
    return {
      name,
      firstSeenAt: new Date(Math.min(...each.map(({ seen }) => seen.firstAtMs))).toISOString(),
      lastSeenAt: new Date(Math.max(...each.map(({ seen }) => seen.lastAtMs))).toISOString(),
      sourceIds: each.map(({ sourceId }) => sourceId),
    }
  })
  return { items: items.sort(compareNames), leftOut: all.some(({ seen }) => seen.kind === 'left_out') }
}

/** Properties of events or traits, by name. */
export function membersShown(some: readonly SeenBy[]): Shown<ShownMember> {
  const types = new Map<string, number>()
  for (const { seen } of some)
    for (const [name, member] of seen.members) types.set(name, (types.get(name) ?? 0) | member.types)
  const items = Array.from(types, ([name, bits]): ShownMember => ({ name, types: typesText(bits) }))
  return { items: items.sort(compareNames), leftOut: some.some(({ seen }) => seen.isCut) }
}

/** Where a property or trait was seen last, newest first; undefined where it never was. */
export function positionsOf(some: readonly SeenBy[], member: string): readonly number[] | undefined {
  const found = some.flatMap(({ seen }): SeenMember[] => {
    const known = seen.members.get(member)
    return known === undefined ? [] : [known]
  })
  if (found.length === 0) return undefined
  return found.flatMap(({ positions }) => positions).sort((a, b) => b - a)
}

/** By code units, so that pages do not depend on where the server is. */
const compareNames = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : Number(a.name > b.name)
