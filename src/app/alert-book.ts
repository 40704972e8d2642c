/** Which alerts are open, which of that is news, and which ended last. Pure. */
import { hash } from 'node:crypto'
import type { Alert, Alerts } from '../api/index.ts'

/** What ends sooner after it was first seen, in milliseconds, is told to nobody: a blink is not a page. */
export const QUIET_MS = 5_000
/** Ended alerts that are remembered. */
export const CLOSED_MAX = 100

interface OpenAlert {
  readonly alert: Alert
  /** Monotonic milliseconds. */
  readonly seenMs: number
  readonly isTold: boolean
}

export interface AlertBook {
  /** By id. */
  readonly open: ReadonlyMap<string, OpenAlert>
  readonly closed: Alerts['closed']
}

export const EMPTY_BOOK: AlertBook = { open: new Map(), closed: [] }

export interface Turned {
  readonly book: AlertBook
  /** To be told: open for QUIET_MS by now, and not told before. */
  readonly opened: readonly Alert[]
  /** To be told: those over by now whose opening was told. */
  readonly ended: readonly Alert[]
}

/** An alert that goes on keeps the time at which it began, whatever it says by now. */
export function turn(
  book: AlertBook,
  now: { readonly found: readonly Alert[]; readonly nowMs: number; readonly monotonicMs: number },
): Turned {
  const at = new Date(now.nowMs).toISOString()
  const open = new Map<string, OpenAlert>()
  const opened: Alert[] = []
  for (const found of now.found) {
    const known = book.open.get(found.id)
    const alert = { ...found, since: known?.alert.since ?? beginningOf(found, book, at) }
    const seenMs = known?.seenMs ?? now.monotonicMs
    const isDue = now.monotonicMs - seenMs >= QUIET_MS
    const wasTold = known?.isTold === true
    if (isDue && !wasTold) opened.push(alert)
    open.set(found.id, { alert, seenMs, isTold: isDue || wasTold })
  }
  const over = [...book.open.values()].filter(({ alert }) => !open.has(alert.id))
  const closed = [...over.map(({ alert }) => ({ ...alert, closedAt: at })), ...book.closed].slice(0, CLOSED_MAX)
  return { book: { open, closed }, opened, ended: over.filter(({ isTold }) => isTold).map(({ alert }) => alert) }
}

/** What ended and is there again, as when a held destination is switched off and on, begins anew: it is news again. */
function beginningOf({ id, since }: Alert, { closed }: AlertBook, at: string): string {
  return closed.some((before) => before.id === id && before.since === since) ? at : since
}

/** The same for the same opening or end, also after a restart, as far as its time is known then. */
export function noticeId(type: string, { id, since }: Alert): string {
  return `alert_${hash('sha256', `${type}\n${id}\n${since}`, 'base64url').slice(0, 24)}`
}
