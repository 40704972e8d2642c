/** Opens the state in whichever database the configuration names. */
import { join } from 'node:path'
import { systemClock, systemRandom } from '../ports/index.ts'
import {
  type AnyStateDb,
  openPostgresState,
  openSqliteState,
  type PipelineState,
  PostgresPipelineState,
  pipelineMigrations,
  SqlitePipelineState,
  withTables,
} from '../state/index.ts'
import type { Secrets, WorkspaceTables } from '../workspace/index.ts'
import { CONFIG_CHANNEL, workspaceMigrations } from '../workspace/index.ts'

export interface OpenedState {
  readonly db: AnyStateDb
  readonly pipeline: PipelineState
  /**
   * Calls `onChange` when any process may have changed the configuration, until `db` is closed. Null where this process
   * is the only one.
   */
  readonly watchConfig: ((onChange: () => void) => Promise<unknown>) | null
}

/** All migrations of the program, in order. */
export const MIGRATIONS = [...workspaceMigrations, ...pipelineMigrations]

export function stateFile(directory: string): string {
  return join(directory, 'state.db')
}

export interface OpenStateOptions {
  readonly directory: string
  /** `postgres://…`; undefined for the data directory's own file. */
  readonly url: string | undefined
  /** PostgreSQL without a synchronous standby is good enough. */
  readonly asyncStandbyAllowed: boolean
  /** For threads that only look. PostgreSQL is not told. */
  readonly readOnly: boolean
  /** A connection to PostgreSQL was lost; the next statement makes another. */
  readonly onConnectionError: (error: unknown) => void
}

/** @throws GateError */
export async function openState(options: OpenStateOptions): Promise<OpenedState> {
  const { url, asyncStandbyAllowed, onConnectionError } = options
  if (url === undefined) {
    const db = openSqliteState({ file: stateFile(options.directory), readOnly: options.readOnly })
    return { db, pipeline: new SqlitePipelineState(db), watchConfig: null }
  }
  const db = await openPostgresState({ url, asyncStandbyAllowed, clock: systemClock, onConnectionError })
  const watchConfig = (onChange: () => void) => db.listen(CONFIG_CHANNEL, onChange)
  return { db, pipeline: new PostgresPipelineState(db), watchConfig }
}

interface InstallationTables {
  installation: { name: string; sealed: string }
}

const HASH_KEY = 'hash_key'
const HASH_KEY_BYTES = 32

/** The key of all keyed hashes in this state, made at the first start. It never changes. */
export async function hashKey(db: AnyStateDb, secrets: Secrets): Promise<Buffer> {
  const sealed = await withTables<InstallationTables>(db).write(async (tx) => {
    const row = await tx.selectFrom('installation').select('sealed').where('name', '=', HASH_KEY).executeTakeFirst()
    if (row !== undefined) return row.sealed
    const fresh = secrets.seal(systemRandom.bytes(HASH_KEY_BYTES).toString('base64'), HASH_KEY)
    await tx.insertInto('installation').values({ name: HASH_KEY, sealed: fresh }).execute()
    return fresh
  })
  return Buffer.from(secrets.open(sealed, HASH_KEY), 'base64')
}

/** The same for a thread that only reads, once another has made it. */
export async function readHashKey(db: AnyStateDb, secrets: Pick<Secrets, 'open'>): Promise<Buffer> {
  const { read } = withTables<InstallationTables>(db)
  const row = await read
    .selectFrom('installation')
    .select('sealed')
    .where('name', '=', HASH_KEY)
    .executeTakeFirstOrThrow()
  return Buffer.from(secrets.open(row.sealed, HASH_KEY), 'base64')
}

export const workspaceOf = (db: AnyStateDb) => withTables<WorkspaceTables>(db)

export const ports = { clock: systemClock, random: systemRandom }
