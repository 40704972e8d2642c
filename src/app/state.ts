/** Opens the state in whichever database the configuration names. */
import { join } from 'node:path'
import { systemClock, systemRandom } from '../ports/index.ts'
import {
  type AnyStateDb,
  openSqliteState,
  type PipelineState,
  pipelineMigrations,
  SqlitePipelineState,
  withTables,
} from '../state/index.ts'
import type { Secrets, WorkspaceTables } from '../workspace/index.ts'
import { workspaceMigrations } from '../workspace/index.ts'

export interface OpenedState {
  readonly db: AnyStateDb
  readonly pipeline: PipelineState
}

/** All migrations of the program, in order. */
export const MIGRATIONS = [...workspaceMigrations, ...pipelineMigrations]

export function stateFile(directory: string): string {
  return join(directory, 'state.db')
}

/** @param readOnly for threads that only look */
export async function openState(options: {
  readonly directory: string
  readonly url: string | undefined
  readonly readOnly: boolean
}): Promise<OpenedState> {
  const db = openSqliteState({ file: stateFile(options.directory), readOnly: options.readOnly })
  return { db, pipeline: new SqlitePipelineState(db) }
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

export const workspaceOf = (db: AnyStateDb) => withTables<WorkspaceTables>(db)

export const ports = { clock: systemClock, random: systemRandom }
