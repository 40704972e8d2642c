/** From counted series to what is answered of them: groups, totals and a point for every part of the range. Pure. */
import type { VolumeAnswer } from '../../state/index.ts'
import type { Range } from './range.ts'

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

export interface Dataset {
  readonly labels: Labels
  readonly total: number
  readonly retries: number
  readonly points: readonly { readonly time: string; readonly count: number; readonly retries: number }[]
}

/** Of the groups whose points were asked for, in the order of the answer. */
export function datasetsOf(
  { totals, points }: VolumeAnswer,
  labels: readonly Labels[],
  range: Range,
): readonly Dataset[] {
  const byGroup = Map.groupBy(points, ({ group }) => group)
  return totals.flatMap(({ group, count, retries }) => {
    const own = byGroup.get(group)
    if (own === undefined) return []
    const at = new Map(own.map((point) => [point.atMs, point]))
    const all = range.points.map((atMs) => {
      const point = at.get(atMs)
      return { time: new Date(atMs).toISOString(), count: point?.count ?? 0, retries: point?.retries ?? 0 }
    })
    return [{ labels: labels[group] ?? {}, total: count, retries, points: all }]
  })
}

/** What a range is in which nothing was counted: nothing in every part of it. */
export function emptyDataset(range: Range): Dataset {
  const points = range.points.map((atMs) => ({ time: new Date(atMs).toISOString(), count: 0, retries: 0 }))
  return { labels: {}, total: 0, retries: 0, points }
}
