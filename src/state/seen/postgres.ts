/** Names that were seen, on PostgreSQL. */
import type { PostgresSessions, Session } from '../pipeline/postgres-session.ts'
import { repairText } from '../pipeline/step.ts'
import type { SeenState, StoredSeen } from './port.ts'
import { lastOfNames, MEMBERS_START, SEEN_COLUMNS, toSeen } from './rows.ts'

/** Inside of a transaction. */
export async function writeSeen(session: Session, rows: readonly StoredSeen[]): Promise<void> {
  const last = lastOfNames(rows)
  const gone = last.filter(({ document }) => document === null)
  if (gone.length > 0)
    await session.query(
      {
        name: 'forget seen',
        text: `DELETE FROM seen_names s USING unnest($1::text[], $2::bytea[]) AS g (source_id, key)
          WHERE s.source_id = g.source_id AND s.key = g.key`,
      },
      [gone.map(({ sourceId }) => sourceId), gone.map(({ key }) => key)],
    )
  const put = last.flatMap(({ document, ...row }) => (document === null ? [] : [{ ...row, document }]))
  if (put.length > 0)
    await session.query(
      {
        name: 'put seen',
        text: `INSERT INTO seen_names (${SEEN_COLUMNS}) SELECT * FROM unnest($1::text[], $2::bytea[], $3::text[])
          ON CONFLICT (source_id, key) DO UPDATE SET document = excluded.document`,
      },
      [put.map(({ sourceId }) => sourceId), put.map(({ key }) => key), put.map(({ document }) => repairText(document))],
    )
}

export class PostgresSeen implements SeenState {
  readonly #sessions: PostgresSessions

  constructor(sessions: PostgresSessions) {
    this.#sessions = sessions
  }

  async all(): Promise<readonly StoredSeen[]> {
    const text = `SELECT ${SEEN_COLUMNS} FROM seen_names ORDER BY source_id COLLATE "C", key`
    const rows = await this.#sessions.read((session) => session.query({ name: 'all seen', text }))
    return rows.map(toSeen)
  }

  async withoutMembers(sourceId: string): Promise<readonly StoredSeen[]> {
    const text = `SELECT source_id, key, split_part(document, $2, 1) || '}' AS document FROM seen_names
      WHERE source_id = $1 ORDER BY key`
    const query = { name: 'seen without members', text }
    const rows = await this.#sessions.read((session) => session.query(query, [sourceId, MEMBERS_START]))
    return rows.map(toSeen)
  }

  async ofKeys(sourceId: string, keys: readonly Uint8Array[]): Promise<readonly StoredSeen[]> {
    const text = `SELECT ${SEEN_COLUMNS} FROM seen_names WHERE source_id = $1 AND key = ANY ($2::bytea[]) ORDER BY key`
    const query = { name: 'seen of keys', text }
    const rows = await this.#sessions.read((session) => session.query(query, [sourceId, keys]))
    return rows.map(toSeen)
  }
}
