/** The sync ledger on PostgreSQL: one statement a kind of row, whatever their number. */
import { integers, type PostgresSessions, type Session } from '../pipeline/postgres-session.ts'
import { repairText } from '../pipeline/step.ts'
import { lastOf, toTelling } from './rows.ts'
import type { NewTelling, TellingKey, TellingState, TellingStep, ToldValue } from './telling-port.ts'

const COLUMNS = 'computation, destination, profile, value, told_at, message, run, before, due_at, anew, due_run'
const JOIN = `INSERT INTO sync_ledger (${COLUMNS})
  SELECT computation, destination, $1, value, told_at, message, NULL, NULL, coalesce(due_at, $2), anew, NULL
  FROM sync_ledger WHERE profile = $3
  ON CONFLICT (computation, profile, destination) DO UPDATE
    SET value = CASE WHEN sync_ledger.value NOT IN ('false', 'null') THEN sync_ledger.value ELSE excluded.value END,
      told_at = CASE WHEN sync_ledger.value NOT IN ('false', 'null') THEN sync_ledger.told_at ELSE excluded.told_at END,
      message = CASE WHEN sync_ledger.value NOT IN ('false', 'null') THEN sync_ledger.message ELSE excluded.message END,
      run = NULL, before = NULL, due_at = coalesce(sync_ledger.due_at, excluded.due_at), anew = 1, due_run = NULL
    WHERE sync_ledger.value IS DISTINCT FROM excluded.value`
const TOLD = `INSERT INTO sync_ledger (${COLUMNS})
  SELECT c, d, p, v, t, m, r, NULL, u, a, w FROM unnest($1::integer[], $2::integer[], $3::bigint[], $4::text[], $5::bigint[],
    $6::bigint[], $7::bigint[], $8::bigint[], $9::integer[], $10::bigint[])
    AS n (c, d, p, v, t, m, r, u, a, w)
  ON CONFLICT (computation, profile, destination) DO UPDATE
    SET value = excluded.value, told_at = excluded.told_at, message = excluded.message, run = excluded.run,
      before = CASE WHEN excluded.run IS NULL THEN NULL WHEN excluded.run = sync_ledger.run THEN sync_ledger.before
        ELSE sync_ledger.value END,
      due_at = excluded.due_at, anew = excluded.anew, due_run = excluded.due_run`
const DUE = `INSERT INTO sync_ledger (computation, destination, profile, due_at, anew, due_run)
  SELECT * FROM unnest($1::integer[], $2::integer[], $3::bigint[], $4::bigint[], $5::integer[], $6::bigint[])
  ON CONFLICT (computation, profile, destination) DO UPDATE
    SET due_at = least(sync_ledger.due_at, excluded.due_at), anew = greatest(sync_ledger.anew, excluded.anew),
      due_run = excluded.due_run`
const NOT_DUE = `UPDATE sync_ledger l SET due_at = NULL, anew = 0, due_run = NULL
  FROM unnest($1::integer[], $2::integer[], $3::bigint[]) AS n (computation, destination, profile)
  WHERE l.computation = n.computation AND l.destination = n.destination AND l.profile = n.profile`
const LOST = `UPDATE sync_ledger l SET message = NULL
  FROM unnest($1::integer[], $2::integer[], $3::bigint[], $4::bigint[]) AS n (computation, destination, profile, message)
  WHERE l.computation = n.computation AND l.destination = n.destination AND l.profile = n.profile AND l.message = n.message`
const AGAIN = `UPDATE sync_ledger l SET told_at = n.t, message = n.m
  FROM unnest($1::integer[], $2::integer[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[]) AS n (c, d, p, v, t, m)
  WHERE l.computation = n.c AND l.destination = n.d AND l.profile = n.p AND l.value = n.v AND l.message IS NOT NULL`

/** Inside of a transaction. */
export async function writeTellings(
  session: Session,
  step: TellingStep & { readonly gone: readonly number[] },
): Promise<void> {
  const remove = (ids: readonly number[]) =>
    session.query({ name: 'gone tellings', text: 'DELETE FROM sync_ledger WHERE profile = ANY ($1::bigint[])' }, [
      integers(ids, (id) => id),
    ])
  for (const { profile, into, atMs } of step.joined) {
    await session.query({ name: 'join tellings', text: JOIN }, [into, Math.round(atMs), profile])
    await remove([profile])
  }
  if (step.gone.length > 0) await remove(step.gone)
  const lost = step.lost.flatMap((each) => each.destinations.map((destination) => ({ ...each, destination })))
  if (lost.length > 0)
    await session.query({ name: 'lose tellings', text: LOST }, [
      ...keysOf(lost),
      integers(lost, ({ message }) => message),
    ])
  const rows = lastOf(step.tellings, keyOf)
  await writeTold(
    session,
    rows.flatMap((row) => (row.told === null ? [] : [{ ...row, told: row.told }])),
  )
  const waiting = rows.flatMap((row) => (row.told !== null || row.due === null ? [] : [{ ...row, due: row.due }]))
  if (waiting.length > 0)
    await session.query({ name: 'put due tellings', text: DUE }, [
      ...keysOf(waiting),
      integers(waiting, ({ due }) => Math.round(due.atMs)),
      integers(waiting, ({ due }) => Number(due.anew)),
      integers(waiting, ({ due }) => due.run),
    ])
  const quiet = rows.filter(({ told, due }) => told === null && due === null)
  if (quiet.length > 0) await session.query({ name: 'put quiet tellings', text: NOT_DUE }, keysOf(quiet))
  const again = lastOf(step.again, (row) => `${keyOf(row)} ${row.value}`)
  if (again.length > 0)
    await session.query({ name: 'tell again', text: AGAIN }, [
      ...keysOf(again),
      again.map(({ value }) => repairText(value)),
      integers(again, ({ atMs }) => Math.round(atMs)),
      integers(again, ({ message }) => message),
    ])
  if (step.untold.length > 0)
    await session.query(
      {
        name: 'forget tellings',
        text: `DELETE FROM sync_ledger l USING unnest($1::integer[], $2::bigint[]) AS f (computation, profile)
          WHERE l.computation = f.computation AND l.profile = f.profile`,
      },
      [integers(step.untold, ({ computation }) => computation), integers(step.untold, ({ profile }) => profile)],
    )
}

async function writeTold(
  session: Session,
  rows: readonly (NewTelling & { readonly told: ToldValue })[],
): Promise<void> {
  if (rows.length === 0) return
  await session.query({ name: 'put tellings', text: TOLD }, [
    ...keysOf(rows),
    rows.map(({ told }) => repairText(told.value)),
    integers(rows, ({ told }) => Math.round(told.atMs)),
    integers(rows, ({ told }) => told.message),
    integers(rows, ({ told }) => told.run),
    integers(rows, ({ due }) => (due === null ? null : Math.round(due.atMs))),
    integers(rows, ({ due }) => Number(due?.anew ?? false)),
    integers(rows, ({ due }) => due?.run ?? null),
  ])
}

const keysOf = (rows: readonly TellingKey[]) => [
  integers(rows, ({ computation }) => computation),
  integers(rows, ({ destination }) => destination),
  integers(rows, ({ profile }) => profile),
]

const keyOf = ({ computation, destination, profile }: TellingKey) => `${computation} ${destination} ${profile}`

export class PostgresTellings implements TellingState {
  readonly #sessions: PostgresSessions

  constructor(sessions: PostgresSessions) {
    this.#sessions = sessions
  }

  #read(...args: Parameters<Session['query']>) {
    return this.#sessions.read((session) => session.query(...args))
  }

  async standings({ computation, after, limit }: { computation: number; after: number; limit: number }) {
    const page = 'WHERE computation = $1 AND profile > $2 ORDER BY profile LIMIT $3'
    const text = `(SELECT profile FROM members ${page}) UNION (SELECT profile FROM sync_ledger ${page})
      ORDER BY profile LIMIT $3`
    const rows = await this.#read({ name: 'standings', text }, [computation, after, limit])
    return rows.map((row) => row['profile'] as number)
  }

  async standingCount(computation: number): Promise<number> {
    const text = `SELECT count(*) AS n FROM (SELECT profile FROM members WHERE computation = $1
      UNION SELECT profile FROM sync_ledger WHERE computation = $1) a`
    const [row] = await this.#read({ name: 'standing count', text }, [computation])
    return Number(row?.['n'])
  }

  async tellings({ computation, after, to }: { computation: number; after: number; to: number }) {
    const rows = await this.#read(
      {
        name: 'tellings',
        text: `SELECT ${COLUMNS} FROM sync_ledger WHERE computation = $1 AND profile > $2 AND profile <= $3
          ORDER BY profile, destination`,
      },
      [computation, after, to],
    )
    return rows.map(toTelling)
  }

  async dueTellings({ atMs, limit }: { atMs: number; limit: number }) {
    const rows = await this.#read(
      {
        name: 'due tellings',
        text: `SELECT ${COLUMNS} FROM sync_ledger WHERE due_at <= $1
          ORDER BY due_at, computation, profile, destination LIMIT $2`,
      },
      [atMs, limit],
    )
    return rows.map(toTelling)
  }
}
