/** What counts over time say of a source: how many events lately, and when the last one came. */
interface Volume {
  readonly source?: { readonly id: string }
  readonly total: number
  readonly series: readonly { readonly time: string; readonly count: number }[]
}

export interface Activity {
  /** In the time of the coarser counts. */
  readonly events: number
  /** Beginning of the minute, or of the hour when it was longer ago: ISO 8601. */
  readonly lastAt: string | undefined
  readonly isByMinute: boolean
}

/** @param minutes of the last hours; @param hours of the whole time */
export function activityOf(minutes: readonly Volume[], hours: readonly Volume[]): ReadonlyMap<string, Activity> {
  const lastOf = (volumes: readonly Volume[], id: string) =>
    volumes.find(({ source }) => source?.id === id)?.series.findLast(({ count }) => count > 0)?.time
  return new Map(
    hours.flatMap(({ source, total }) => {
      if (source === undefined) return []
      const minute = lastOf(minutes, source.id)
      return [
        [
          source.id,
          { events: total, lastAt: minute ?? lastOf(hours, source.id), isByMinute: minute !== undefined },
        ] as const,
      ]
    }),
  )
}
