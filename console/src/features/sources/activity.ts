/** What counts over time say of a source: how many events lately, and when the last one came. */
import { duration } from '../../shared/format.ts'

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

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** How long ago the last event came, no closer than the counts know it. @param nowMs Unix milliseconds */
export function lastText({ lastAt, isByMinute }: Activity, nowMs: number): string {
  if (lastAt === undefined) return 'none in 7 days'
  const pointMs = isByMinute ? MINUTE_MS : HOUR_MS
  const points = Math.floor((nowMs - Date.parse(lastAt)) / pointMs)
  if (points < 2) return isByMinute ? 'in the last 2 minutes' : 'in the last 2 hours'
  return `about ${duration(points * pointMs)} ago`
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
