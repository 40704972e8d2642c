/** Brings a database to the schema this program knows. */
import { sql } from 'kysely'
import { type AnyStateDb, type StateDb, withTables } from './db.ts'
import { EXIT_STATE_DISAGREES, GateError } from './gates.ts'

export interface Migration {
  /** Unique and never changed, e.g. `workspace-001`. What was released is not edited: a new migration follows it. */
  readonly id: string
  /** One statement an entry, in order. */
  readonly sqlite: readonly string[]
  readonly postgres: readonly string[]
}

interface MigrationTables {
  schema_migrations: { id: string; place: number }
}

/**
 * Applies what is missing, in the order given, each migration in its own transaction. Safe to repeat, also from several
 * processes at once. Give it all migrations of the program in one call: one that was applied and is not among them
 * means that a newer program wrote this database.
 *
 * @returns the ids it applied, in order
 * @throws GateError 26 for a schema newer than this program, with nothing changed
 */
export async function migrate(state: AnyStateDb, migrations: readonly Migration[]): Promise<string[]> {
  const db = withTables<MigrationTables>(state)
  const known = new Set(migrations.map((migration) => migration.id))
  if (known.size !== migrations.length) throw new Error('two migrations have the same id')
  const appliedBefore = await db.write(async (tx) => {
    await sql`CREATE TABLE IF NOT EXISTS schema_migrations (id TEXT PRIMARY KEY, place INTEGER NOT NULL)`.execute(tx)
    return (await tx.selectFrom('schema_migrations').select('id').execute()).map((row) => row.id)
  })
  const unknown = appliedBefore.filter((id) => !known.has(id))
  if (unknown.length > 0) {
    throw new GateError(
      EXIT_STATE_DISAGREES,
      `the database was written by a newer version: it holds ${unknown.sort().join(', ')}`,
      'Start the version that wrote it, or restore a backup made before the upgrade.',
    )
  }
  const done = new Set(appliedBefore)
  const applied: string[] = []
  for (const migration of migrations) {
    if (!done.has(migration.id) && (await applyOne(db, migration))) applied.push(migration.id)
  }
  return applied
}

/** False when another process did it in the meantime. */
async function applyOne(db: StateDb<MigrationTables>, migration: Migration): Promise<boolean> {
  return db.write(async (tx) => {
    const rows = await tx.selectFrom('schema_migrations').select(['id', 'place']).execute()
    if (rows.some((row) => row.id === migration.id)) return false
    for (const statement of migration[db.dialect]) await sql.raw(statement).execute(tx)
    const place = Math.max(0, ...rows.map((row) => row.place)) + 1
    await tx.insertInto('schema_migrations').values({ id: migration.id, place }).execute()
    return true
  })
}
