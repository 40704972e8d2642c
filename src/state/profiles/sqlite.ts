/** People on SQLite. Keys are sorted before they touch a B-tree. */
import type { SqliteStatements } from '../pipeline/sqlite-statements.ts'
import { repairText } from '../pipeline/step.ts'
import type { VolumeSum } from '../volume/sum.ts'
import { membersKey } from './member-counts.ts'
import type { IdKey, OutboxItem, ProfileState, StoredProfile, StoredRun, UnifyStep } from './port.ts'
import { toMembership, toProfile } from './rows.ts'
import { SqliteTellings, writeTellings } from './telling-sqlite.ts'

const PROFILE = `INSERT INTO profiles (id, space, document, due_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET document = excluded.document, due_at = excluded.due_at`
const MEMBERSHIP = 'INSERT OR IGNORE INTO members (computation, profile) VALUES (?, ?)'
const RUN = `INSERT INTO unify_runs (name, body) VALUES (?, ?)
  ON CONFLICT (name) DO UPDATE SET body = excluded.body`
const COLUMNS = 'id, space, document, due_at'

/** Inside of a transaction. @param volume counts who comes and leaves */
export function writeUnify(sql: SqliteStatements, step: UnifyStep, volume: VolumeSum): void {
  for (const key of step.freed) sql.prepare('DELETE FROM external_ids WHERE key = ?').run(key)
  const id = sql.prepare('INSERT OR REPLACE INTO external_ids (key, profile) VALUES (?, ?)')
  for (const { key, profile } of step.ids.toSorted((a, b) => Buffer.compare(a.key, b.key))) id.run(key, profile)
  const put = sql.prepare(PROFILE)
  for (const { id, space, document, dueAtMs } of step.profiles)
    put.run(id, space, repairText(document), dueAtMs === null ? null : Math.round(dueAtMs))
  for (const gone of step.gone) {
    const were = sql.prepare('DELETE FROM members WHERE profile = ? RETURNING computation').all(gone)
    for (const { computation } of were) volume.add(membersKey(computation as number, 'left'), step.atMs)
    sql.prepare('DELETE FROM profiles WHERE id = ?').run(gone)
  }
  const member = sql.prepare(MEMBERSHIP)
  for (const { computation, profile } of step.memberships)
    if (member.run(computation, profile).changes > 0) volume.add(membersKey(computation, 'entered'), step.atMs)
  const forget = sql.prepare('DELETE FROM members WHERE computation = ? AND profile = ?')
  for (const { computation, profile } of step.forgotten)
    if (forget.run(computation, profile).changes > 0) volume.add(membersKey(computation, 'left'), step.atMs)
  writeTellings(sql, step)
  const item = sql.prepare('INSERT INTO outbox (number, source_id, body) VALUES (?, ?, ?)')
  for (const { number, sourceId, body } of step.outbox) item.run(number, sourceId, repairText(body))
  if (step.appendedTo > 0) sql.prepare('DELETE FROM outbox WHERE number <= ?').run(step.appendedTo)
  for (const { name, body } of step.runs) {
    if (body === null) sql.prepare('DELETE FROM unify_runs WHERE name = ?').run(name)
    else sql.prepare(RUN).run(name, repairText(body))
  }
  const lastProfile = step.profiles.reduce((last, each) => Math.max(last, each.id), Math.max(0, ...step.gone))
  sql
    .prepare('UPDATE unify_numbers SET profile = max(profile, ?), outbox = max(outbox, ?)')
    .run(lastProfile, step.outbox.at(-1)?.number ?? 0)
}

export class SqliteProfiles extends SqliteTellings implements ProfileState {
  readonly #sql: SqliteStatements

  constructor(sql: SqliteStatements) {
    super(sql)
    this.#sql = sql
  }

  async lastProfileId(): Promise<number> {
    return this.#sql.prepare('SELECT profile FROM unify_numbers').get()?.['profile'] as number
  }

  async lastOutboxNumber(): Promise<number> {
    return this.#sql.prepare('SELECT outbox FROM unify_numbers').get()?.['outbox'] as number
  }

  async profilesByIds(keys: readonly IdKey[]): Promise<readonly (number | null)[]> {
    const select = this.#sql.prepare('SELECT profile FROM external_ids WHERE key = ?')
    return keys.map((key) => (select.get(key)?.['profile'] as number | undefined) ?? null)
  }

  async profiles(ids: readonly number[]): Promise<readonly (StoredProfile | null)[]> {
    const select = this.#sql.prepare(`SELECT ${COLUMNS} FROM profiles WHERE id = ?`)
    return ids.map((id) => {
      const row = select.get(id)
      return row === undefined ? null : toProfile(row)
    })
  }

  async profilesAfter({ space, after, limit }: { space: number; after: number; limit: number }) {
    const select = this.#sql.prepare(`SELECT ${COLUMNS} FROM profiles WHERE space = ? AND id > ? ORDER BY id LIMIT ?`)
    return select.all(space, after, limit).map(toProfile)
  }

  async profileCount(space: number): Promise<number> {
    return this.#sql.prepare('SELECT count(*) AS n FROM profiles WHERE space = ?').get(space)?.['n'] as number
  }

  async due({ space, atMs, limit }: { space: number; atMs: number; limit: number }) {
    const select = this.#sql.prepare(
      `SELECT ${COLUMNS} FROM profiles INDEXED BY profiles_space_due
      WHERE space = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?`,
    )
    return select.all(space, atMs, limit).map(toProfile)
  }

  async nextDueMs(): Promise<number | null> {
    const select = this.#sql.prepare(`SELECT min(due) AS due FROM (
      SELECT min(due_at) AS due FROM profiles WHERE due_at IS NOT NULL
      UNION ALL SELECT min(due_at) FROM sync_ledger WHERE due_at IS NOT NULL)`)
    return (select.get()?.['due'] as number | null) ?? null
  }

  async members({ computation, after, limit }: { computation: number; after: number; limit: number }) {
    const select = this.#sql.prepare(
      'SELECT computation, profile FROM members WHERE computation = ? AND profile > ? ORDER BY profile LIMIT ?',
    )
    return select.all(computation, after, limit).map(toMembership)
  }

  async memberCount(computation: number): Promise<number> {
    const select = this.#sql.prepare('SELECT count(*) AS n FROM members WHERE computation = ?')
    return select.get(computation)?.['n'] as number
  }

  async outbox(limit: number): Promise<readonly OutboxItem[]> {
    const rows = this.#sql.prepare('SELECT number, source_id, body FROM outbox ORDER BY number LIMIT ?').all(limit)
    return rows.map((row) => ({
      number: row['number'] as number,
      sourceId: row['source_id'] as string,
      body: row['body'] as string,
    }))
  }

  async runs(): Promise<readonly StoredRun[]> {
    const rows = this.#sql.prepare('SELECT name, body FROM unify_runs ORDER BY name').all()
    return rows.map((row) => ({ name: row['name'] as string, body: row['body'] as string }))
  }
}
