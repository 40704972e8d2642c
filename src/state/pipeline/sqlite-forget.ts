/** Throws away what is old, a bounded piece a call. */
import type { DeliveryId } from './port.ts'
import type { SqliteStatements } from './sqlite-statements.ts'
import { MS_PER_DAY } from './step.ts'

/**
 * What is neither pending nor dead, and no erasure call. Spelt as the index has it, or it would not be used; a list of
 * states there cost each end 4 µs, two comparisons half of one.
 */
const ENDED = `SELECT position, route FROM deliveries INDEXED BY deliveries_ended
  WHERE state > 0 AND state <> 2 AND route > 0 AND ended_at < ? ORDER BY ended_at, position, route LIMIT ?`
const FORGET_ROUTING = `DELETE FROM routings WHERE position = ?
  AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.position = routings.position)`
/** The last position of the next part of the routings to be looked at. */
const NEXT_PART = `SELECT max(position) AS last, count(*) AS rows FROM
  (SELECT position FROM routings WHERE position > ? AND position < ? ORDER BY position LIMIT ?)`
const FORGET_PART = `DELETE FROM routings WHERE position > ? AND position <= ?
  AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.position = routings.position)`

export class SqliteForgetting {
  readonly #sql: SqliteStatements
  /** Routings up to here were looked at: what is left of them leads to deliveries, and goes with the last of those. */
  #sweptTo = 0

  constructor(sql: SqliteStatements) {
    this.#sql = sql
  }

  forget({ deliveredBeforeMs, limit }: { deliveredBeforeMs: number; limit: number }): { more: boolean } {
    return this.#sql.transaction(() => {
      const deliveries = this.#forgetDeliveries(deliveredBeforeMs, limit)
      const routings = this.#forgetRoutings(deliveredBeforeMs, limit)
      return { more: deliveries === limit || routings === limit }
    })
  }

  #forgetDeliveries(beforeMs: number, limit: number): number {
    const ended = this.#sql.prepare(ENDED).all(beforeMs, limit) as unknown as DeliveryId[]
    ended.sort((a, b) => a.position - b.position || a.route - b.route)
    for (const table of ['delivery_details', 'deliveries']) {
      const remove = this.#sql.prepare(`DELETE FROM ${table} WHERE position = ? AND route = ?`)
      for (const { position, route } of ended) remove.run(position, route)
    }
    const routing = this.#sql.prepare(FORGET_ROUTING)
    for (const position of new Set(ended.map((each) => each.position))) routing.run(position)
    return ended.length
  }

  /** Events that nobody was to get have no delivery to go with: their place in the log tells their age. */
  #forgetRoutings(beforeMs: number, limit: number): number {
    const day = Math.floor(beforeMs / MS_PER_DAY)
    const floor = this.#sql.prepare('SELECT max(first_position) AS floor FROM log_days WHERE day <= ?').get(day)?.[
      'floor'
    ] as number | null
    if (floor === null) return 0
    const part = this.#sql.prepare(NEXT_PART).get(this.#sweptTo, floor, limit)
    const last = part?.['last'] as number | null
    if (last === null) return 0
    this.#sql.prepare(FORGET_PART).run(this.#sweptTo, last)
    this.#sweptTo = last
    return part?.['rows'] as number
  }
}
