/** From counted series to what is answered of them: groups, totals and a point for every part of the range. Pure. */
import type { VolumePoint } from '../../state/index.ts'

/** What a group has in common: a value for each dimension that it has one of. */
export type Labels = Readonly<Record<string, string>>

export interface Groups {
  /** In the order of their labels; a group's number is its place. */
  readonly labels: readonly Labels[]
  /** By the number of a series. */
  readonly of: ReadonlyMap<number, number>
}

/** @param labelsOf what a series is to be put together by; undefined leaves it out */
export function groupsOf<Series extends { readonly number: number }>(
  series: readonly Series[],
  labelsOf: (series: Series) => Labels | undefined,
): Groups {
  const members = new Map<string, { labels: Labels; numbers: number[] }>()
  for (const each of series) {
    const labels = labelsOf(each)
    if (labels === undefined) continue
    const text = JSON.stringify(Object.entries(labels))
    const known = members.get(text)
    if (known === undefined) members.set(text, { labels, numbers: [each.number] })
    else known.numbers.push(each.number)
  }
  const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group)
  return {
    labels: sorted.map(({ labels }) => labels),
    of: new Map(sorted.flatMap(({ numbers }, place) => numbers.map((number) => [number, place] as const))),
  }
}

interface Figures {
  readonly group: number
  readonly count: number
  readonly retries: number
}

/** Adds up points of series by their groups. */
export class GroupSums {
  readonly #of: Groups['of']
  readonly #groups = new Map<number, Map<number, { count: number; retries: number }>>()

  constructor(of: Groups['of']) {
    this.#of = of
  }

  add(points: readonly VolumePoint[]): void {
    for (const { series, atMs, count, retries } of points) {
      const group = this.#of.get(series)
      if (group === undefined) continue
      const times = this.#groups.get(group) ?? new Map<number, { count: number; retries: number }>()
      const known = times.get(atMs)
      if (known === undefined) times.set(atMs, { count, retries })
      else {
        known.count += count
        known.retries += retries
      }
      this.#groups.set(group, times)
    }
  }

  /** The largest first, then the smaller number. */
  totals(): readonly Figures[] {
    const totals = Array.from(this.#groups, ([group, times]) => {
      const sum = { group, count: 0, retries: 0 }
      for (const { count, retries } of times.values()) {
        sum.count += count
        sum.retries += retries
      }
      return sum
    })
    return totals.sort((a, b) => b.count - a.count || a.group - b.group)
  }

  at(group: number, atMs: number): Pick<Figures, 'count' | 'retries'> | undefined {
    return this.#groups.get(group)?.get(atMs)
  }
}

export interface Dataset {
  readonly labels: Labels
  readonly total: number
  readonly retries: number
  readonly points: readonly { readonly time: string; readonly count: number; readonly retries: number }[]
}

/** When the points of a range begin. */
export interface Times {
  /** Milliseconds since 1970. */
  readonly points: readonly number[]
  /** The same in ISO 8601. */
  readonly texts: readonly string[]
}

export const timesOf = (points: Times['points']): Times => ({
  points,
  texts: points.map((atMs) => new Date(atMs).toISOString()),
})

/** Of one group. */
export function datasetOf(
  sums: GroupSums,
  { group, count, retries }: Figures,
  labels: readonly Labels[],
  { points, texts }: Times,
): Dataset {
  return {
    labels: labels[group] ?? {},
    total: count,
    retries,
    points: points.map((atMs, place) => {
      const point = sums.at(group, atMs)
      return { time: texts[place] ?? '', count: point?.count ?? 0, retries: point?.retries ?? 0 }
    }),
  }
}

/** What a range is in which nothing was counted: nothing in every part of it. */
export function emptyDataset({ texts }: Times): Dataset {
  return { labels: {}, total: 0, retries: 0, points: texts.map((time) => ({ time, count: 0, retries: 0 })) }
}
