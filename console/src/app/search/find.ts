/** Finds what somebody types among what there is. Pure. */

/** In the order they are shown in where nothing else decides. */
export const KINDS = {
  view: { title: 'Go to' },
  action: { title: 'Do' },
  newReplay: { title: 'Begin a replay' },
  source: { title: 'Sources', list: '/sources' },
  destination: { title: 'Destinations', list: '/destinations' },
  mapping: { title: 'Mappings' },
  audience: { title: 'Audiences', list: '/audiences' },
  trait: { title: 'Computed traits', list: '/traits' },
  space: { title: 'Spaces' },
  replay: { title: 'Replays', list: '/replays' },
  deletion: { title: 'Deletions', list: '/privacy' },
  user: { title: 'Users', list: '/settings/users' },
  group: { title: 'Groups', list: '/settings/groups' },
} as const satisfies Readonly<Record<string, { readonly title: string; readonly list?: string }>>
export type Kind = keyof typeof KINDS

/** Where something leads, as the router takes it. */
export interface Target {
  readonly to: string
  readonly params?: Readonly<Record<string, string>>
  readonly search?: Readonly<Record<string, string>>
}

export interface Entry extends Target {
  readonly kind: Kind
  readonly label: string
  /** What tells it from others of its name. */
  readonly detail?: string
  /** Ids, write keys and the like: found whole, or by how they begin. */
  readonly ids?: readonly string[]
  /** What it is called besides: slugs, keys, addresses. */
  readonly names?: readonly string[]
}

/** An entry as it is compared: made once, not at each key that is pressed. */
export interface Indexed {
  readonly entry: Entry
  readonly ids: readonly string[]
  readonly label: string
  readonly names: readonly string[]
  readonly all: string
}

export interface Found {
  readonly kind: Kind
  readonly entries: readonly Entry[]
  /** How many more there are. */
  readonly more: number
}

/** So many of one kind; the rest are in its list. */
export const PER_KIND = 6
/** So many characters of an id are no accident any more. */
const ID_START_MIN = 4

/** As texts are compared: without case, accents and doubled spaces. */
export const folded = (text: string): string =>
  text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim()

export const index = (entries: readonly Entry[]): readonly Indexed[] =>
  entries.map((entry) => {
    const label = folded(entry.label)
    const names = (entry.names ?? []).map(folded)
    const all = [label, ...names, folded(entry.detail ?? '')].join(' ')
    return { entry, ids: entry.ids ?? [], label, names, all }
  })

/** Lower is better; undefined for what does not fit. */
function rankOf({ ids, label, names, all }: Indexed, typed: string, wanted: string): number | undefined {
  if (ids.includes(typed)) return 0
  if (label === wanted || names.includes(wanted)) return 1
  if (label.startsWith(wanted)) return 2
  if (hasWordLike(label, wanted)) return 3
  if (names.some((name) => name.startsWith(wanted))) return 4
  if (label.includes(wanted)) return 5
  if (names.some((name) => name.includes(wanted))) return 6
  if (typed.length >= ID_START_MIN && ids.some((id) => id.startsWith(typed))) return 7
  if (wanted.split(' ').every((word) => all.includes(word))) return 8
  return undefined
}

/** Whether a word in it, which is not the first, begins so. */
function hasWordLike(text: string, wanted: string): boolean {
  for (let at = text.indexOf(wanted, 1); at !== -1; at = text.indexOf(wanted, at + 1))
    if (!/[\p{L}\p{N}]/u.test(text.charAt(at - 1))) return true
  return false
}

/**
 * The kinds whose best fits best come first, and in each kind what fits best; what fits alike keeps its order.
 * @param text as it was typed or pasted; nothing finds all views and actions
 */
export function find(indexed: readonly Indexed[], text: string): readonly Found[] {
  const typed = text.trim()
  const wanted = folded(text)
  const ranked = indexed.flatMap((each) => {
    const isOffered = each.entry.kind === 'view' || each.entry.kind === 'action'
    const rank = wanted === '' ? (isOffered ? 0 : undefined) : rankOf(each, typed, wanted)
    return rank === undefined ? [] : [{ rank, entry: each.entry }]
  })
  const byKind = Map.groupBy(
    ranked.toSorted((a, b) => a.rank - b.rank),
    ({ entry }) => entry.kind,
  )
  return ORDER.flatMap((kind) => {
    const of = byKind.get(kind)
    return of === undefined ? [] : [{ kind, of, best: of[0]?.rank ?? 0 }]
  })
    .toSorted((a, b) => a.best - b.best)
    .map(({ kind, of }) => {
      const entries = of.slice(0, wanted === '' ? undefined : PER_KIND).map(({ entry }) => entry)
      return { kind, entries, more: of.length - entries.length }
    })
}

const ORDER = Object.keys(KINDS) as Kind[]
