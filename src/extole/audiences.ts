/** Audiences and who is in them (contract 9). */
import type { Context } from './context.ts'
import { ExtoleError } from './errors.ts'
import { isId } from './ids.ts'
import type { Row } from './store/database.ts'
import { formatTime } from './time.ts'

/** Characters of an audience's name. */
export const AUDIENCE_NAME_MAX = 255

export interface Audience {
  readonly id: string
  readonly name: string
  readonly enabled: boolean
  readonly archived: boolean
  readonly tags: readonly string[]
}

export interface Membership {
  readonly audienceId: string
  readonly audienceName: string
  readonly createdMs: number
  readonly updatedMs: number
}

export interface Audiences {
  create(audience: Omit<Audience, 'id' | 'archived'>): Audience
  save(audience: Audience): Audience
  /** @throws ExtoleError `audience_not_found`, also for a deleted one. */
  get(id: string): Audience
  list(options: { withArchived: boolean }): Audience[]
  /** For good, with its memberships. */
  remove(audience: Audience): void
  /** Adding again keeps the first date (undocumented: a repeat is a success). */
  join(audienceId: string, personId: string): Membership
  /** What was there, or undefined. */
  leave(audienceId: string, personId: string): Membership | undefined
  /** Newest first. */
  of(personId: string): Membership[]
  /** Person ids in the order they joined. */
  members(audienceId: string, limit: number, offset: number): string[]
  count(audienceId: string): number
}

const MEMBERSHIP = `SELECT CAST(m.audience_id AS TEXT) AS audience_id, a.name AS name, m.created_ms AS created_ms,
  m.updated_ms AS updated_ms FROM membership m JOIN audience a ON a.id = m.audience_id`

export function audienceStore({ db, clock, nextId }: Context): Audiences {
  const find = (audienceId: string, personId: string): Membership | undefined => {
    const row = db.get(`${MEMBERSHIP} WHERE m.audience_id = ? AND m.person_id = ?`, audienceId, personId)
    return row && membershipOf(row)
  }
  const columns = 'CAST(id AS TEXT) AS id, name, enabled, archived, tags'
  const audiences: Audiences = {
    create({ name, enabled, tags }) {
      const id = nextId()
      db.write(() =>
        db.run(
          'INSERT INTO audience (id, name, enabled, tags, created_ms) VALUES (?, ?, ?, ?, ?)',
          id,
          name,
          enabled ? 1 : 0,
          JSON.stringify(tags),
          clock.nowMs(),
        ),
      )
      return { id, name, enabled, archived: false, tags }
    },
    save(audience) {
      const { id, name, enabled, archived, tags } = audience
      db.write(() =>
        db.run(
          'UPDATE audience SET name = ?, enabled = ?, archived = ?, tags = ? WHERE id = ?',
          name,
          enabled ? 1 : 0,
          archived ? 1 : 0,
          JSON.stringify(tags),
          id,
        ),
      )
      return audience
    },
    get(id) {
      const row = isId(id) ? db.get(`SELECT ${columns} FROM audience WHERE id = ?`, id) : undefined
      if (row === undefined) throw new ExtoleError('audience_not_found', { audience_id: id })
      return audienceOf(row)
    },
    list: ({ withArchived }) =>
      db
        .all(`SELECT ${columns} FROM audience WHERE archived <= ? ORDER BY audience.id DESC`, withArchived ? 1 : 0)
        .map(audienceOf),
    remove({ id }) {
      db.write(() => {
        db.run('DELETE FROM membership WHERE audience_id = ?', id)
        db.run('DELETE FROM audience_operation WHERE audience_id = ?', id)
        db.run('DELETE FROM audience WHERE id = ?', id)
      })
    },
    join(audienceId, personId) {
      const nowMs = clock.nowMs()
      db.write(() =>
        db.run(
          'INSERT OR IGNORE INTO membership (audience_id, person_id, created_ms, updated_ms) VALUES (?, ?, ?, ?)',
          audienceId,
          personId,
          nowMs,
          nowMs,
        ),
      )
      return find(audienceId, personId) ?? { audienceId, audienceName: '', createdMs: nowMs, updatedMs: nowMs }
    },
    leave(audienceId, personId) {
      const known = isId(audienceId) ? find(audienceId, personId) : undefined
      if (known !== undefined) {
        db.write(() => db.run('DELETE FROM membership WHERE audience_id = ? AND person_id = ?', audienceId, personId))
      }
      return known
    },
    of: (personId) =>
      db
        .all(`${MEMBERSHIP} WHERE m.person_id = ? ORDER BY m.created_ms DESC, m.audience_id DESC`, personId)
        .map(membershipOf),
    members: (audienceId, limit, offset) =>
      db
        .all(
          'SELECT CAST(person_id AS TEXT) AS id FROM membership WHERE audience_id = ? ORDER BY created_ms, person_id LIMIT ? OFFSET ?',
          audienceId,
          limit,
          offset,
        )
        .map((row) => String(row.id)),
    count: (audienceId) =>
      Number(db.get('SELECT count(*) AS n FROM membership WHERE audience_id = ?', audienceId)?.n ?? 0),
  }
  return audiences
}

function audienceOf(row: Row): Audience {
  return {
    id: String(row.id),
    name: String(row.name),
    enabled: row.enabled === 1,
    archived: row.archived === 1,
    tags: JSON.parse(String(row.tags)) as string[],
  }
}

function membershipOf(row: Row): Membership {
  return {
    audienceId: String(row.audience_id),
    audienceName: String(row.name),
    createdMs: Number(row.created_ms),
    updatedMs: Number(row.updated_ms),
  }
}

export function membershipShown({ audienceId, audienceName, createdMs, updatedMs }: Membership) {
  return {
    audience_id: audienceId,
    audience_name: audienceName,
    created_date: formatTime(createdMs),
    updated_date: formatTime(updatedMs),
  }
}
