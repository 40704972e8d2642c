/** Who referred whom (contract 12): an event that brings an advocate's share code ties the two persons together. */
import type { Context } from './context.ts'
import { textOf } from './json.ts'

/** Data keys that name an advocate, with the reason Extole records for each. */
const REASONS = [
  ['advocate_code', 'ADVOCATE_CODE'],
  ['coupon_code', 'COUPON_CODE'],
] as const

export interface Referral {
  readonly friendId: string
  readonly data: ReadonlyMap<string, unknown>
  readonly container: string
  readonly eventId: string
}

/** The advocate of this event, recorded as a relationship the first time. Nobody refers themselves. */
export function attribute(
  { db, nextId, clock }: Context,
  { friendId, data, container, eventId }: Referral,
): string | undefined {
  for (const [key, reason] of REASONS) {
    const code = textOf(data.get(key))
    if (code === undefined) continue
    const row = db.get('SELECT CAST(person_id AS TEXT) AS id FROM shareable WHERE code = ?', code)
    if (row === undefined || row.id === friendId) continue
    const advocateId = String(row.id)
    db.run(
      `INSERT OR IGNORE INTO relationship (id, advocate_id, friend_id, container, root_event_id, reason, created_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      nextId(),
      advocateId,
      friendId,
      container,
      eventId,
      reason,
      clock.nowMs(),
    )
    return advocateId
  }
  return undefined
}
