/**
 * The audit trail (reliability contract S23): one row for each change, in the change's own transaction. Each row holds
 * the hash of the one before it, so that a row altered, removed or slipped in later breaks the chain.
 */
import { createHash } from 'node:crypto'
import { type Kysely, type Selectable, sql } from 'kysely'
import type { CommandContext } from './context.ts'
import { newId } from './ids.ts'
import { nextNumber } from './numbers.ts'
import type { WorkspaceTables } from './tables.ts'

/** Hash before the first row. */
export const FIRST_HASH = '0'.repeat(64)
const PAGE_ROWS = 1_000
/** Rows of the trail read in one go where it is read whole: ingest has the same thread. */
const TRAIL_PAGE_ROWS = 200

export interface Change {
  /** In Segment's words where it has them, e.g. `Source Created`. */
  readonly type: string
  readonly resourceType:
    | 'WORKSPACE'
    | 'SOURCE'
    | 'DESTINATION'
    | 'DESTINATION_FILTER'
    | 'SUBSCRIPTION'
    | 'SPACE'
    | 'SPACE_FILTER'
    | 'AUDIENCE'
    | 'COMPUTED_TRAIT'
    | 'TOKEN'
    | 'USER'
    | 'INVITE'
    | 'USER_GROUP'
    | 'LABEL'
    | 'REGULATION'
    | 'REPLAY'
    | 'BACKUP'
  readonly resourceId: string
  readonly resourceName: string
  /** Secrets masked by the caller. Absent for what was created. */
  readonly before?: unknown
  /** Secrets masked by the caller. Absent for what was deleted. */
  readonly after?: unknown
}

export type AuditRow = Selectable<WorkspaceTables['audit_events']>

export async function recordAudit(tx: Kysely<WorkspaceTables>, change: Change, ctx: CommandContext): Promise<void> {
  const seq = await nextNumber(tx, 'audit')
  const previous = await tx
    .selectFrom('audit_events')
    .select('hash')
    .where('seq', '=', seq - 1)
    .executeTakeFirst()
  const row: Omit<AuditRow, 'hash'> = {
    seq,
    id: newId(ctx.random),
    at_ms: ctx.clock.nowMs(),
    actor_kind: ctx.actor.kind,
    actor_id: ctx.actor.id,
    actor_name: ctx.actor.name,
    address: ctx.actor.address ?? null,
    type: change.type,
    resource_type: change.resourceType,
    resource_id: change.resourceId,
    resource_name: change.resourceName,
    before_json: change.before === undefined ? null : JSON.stringify(change.before),
    after_json: change.after === undefined ? null : JSON.stringify(change.after),
    previous_hash: previous?.hash ?? FIRST_HASH,
  }
  await tx
    .insertInto('audit_events')
    .values({ ...row, hash: auditHash(row) })
    .execute()
}

/** Covers every column but the hash itself. */
export function auditHash(row: Omit<AuditRow, 'hash'>): string {
  const covered = [
    row.previous_hash,
    row.seq,
    row.id,
    row.at_ms,
    row.actor_kind,
    row.actor_id,
    row.actor_name,
    row.address,
    row.type,
    row.resource_type,
    row.resource_id,
    row.resource_name,
    row.before_json,
    row.after_json,
  ]
  return createHash('sha256').update(JSON.stringify(covered)).digest('hex')
}

/** One change as the API and the export show it. */
export interface AuditEvent {
  readonly seq: number
  readonly id: string
  readonly atMs: number
  readonly actor: { readonly kind: string; readonly id: string; readonly name: string; readonly address: string | null }
  readonly type: string
  readonly resourceType: string
  readonly resourceId: string
  readonly resourceName: string
  readonly before: unknown
  readonly after: unknown
  readonly hash: string
}

export interface AuditQuery {
  /** The first to be listed. */
  readonly fromSeq?: number
  /** 1 to 1,000. */
  readonly limit: number
  readonly startMs?: number
  readonly endMs?: number
  readonly resourceType?: string
  readonly resourceId?: string
}

/** Newest first: those of a time in the order of their times, which is another where a clock was set back. */
export async function listAuditEvents(read: Kysely<WorkspaceTables>, query: AuditQuery): Promise<AuditEvent[]> {
  const isOfTime = query.startMs !== undefined || query.endMs !== undefined
  let select = read.selectFrom('audit_events').selectAll()
  if (isOfTime) select = select.orderBy('at_ms', 'desc')
  select = select.orderBy('seq', 'desc')
  if (query.fromSeq !== undefined && isOfTime) {
    const from = await read
      .selectFrom('audit_events')
      .select('at_ms')
      .where('seq', '=', query.fromSeq)
      .executeTakeFirst()
    if (from === undefined) return []
    select = select.where(sql<boolean>`(at_ms, seq) <= (${from.at_ms}, ${query.fromSeq})`)
  } else if (query.fromSeq !== undefined) select = select.where('seq', '<=', query.fromSeq)
  if (query.startMs !== undefined) select = select.where('at_ms', '>=', query.startMs)
  if (query.endMs !== undefined) select = select.where('at_ms', '<', query.endMs)
  if (query.resourceType !== undefined) {
    // Of one kind there may be many more than of a time: their index would be sorted for each page.
    const isRangeNarrower = isOfTime && query.resourceId === undefined
    select = select.where(isRangeNarrower ? sql`resource_type || ''` : 'resource_type', '=', query.resourceType)
  }
  if (query.resourceId !== undefined) select = select.where('resource_id', '=', query.resourceId)
  const rows = await select.limit(Math.min(Math.max(query.limit, 1), PAGE_ROWS)).execute()
  return rows.map(toAuditEvent)
}

/** The next rows of the whole trail, oldest first: up to 200. */
export async function auditEventsAfter(read: Kysely<WorkspaceTables>, seq: number): Promise<AuditEvent[]> {
  const rows = await read
    .selectFrom('audit_events')
    .selectAll()
    .where('seq', '>', seq)
    .orderBy('seq')
    .limit(TRAIL_PAGE_ROWS)
    .execute()
  return rows.map(toAuditEvent)
}

/** Where the chain first breaks: `brokenAtSeq` is the first row that is missing or does not fit. */
export type AuditVerdict =
  | { readonly intact: true; readonly rows: number }
  | { readonly intact: false; readonly brokenAtSeq: number }

/**
 * Recomputes the whole chain, in pages. Rows added meanwhile are not an error.
 * @param turn lets others go on between two pages
 */
export async function verifyAudit(
  read: Kysely<WorkspaceTables>,
  turn: () => Promise<void> = async () => {},
): Promise<AuditVerdict> {
  // Read first: it can only be lower than the rows that are there by the time they are read.
  const { last } = await read.selectFrom('numbers').select('last').where('name', '=', 'audit').executeTakeFirstOrThrow()
  let seq = 0
  let hash = FIRST_HASH
  for (;;) {
    const rows = await read
      .selectFrom('audit_events')
      .selectAll()
      .where('seq', '>', seq)
      .orderBy('seq')
      .limit(TRAIL_PAGE_ROWS)
      .execute()
    for (const row of rows) {
      if (row.seq !== seq + 1 || row.previous_hash !== hash || row.hash !== auditHash(row)) {
        return { intact: false, brokenAtSeq: seq + 1 }
      }
      seq = row.seq
      hash = row.hash
    }
    if (rows.length < TRAIL_PAGE_ROWS) break
    await turn()
  }
  return seq < last ? { intact: false, brokenAtSeq: seq + 1 } : { intact: true, rows: seq }
}

function toAuditEvent(row: AuditRow): AuditEvent {
  return {
    seq: row.seq,
    id: row.id,
    atMs: row.at_ms,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name, address: row.address },
    type: row.type,
    resourceType: row.resource_type,
    resourceId: row.resource_id,
    resourceName: row.resource_name,
    before: row.before_json === null ? null : JSON.parse(row.before_json),
    after: row.after_json === null ? null : JSON.parse(row.after_json),
    hash: row.hash,
  }
}
