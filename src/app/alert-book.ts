/** Which alerts are open, which have just opened or ended, and which ended last. Pure. */
import { hash } from 'node:crypto'
import type { Alert, Alerts } from '../api/index.ts'

/** Ended alerts that are remembered. */
export const CLOSED_MAX = 100

export interface AlertBook {
  readonly open: readonly Alert[]
  readonly closed: Alerts['closed']
}

export const EMPTY_BOOK: AlertBook = { open: [], closed: [] }

export interface Turned {
  readonly book: AlertBook
  readonly opened: readonly Alert[]
  readonly ended: readonly Alert[]
}

/** An alert that goes on keeps the time at which it began, whatever it says by now. */
export function turn(book: AlertBook, found: readonly Alert[], nowMs: number): Turned {
  const before = new Map(book.open.map((alert) => [keyOf(alert), alert]))
  const open = found.map((alert) => ({ ...alert, since: before.get(keyOf(alert))?.since ?? alert.since }))
  const now = new Set(open.map(keyOf))
  const ended = book.open.filter((alert) => !now.has(keyOf(alert)))
  const closedAt = new Date(nowMs).toISOString()
  const closed = [...ended.map((alert) => ({ ...alert, closedAt })), ...book.closed].slice(0, CLOSED_MAX)
  return { book: { open, closed }, opened: open.filter((alert) => !before.has(keyOf(alert))), ended }
}

/** What makes an alert itself. */
function keyOf({ kind, destinations }: Alert): string {
  return JSON.stringify([kind, destinations.map(({ id }) => id).toSorted()])
}

/** The same for the same opening or end, also after a restart, as far as its time is known then. */
export function noticeId(type: string, alert: Alert): string {
  return `alert_${hash('sha256', `${type}\n${keyOf(alert)}\n${alert.since}`, 'base64url').slice(0, 24)}`
}
