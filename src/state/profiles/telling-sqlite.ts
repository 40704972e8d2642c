/** The sync ledger on SQLite. */
import type { SqliteStatements } from '../pipeline/sqlite-statements.ts'
import { repairText } from '../pipeline/step.ts'
import { lastOf, toTelling } from './rows.ts'
import type { StoredTelling, TellingState, TellingStep } from './telling-port.ts'

const COLUMNS = 'computation, destination, profile, value, told_at, message, run, before, due_at, anew, due_run'
const JOIN = `INSERT INTO sync_ledger (${COLUMNS})
  SELECT computation, destination, ?, value, told_at, message, NULL, NULL, coalesce(due_at, ?), anew, NULL
  FROM sync_ledger WHERE profile = ?
  ON CONFLICT (computation, profile, destination) DO UPDATE
    SET value = CASE WHEN sync_ledger.value NOT IN ('false', 'null') THEN sync_ledger.value ELSE excluded.value END,
      told_at = CASE WHEN sync_ledger.value NOT IN ('false', 'null') THEN sync_ledger.told_at ELSE excluded.told_at END,
      message = CASE WHEN sync_ledger.value NOT IN ('false', 'null') THEN sync_ledger.message ELSE excluded.message END,
      run = NULL, before = NULL, due_at = coalesce(sync_ledger.due_at, excluded.due_at), anew = 1, due_run = NULL
    WHERE sync_ledger.value IS NOT excluded.value`
const TOLD = `INSERT INTO sync_ledger (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?)
  ON CONFLICT (computation, profile, destination) DO UPDATE
    SET value = excluded.value, told_at = excluded.told_at, message = excluded.message, run = excluded.run,
      before = CASE WHEN excluded.run IS NULL THEN NULL WHEN excluded.run = run THEN before ELSE value END,
      due_at = excluded.due_at, anew = excluded.anew, due_run = excluded.due_run`
const DUE = `INSERT INTO sync_ledger (computation, destination, profile, due_at, anew, due_run)
  VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (computation, profile, destination) DO UPDATE
    SET due_at = min(coalesce(due_at, excluded.due_at), excluded.due_at), anew = max(anew, excluded.anew),
      due_run = excluded.due_run`
const NOT_DUE = `UPDATE sync_ledger SET due_at = NULL, anew = 0, due_run = NULL
  WHERE computation = ? AND destination = ? AND profile = ?`
const LOST = `UPDATE sync_ledger SET message = NULL
  WHERE computation = ? AND destination = ? AND profile = ? AND message = ?`
const AGAIN = `UPDATE sync_ledger SET told_at = ?, message = ?
  WHERE computation = ? AND destination = ? AND profile = ? AND value = ? AND message IS NOT NULL`

/** Inside of a transaction. */
export function writeTellings(sql: SqliteStatements, step: TellingStep & { readonly gone: readonly number[] }): void {
  const join = sql.prepare(JOIN)
  const remove = sql.prepare('DELETE FROM sync_ledger WHERE profile = ?')
  for (const { profile, into, atMs } of step.joined) {
    join.run(into, Math.round(atMs), profile)
    remove.run(profile)
  }
  for (const gone of step.gone) remove.run(gone)
  for (const { computation, destinations, profile, message } of step.lost)
    for (const destination of destinations) sql.prepare(LOST).run(computation, destination, profile, message)
  for (const { computation, destination, profile, told, due } of lastOf(step.tellings, keyOf)) {
    const key = [computation, destination, profile]
    const dueAtMs = due === null ? null : Math.round(due.atMs)
    if (told !== null) {
      const { value, atMs, message, run } = told
      sql
        .prepare(TOLD)
        .run(
          ...key,
          repairText(value),
          Math.round(atMs),
          message,
          run,
          dueAtMs,
          Number(due?.anew ?? false),
          due?.run ?? null,
        )
    } else if (due === null) sql.prepare(NOT_DUE).run(...key)
    else sql.prepare(DUE).run(...key, dueAtMs, Number(due.anew), due.run)
  }
  for (const { computation, destination, profile, value, atMs, message } of step.again)
    sql.prepare(AGAIN).run(Math.round(atMs), message, computation, destination, profile, repairText(value))
  const forget = sql.prepare('DELETE FROM sync_ledger WHERE computation = ? AND profile = ?')
  for (const { computation, profile } of step.untold) forget.run(computation, profile)
}

const keyOf = ({ computation, destination, profile }: TellingStep['tellings'][number]) =>
  `${computation} ${destination} ${profile}`

export class SqliteTellings implements TellingState {
  readonly #sql: SqliteStatements

  constructor(sql: SqliteStatements) {
    this.#sql = sql
  }

  async standings({ computation, after, limit }: { computation: number; after: number; limit: number }) {
    const select = this.#sql.prepare(`
      SELECT * FROM (SELECT profile FROM members WHERE computation = ? AND profile > ? ORDER BY profile LIMIT ?)
      UNION SELECT * FROM (SELECT profile FROM sync_ledger WHERE computation = ? AND profile > ? ORDER BY profile LIMIT ?)
      ORDER BY profile LIMIT ?`)
    const rows = select.all(computation, after, limit, computation, after, limit, limit)
    return rows.map((row) => row['profile'] as number)
  }

  async standingCount(computation: number): Promise<number> {
    const select = this.#sql.prepare(`SELECT count(*) AS n FROM (SELECT profile FROM members WHERE computation = ?
      UNION SELECT profile FROM sync_ledger WHERE computation = ?)`)
    return select.get(computation, computation)?.['n'] as number
  }

  async tellings({ computation, after, to }: { computation: number; after: number; to: number }) {
    const select = this.#sql.prepare(`SELECT ${COLUMNS} FROM sync_ledger
      WHERE computation = ? AND profile > ? AND profile <= ? ORDER BY profile, destination`)
    return select.all(computation, after, to).map(toTelling) as readonly StoredTelling[]
  }

  async dueTellings({ atMs, limit }: { atMs: number; limit: number }) {
    const select = this.#sql.prepare(`SELECT ${COLUMNS} FROM sync_ledger INDEXED BY sync_ledger_due
      WHERE due_at <= ? ORDER BY due_at, computation, profile, destination LIMIT ?`)
    return select.all(atMs, limit).map(toTelling) as readonly StoredTelling[]
  }
}
