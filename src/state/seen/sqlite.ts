/** Names that were seen, on SQLite. */
import type { SqliteStatements } from '../pipeline/sqlite-statements.ts'
import { repairText } from '../pipeline/step.ts'
import type { SeenState, StoredSeen } from './port.ts'
import { SEEN_COLUMNS, toSeen } from './rows.ts'

/** Inside of a transaction. */
export function writeSeen(sql: SqliteStatements, rows: readonly StoredSeen[]): void {
  const put = sql.prepare(`INSERT INTO seen_names (${SEEN_COLUMNS}) VALUES (?, ?, ?)
    ON CONFLICT (source_id, key) DO UPDATE SET document = excluded.document`)
  const forget = sql.prepare('DELETE FROM seen_names WHERE source_id = ? AND key = ?')
  for (const { sourceId, key, document } of rows) {
    if (document === null) forget.run(sourceId, key)
    else put.run(sourceId, key, repairText(document))
  }
}

export class SqliteSeen implements SeenState {
  readonly #sql: SqliteStatements

  constructor(sql: SqliteStatements) {
    this.#sql = sql
  }

  async all(): Promise<readonly StoredSeen[]> {
    return this.#sql.prepare(`SELECT ${SEEN_COLUMNS} FROM seen_names ORDER BY source_id, key`).all().map(toSeen)
  }

  async ofSources(sourceIds: readonly string[]): Promise<readonly StoredSeen[]> {
    const select = this.#sql.prepare(`SELECT ${SEEN_COLUMNS} FROM seen_names
      WHERE source_id IN (SELECT value FROM json_each(?)) ORDER BY source_id, key`)
    return select.all(JSON.stringify(sourceIds)).map(toSeen)
  }
}
