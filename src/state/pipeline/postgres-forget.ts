/** Throws away what is old, a bounded piece a call. See `sqlite-forget.ts` for the order of things. */
import type { DeliveryId } from './port.ts'
import { integers, type Session } from './postgres-session.ts'
import { MS_PER_DAY } from './step.ts'

export class PostgresForgetting {
  #sweptTo = 0

  async dropDaysBefore(session: Session, day: number): Promise<readonly number[]> {
    const rows = await session.query({
      name: 'days',
      text: `SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'dedup'::regclass`,
    })
    const old = rows.map((row) => Number(String(row['relname']).slice('dedup_'.length))).filter((each) => each < day)
    for (const each of old) await session.run(`DROP TABLE IF EXISTS dedup_${each}`)
    return old
  }

  /** Inside of a transaction. The answer's `remember` is to be called once that is committed. */
  async forget(
    session: Session,
    { deliveredBeforeMs, limit }: { deliveredBeforeMs: number; limit: number },
  ): Promise<{ readonly more: boolean; remember(): void }> {
    const deliveries = await this.#forgetDeliveries(session, deliveredBeforeMs, limit)
    const { rows, last } = await this.#forgetRoutings(session, deliveredBeforeMs, limit)
    return {
      more: deliveries === limit || rows === limit,
      remember: () => {
        this.#sweptTo = last
      },
    }
  }

  async #forgetDeliveries(session: Session, beforeMs: number, limit: number): Promise<number> {
    const ended = (await session.query(
      {
        name: 'ended',
        text: `SELECT position, route FROM deliveries WHERE state > 0 AND state <> 2 AND route > 0 AND ended_at < $1
          ORDER BY ended_at, position, route LIMIT $2`,
      },
      [beforeMs, limit],
    )) as unknown as readonly DeliveryId[]
    if (ended.length === 0) return 0
    const ids = [integers(ended, (each) => each.position), integers(ended, (each) => each.route)]
    for (const table of ['delivery_details', 'deliveries']) {
      await session.query(
        {
          name: `forget ${table}`,
          text: `DELETE FROM ${table} d USING unnest($1::bigint[], $2::integer[]) AS u (position, route)
            WHERE d.position = u.position AND d.route = u.route`,
        },
        ids,
      )
    }
    const positions = [...new Set(ended.map((each) => each.position))]
    await session.query(
      {
        name: 'forget routings',
        text: `DELETE FROM routings r WHERE position = ANY ($1::bigint[])
          AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.position = r.position)`,
      },
      [integers(positions, (each) => each)],
    )
    return ended.length
  }

  async #forgetRoutings(session: Session, beforeMs: number, limit: number): Promise<{ rows: number; last: number }> {
    const [part] = await session.query(
      {
        name: 'next routings',
        text: `SELECT max(position) AS last, count(*) AS rows FROM (
          SELECT position FROM routings WHERE position > $1
            AND position < (SELECT max(first_position) FROM log_days WHERE day <= $2)
          ORDER BY position LIMIT $3) AS part`,
      },
      [this.#sweptTo, Math.floor(beforeMs / MS_PER_DAY), limit],
    )
    const last = part?.['last'] as number | null
    if (last === null) return { rows: 0, last: this.#sweptTo }
    await session.query(
      {
        name: 'forget unrouted',
        text: `DELETE FROM routings r WHERE position > $1 AND position <= $2
          AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.position = r.position)`,
      },
      [this.#sweptTo, last],
    )
    return { rows: part?.['rows'] as number, last }
  }
}
