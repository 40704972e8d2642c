/** People on PostgreSQL: one statement a kind of row, whatever their number. */
import { integers, type PostgresSessions, type Session } from '../pipeline/postgres-session.ts'
import type { Row } from '../pipeline/rows.ts'
import { repairText } from '../pipeline/step.ts'
import type { VolumeSum } from '../volume/sum.ts'
import { membersKey } from './member-counts.ts'
import type { IdKey, OutboxItem, ProfileState, StoredMembership, StoredProfile, StoredRun, UnifyStep } from './port.ts'
import { lastOf, toMembership, toProfile } from './rows.ts'
import { PostgresTellings, writeTellings } from './telling-postgres.ts'

const COLUMNS = 'id, space, document, due_at'

/** Inside of a transaction. @param volume counts who comes and leaves */
export async function writeUnify(session: Session, step: UnifyStep, volume: VolumeSum): Promise<void> {
  const counted = (fact: 'entered' | 'left', rows: readonly Row[]) => {
    for (const row of rows) volume.add(membersKey(row['computation'] as number, fact), step.atMs, Number(row['n']))
  }
  if (step.freed.length > 0)
    await session.query({ name: 'freed ids', text: 'DELETE FROM external_ids WHERE key = ANY ($1::bytea[])' }, [
      step.freed,
    ])
  const ids = lastOf(step.ids, ({ key }) => Buffer.from(key).toString('latin1'))
  if (ids.length > 0)
    await session.query(
      {
        name: 'put external ids',
        text: `INSERT INTO external_ids (key, profile) SELECT * FROM unnest($1::bytea[], $2::bigint[])
          ON CONFLICT (key) DO UPDATE SET profile = excluded.profile`,
      },
      [ids.map(({ key }) => key), integers(ids, ({ profile }) => profile)],
    )
  const profiles = lastOf(step.profiles, ({ id }) => String(id))
  if (profiles.length > 0)
    await session.query(
      {
        name: 'put profiles',
        text: `INSERT INTO profiles (${COLUMNS})
          SELECT * FROM unnest($1::bigint[], $2::integer[], $3::text[], $4::bigint[])
          ON CONFLICT (id) DO UPDATE SET document = excluded.document, due_at = excluded.due_at`,
      },
      [
        integers(profiles, ({ id }) => id),
        integers(profiles, ({ space }) => space),
        profiles.map(({ document }) => repairText(document)),
        profiles.map(({ dueAtMs }) => (dueAtMs === null ? null : String(Math.round(dueAtMs)))),
      ],
    )
  if (step.gone.length > 0) {
    const gone = integers(step.gone, (id) => id)
    const text = countingMembers('DELETE FROM members WHERE profile = ANY ($1::bigint[])')
    counted('left', await session.query({ name: 'gone memberships', text }, [gone]))
    await session.query({ name: 'gone profiles', text: 'DELETE FROM profiles WHERE id = ANY ($1::bigint[])' }, [gone])
  }
  counted('entered', await changeMembers(session, PUT_MEMBERS, step.memberships))
  counted('left', await changeMembers(session, FORGET_MEMBERS, step.forgotten))
  await writeTellings(session, step)
  const { outbox, appendedTo } = step
  if (outbox.length > 0)
    await session.query(
      {
        name: 'add outbox',
        text: 'INSERT INTO outbox (number, source_id, body) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])',
      },
      [
        integers(outbox, ({ number }) => number),
        outbox.map(({ sourceId }) => sourceId),
        outbox.map(({ body }) => repairText(body)),
      ],
    )
  if (appendedTo > 0)
    await session.query({ name: 'appended', text: 'DELETE FROM outbox WHERE number <= $1' }, [appendedTo])
  for (const { name, body } of step.runs) {
    if (body === null) await session.query({ name: 'run over', text: 'DELETE FROM unify_runs WHERE name = $1' }, [name])
    else
      await session.query(
        {
          name: 'put run',
          text: `INSERT INTO unify_runs (name, body) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET body = excluded.body`,
        },
        [name, repairText(body)],
      )
  }
  const lastProfile = step.profiles.reduce((last, each) => Math.max(last, each.id), Math.max(0, ...step.gone))
  await session.query(
    {
      name: 'unify numbers',
      text: 'UPDATE unify_numbers SET profile = greatest(profile, $1), outbox = greatest(outbox, $2)',
    },
    [lastProfile, outbox.at(-1)?.number ?? 0],
  )
}

/** How many of each computation it changed. @param change of members */
const countingMembers = (change: string) =>
  `WITH changed AS (${change} RETURNING members.computation)
    SELECT computation, count(*) AS n FROM changed GROUP BY computation`

const PUT_MEMBERS = {
  name: 'put memberships',
  text: countingMembers(`INSERT INTO members (computation, profile) SELECT * FROM unnest($1::integer[], $2::bigint[])
    ON CONFLICT DO NOTHING`),
}
const FORGET_MEMBERS = {
  name: 'forget memberships',
  text: countingMembers(`DELETE FROM members USING unnest($1::integer[], $2::bigint[]) AS f (computation, profile)
    WHERE members.computation = f.computation AND members.profile = f.profile`),
}

/** @returns how many of each computation there are that it changed */
async function changeMembers(
  session: Session,
  statement: typeof PUT_MEMBERS,
  memberships: readonly StoredMembership[],
): Promise<readonly Row[]> {
  if (memberships.length === 0) return []
  return session.query(statement, [
    integers(memberships, ({ computation }) => computation),
    integers(memberships, ({ profile }) => profile),
  ])
}

export class PostgresProfiles extends PostgresTellings implements ProfileState {
  readonly #sessions: PostgresSessions

  constructor(sessions: PostgresSessions) {
    super(sessions)
    this.#sessions = sessions
  }

  #read(...args: Parameters<Session['query']>) {
    return this.#sessions.read((session) => session.query(...args))
  }

  async lastProfileId(): Promise<number> {
    const [row] = await this.#read({ name: 'last profile', text: 'SELECT profile FROM unify_numbers' })
    return row?.['profile'] as number
  }

  async lastOutboxNumber(): Promise<number> {
    const [row] = await this.#read({ name: 'last outbox', text: 'SELECT outbox FROM unify_numbers' })
    return row?.['outbox'] as number
  }

  async profilesByIds(keys: readonly IdKey[]): Promise<readonly (number | null)[]> {
    if (keys.length === 0) return []
    const rows = await this.#read(
      {
        name: 'profiles by ids',
        text: `SELECT e.profile FROM unnest($1::bytea[]) WITH ORDINALITY AS k (key, place)
          LEFT JOIN external_ids e ON e.key = k.key ORDER BY k.place`,
      },
      [keys],
    )
    return rows.map((row) => row['profile'] as number | null)
  }

  async profiles(ids: readonly number[]): Promise<readonly (StoredProfile | null)[]> {
    if (ids.length === 0) return []
    const rows = await this.#read(
      { name: 'profiles', text: `SELECT ${COLUMNS} FROM profiles WHERE id = ANY ($1::bigint[])` },
      [integers(ids, (id) => id)],
    )
    const found = new Map(rows.map((row) => [row['id'] as number, toProfile(row)]))
    return ids.map((id) => found.get(id) ?? null)
  }

  async profilesAfter({ space, after, limit }: { space: number; after: number; limit: number }) {
    const rows = await this.#read(
      {
        name: 'profiles after',
        text: `SELECT ${COLUMNS} FROM profiles WHERE space = $1 AND id > $2 ORDER BY id LIMIT $3`,
      },
      [space, after, limit],
    )
    return rows.map(toProfile)
  }

  async profileCount(space: number): Promise<number> {
    const text = 'SELECT count(*) AS n FROM profiles WHERE space = $1'
    const [row] = await this.#read({ name: 'profile count', text }, [space])
    return Number(row?.['n'])
  }

  async due({ space, atMs, limit }: { space: number; atMs: number; limit: number }) {
    const rows = await this.#read(
      {
        name: 'due',
        text: `SELECT ${COLUMNS} FROM profiles WHERE due_at <= $1 AND space = $2 ORDER BY due_at, id LIMIT $3`,
      },
      [atMs, space, limit],
    )
    return rows.map(toProfile)
  }

  async nextDueMs(): Promise<number | null> {
    const text = `SELECT least(
      (SELECT due_at FROM profiles WHERE due_at IS NOT NULL ORDER BY due_at, id LIMIT 1),
      (SELECT min(due_at) FROM sync_ledger WHERE due_at IS NOT NULL)) AS due`
    const [row] = await this.#read({ name: 'next due', text })
    return (row?.['due'] as number | null | undefined) ?? null
  }

  async members({ computation, after, limit }: { computation: number; after: number; limit: number }) {
    const rows = await this.#read(
      {
        name: 'members',
        text: 'SELECT computation, profile FROM members WHERE computation = $1 AND profile > $2 ORDER BY profile LIMIT $3',
      },
      [computation, after, limit],
    )
    return rows.map(toMembership)
  }

  async memberCount(computation: number): Promise<number> {
    const text = 'SELECT count(*) AS n FROM members WHERE computation = $1'
    const [row] = await this.#read({ name: 'member count', text }, [computation])
    return Number(row?.['n'])
  }

  async outbox(limit: number): Promise<readonly OutboxItem[]> {
    const text = 'SELECT number, source_id, body FROM outbox ORDER BY number LIMIT $1'
    const rows = await this.#read({ name: 'outbox', text }, [limit])
    return rows.map((row) => ({
      number: row['number'] as number,
      sourceId: row['source_id'] as string,
      body: row['body'] as string,
    }))
  }

  async runs(): Promise<readonly StoredRun[]> {
    const rows = await this.#read({
      name: 'runs',
      text: 'SELECT name, body FROM unify_runs ORDER BY name',
    })
    return rows.map((row) => ({ name: row['name'] as string, body: row['body'] as string }))
  }
}
