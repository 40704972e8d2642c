/** Reads what the files of a backup hold: of files that nobody writes to. */
import { DatabaseSync } from 'node:sqlite'

export interface StateContents {
  readonly offset: number
  readonly migrations: readonly string[]
  /** The sealed key of all hashes: it opens with the right encryption key only. */
  readonly sealedHashKey: string
}

export function withDatabase<T>(file: string, read: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    return read(db)
  } finally {
    db.close()
  }
}

export const stateContents = (db: DatabaseSync): StateContents => ({
  offset: Number(one(db, 'SELECT position FROM log_offset WHERE partition = 0')),
  migrations: db
    .prepare('SELECT id FROM schema_migrations ORDER BY place')
    .all()
    .map(({ id }) => String(id)),
  sealedHashKey: String(one(db, "SELECT sealed FROM installation WHERE name = 'hash_key'")),
})

/** What SQLite says of a whole file, and undefined where it is sound. */
export function damageOf(db: DatabaseSync): string | undefined {
  const said = String(one(db, 'PRAGMA integrity_check(1)'))
  return said === 'ok' ? undefined : said
}

/** Positions of the first and last record; null where there is none. */
export function positionsIn(db: DatabaseSync): { readonly first: number | null; readonly last: number | null } {
  const row = db.prepare('SELECT min(position) AS first, max(position) AS last FROM records').get()
  return row as unknown as { first: number | null; last: number | null }
}

function one(db: DatabaseSync, query: string): unknown {
  const row = db.prepare(query).get()
  if (row === undefined) throw new Error(`nothing answers ${query}`)
  return Object.values(row)[0]
}
