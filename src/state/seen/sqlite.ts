/** Names that were seen, on SQLite. */
import type { SqliteStatements } from '../pipeline/sqlite-statements.ts'
import { repairText } from '../pipeline/step.ts'
import type { SeenState, StoredSeen } from './port.ts'
import { MEMBERS_START, SEEN_COLUMNS, toSeen } from './rows.ts'

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

  async withoutMembers(sourceId: string): Promise<readonly StoredSeen[]> {
    const select = this.#sql.prepare(`SELECT source_id, key,
      substr(document, 1, instr(document, ?) - 1) || '}' AS document FROM seen_names WHERE source_id = ? ORDER BY key`)
    return select.all(MEMBERS_START, sourceId).map(toSeen)
  }

  async ofKeys(sourceId: string, keys: readonly Uint8Array[]): Promise<readonly StoredSeen[]> {
    const select = this.#sql.prepare(`SELECT ${SEEN_COLUMNS} FROM seen_names
      WHERE source_id = ? AND key IN (SELECT unhex(value) FROM json_each(?)) ORDER BY key`)
    return select.all(sourceId, JSON.stringify(keys.map((key) => Buffer.from(key).toString('hex')))).map(toSeen)
  }
}
