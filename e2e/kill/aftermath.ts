/** What the product left on disk, read with its own read-only doors once it has stopped. */
import { join } from 'node:path'
import { EndSignal, SqliteLogReader } from '../../src/log/index.ts'
import { openSqliteState, SqlitePipelineState } from '../../src/state/index.ts'
import type { LedgerEntry, LoggedEvent } from './records.ts'

const PAGE_RECORDS = 1_000

interface EventBody {
  readonly messageId: string
  readonly userId: string
  readonly properties?: { readonly sequence?: number }
  readonly traits?: { readonly sequence?: number }
}

/** Every event of a source in the log of a data directory, repeats included, in order. */
export function readLog(directory: string, sourceId: string): LoggedEvent[] {
  const end = new EndSignal()
  end.publish(Number.MAX_SAFE_INTEGER)
  const reader = new SqliteLogReader({ directory: join(directory, 'log'), end })
  const events: LoggedEvent[] = []
  try {
    for (let after = 0; ; ) {
      const records = reader.read(after, PAGE_RECORDS)
      const last = records.at(-1)
      if (last === undefined) return events
      after = last.position
      for (const record of records) {
        if (record.kind !== 'event' || record.sourceId !== sourceId) continue
        const event = JSON.parse(Buffer.from(record.body).toString()) as EventBody
        const sequence = event.properties?.sequence ?? event.traits?.sequence ?? 0
        events.push({ position: record.position, messageId: event.messageId, userId: event.userId, sequence })
      }
    }
  } finally {
    reader.close()
  }
}

/** Every delivery of one destination instance. */
export async function readLedger(directory: string, instance: number): Promise<LedgerEntry[]> {
  const db = openSqliteState({ file: join(directory, 'state.db'), readOnly: true })
  try {
    const rows = await new SqlitePipelineState(db).ledger({ instance, limit: Number.MAX_SAFE_INTEGER })
    return rows.map(({ position, state, reason }) => ({ position, state, reason }))
  } finally {
    await db.close()
  }
}
