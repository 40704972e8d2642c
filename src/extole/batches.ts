/** Batch jobs (contract 10.2): one event for each row of a file, in the background, resumed after a restart. */
import { type ColumnRule, type RowPlan, rowPlanner, type ValidationPolicy } from './batch-rows.ts'
import type { Context } from './context.ts'
import { ExtoleError } from './errors.ts'
import { applyEvent } from './events.ts'
import { checkTags, type Files } from './files.ts'
import { isId } from './ids.ts'
import type { Jobs } from './jobs.ts'
import { isObject } from './json.ts'
import type { Reshape } from './prehandlers.ts'
import type { FileRow } from './rows.ts'
import type { Row } from './store/database.ts'
import { formatTime, isZone } from './time.ts'

/** Rows applied before requests get a turn. */
export const ROWS_PER_STEP = 200
/** Characters of a batch's event name (contract 4.2). */
export const BATCH_NAME_MAX = 255

export type BatchStatus =
  | 'PENDING'
  | 'QUEUED'
  | 'IN_PROGRESS'
  | 'DISPATCHING'
  | 'DONE'
  | 'FAILED'
  | 'CANCELED'
  | 'EXPIRED'
const TERMINAL: ReadonlySet<BatchStatus> = new Set(['DONE', 'FAILED', 'CANCELED', 'EXPIRED'])

interface BatchRequest {
  readonly name: string
  readonly tags: readonly string[]
  readonly scopes: readonly string[]
  readonly fileId: string
  readonly plan: RowPlan
  readonly columns: readonly unknown[]
}

export interface Batch {
  readonly id: string
  readonly request: BatchRequest
  readonly status: BatchStatus
  readonly createdMs: number
  readonly startedMs: number | undefined
  readonly completedMs: number | undefined
  readonly rowsRead: number
  readonly successRows: number
  readonly failedRows: number
  readonly errorCode: string | undefined
  readonly errorMessage: string | undefined
}

export interface Batches {
  create(body: Record<string, unknown>, zone: string | undefined): Batch
  /** @throws ExtoleError `batch_job_not_found`. */
  get(id: string): Batch
  list(): Batch[]
  /** @throws ExtoleError `batch_job_invalid_state_transition` for a finished batch. */
  update(batch: Batch, body: Record<string, unknown>): Batch
  cancel(batch: Batch): Batch
  /** Only a finished one. */
  expire(batch: Batch): Batch
  remove(batch: Batch): void
  /** Takes up what an earlier run left unfinished. */
  resume(): void
}

const COLUMNS = `CAST(id AS TEXT) AS id, request, status, created_ms, started_ms, completed_ms, rows_read, success_rows,
  failed_rows, error_code, error_message`

export function batchStore(context: Context, files: Files, jobs: Jobs, reshape: Reshape): Batches {
  const { db, clock, nextId, settings } = context
  const noOrigin = { headers: {}, address: undefined }

  const find = (id: string): Batch | undefined => {
    const row = isId(id) ? db.get(`SELECT ${COLUMNS} FROM batch WHERE id = ?`, id) : undefined
    return row && batchOf(row)
  }
  const setStatus = (id: string, status: BatchStatus, error?: { code: string; message: string }) => {
    const nowMs = TERMINAL.has(status) ? clock.nowMs() : null
    db.write(() =>
      db.run(
        'UPDATE batch SET status = ?, completed_ms = coalesce(?, completed_ms), error_code = ?, error_message = ? WHERE id = ?',
        status,
        nowMs,
        error?.code ?? null,
        error?.message ?? null,
        id,
      ),
    )
  }

  /** Applies some rows and moves the counters with their effects, so that a killed job goes on where it was. */
  function applyRows(batch: Batch, rows: readonly FileRow[], plan: ReturnType<typeof rowPlanner>): void {
    db.write(() => {
      let failed = 0
      for (const row of rows) {
        const event = row && plan(row, clock.nowMs())
        try {
          if (event === undefined) failed += 1
          else applyEvent(context, reshape(event, noOrigin))
        } catch (error) {
          if (!(error instanceof ExtoleError)) throw error
          failed += 1
        }
      }
      db.run(
        'UPDATE batch SET rows_read = rows_read + ?, success_rows = success_rows + ?, failed_rows = failed_rows + ? WHERE id = ?',
        rows.length,
        rows.length - failed,
        failed,
        batch.id,
      )
    })
  }

  function run(batch: Batch): void {
    const delayMs =
      batch.startedMs === undefined ? settings().batch_delay_seconds * 1000 - (clock.nowMs() - batch.createdMs) : 0
    let read: (() => FileRow[] | undefined) | undefined
    let ready: FileRow[] = []
    let toSkip = batch.rowsRead
    const plan = rowPlanner(batch.request.plan)
    const step = (): boolean => {
      const current = find(batch.id)
      if (current === undefined || TERMINAL.has(current.status)) return false
      try {
        if (read === undefined) {
          read = files.rows(files.get(batch.request.fileId))
          db.write(() =>
            db.run(
              `UPDATE batch SET status = 'IN_PROGRESS', started_ms = coalesce(started_ms, ?) WHERE id = ?`,
              clock.nowMs(),
              batch.id,
            ),
          )
        }
        if (ready.length === 0) {
          const more = read()
          if (more === undefined) {
            setStatus(batch.id, 'DONE')
            return false
          }
          ready = more.slice(toSkip)
          toSkip = Math.max(0, toSkip - more.length)
        }
        applyRows(batch, ready.slice(0, ROWS_PER_STEP), plan)
        ready = ready.slice(ROWS_PER_STEP)
        return true
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        setStatus(batch.id, 'FAILED', {
          code: error instanceof ExtoleError ? error.code : 'batch_job_processing_error',
          message,
        })
        return false
      }
    }
    jobs.start(step, Math.max(0, delayMs))
  }

  const save = (id: string, request: BatchRequest) =>
    db.write(() => db.run('UPDATE batch SET request = ? WHERE id = ?', JSON.stringify(request), id))

  const store: Batches = {
    create(body, zone) {
      const request = parseBatch(body, zone)
      const file = fileOf(files, request.fileId)
      if (file.format === 'XLSX') {
        throw new ExtoleError('batch_job_data_source_file_asset_format_not_supported', {
          supported_formats: ['CSV', 'PSV', 'JSON', 'JSONL'],
        })
      }
      const id = nextId()
      db.write(() =>
        db.run(
          `INSERT INTO batch (id, request, status, created_ms) VALUES (?, ?, 'PENDING', ?)`,
          id,
          JSON.stringify(request),
          clock.nowMs(),
        ),
      )
      const batch = store.get(id)
      run(batch)
      return batch
    },
    get(id) {
      const batch = find(id)
      if (batch === undefined) throw new ExtoleError('batch_job_not_found', { batch_job_id: id })
      return batch
    },
    list: () => db.all(`SELECT ${COLUMNS} FROM batch ORDER BY batch.id DESC`).map(batchOf),
    update(batch, body) {
      requireState(batch, false)
      const { name = batch.request.name, tags = batch.request.tags, scopes = batch.request.scopes } = body
      save(batch.id, { ...batch.request, ...naming({ name, tags, scopes }) })
      return store.get(batch.id)
    },
    cancel(batch) {
      requireState(batch, false)
      setStatus(batch.id, 'CANCELED')
      return store.get(batch.id)
    },
    expire(batch) {
      requireState(batch, true)
      setStatus(batch.id, 'EXPIRED')
      return store.get(batch.id)
    },
    remove(batch) {
      if (!TERMINAL.has(batch.status))
        throw new ExtoleError('batch_job_delete_not_allowed', { current_status: batch.status })
      db.write(() => db.run('DELETE FROM batch WHERE id = ?', batch.id))
    },
    resume() {
      for (const batch of store.list()) if (!TERMINAL.has(batch.status)) run(batch)
    },
  }
  return store
}

function fileOf(files: Files, id: string) {
  try {
    return files.get(id)
  } catch {
    throw new ExtoleError('batch_job_data_source_file_asset_not_found', { file_asset_id: id })
  }
}

function requireState(batch: Batch, isTerminal: boolean): void {
  if (TERMINAL.has(batch.status) === isTerminal) return
  throw new ExtoleError('batch_job_invalid_state_transition', { batch_job_id: batch.id, current_status: batch.status })
}

function batchOf(row: Row): Batch {
  const maybeNumber = (value: unknown) => (typeof value === 'number' ? value : undefined)
  return {
    id: String(row.id),
    request: JSON.parse(String(row.request)) as BatchRequest,
    status: row.status as BatchStatus,
    createdMs: Number(row.created_ms),
    startedMs: maybeNumber(row.started_ms),
    completedMs: maybeNumber(row.completed_ms),
    rowsRead: Number(row.rows_read),
    successRows: Number(row.success_rows),
    failedRows: Number(row.failed_rows),
    errorCode: row.error_code === null ? undefined : String(row.error_code),
    errorMessage: row.error_message === null ? undefined : String(row.error_message),
  }
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

function naming({ name, tags, scopes }: Record<'name' | 'tags' | 'scopes', unknown>) {
  if (typeof name !== 'string' || name.trim() === '' || name.length > BATCH_NAME_MAX)
    throw new ExtoleError('batch_job_name_invalid', { name })
  if (!isTexts(tags)) throw new ExtoleError('batch_job_tag_invalid')
  checkTags(tags, 'batch_job_tag_invalid')
  if (!isTexts(scopes) || scopes.some((scope) => scope !== 'CLIENT_ADMIN' && scope !== 'CLIENT_SUPERUSER')) {
    throw new ExtoleError('batch_job_unauthorized_scopes', { scopes })
  }
  return { name, tags, scopes }
}

function parseBatch(body: Record<string, unknown>, zone = 'UTC'): BatchRequest {
  if (!isZone(zone)) throw new ExtoleError('timezone_invalid', { time_zone: zone })
  const source = body.data_source
  if (!isObject(source)) throw new ExtoleError('batch_job_data_source_empty')
  // Reports and lists are made inside Extole; this sandbox has none to read.
  if (source.type !== 'FILE_ASSET')
    throw new ExtoleError('invalid_parameter', { name: 'data_source.type', supported: ['FILE_ASSET'] })
  const fileId = source.file_asset_id
  if (typeof fileId !== 'string' || fileId === '') throw new ExtoleError('batch_job_data_source_file_asset_id_missing')
  const eventName = (field: string): string | undefined => {
    const value = body[field]
    if (value === undefined || value === null) return undefined
    if (typeof value === 'string' && value.trim() !== '' && value.length <= BATCH_NAME_MAX) return value
    throw new ExtoleError('batch_job_event_name_invalid', { [field]: value })
  }
  const eventColumns = body.event_columns ?? []
  const eventData = body.event_data ?? {}
  const columns = body.columns ?? []
  if (!isTexts(eventColumns)) throw new ExtoleError('binding_error', { field: 'event_columns' })
  if (!isObject(eventData) || !Object.values(eventData).every((one) => typeof one === 'string')) {
    throw new ExtoleError('binding_error', { field: 'event_data' })
  }
  if (!Array.isArray(columns)) throw new ExtoleError('binding_error', { field: 'columns' })
  return {
    ...naming({ name: body.name ?? 'batch', tags: body.tags ?? [], scopes: body.scopes ?? [] }),
    fileId,
    columns,
    plan: {
      eventName: eventName('event_name'),
      defaultEventName: eventName('default_event_name'),
      eventColumns,
      eventData: eventData as Record<string, string>,
      columns: columns.map(columnRule),
      zone,
    },
  }
}

const POLICIES: readonly ValidationPolicy[] = ['OPTIONAL', 'REQUIRED_COLUMN', 'REQUIRED_VALUE']
/** A pattern is run on every column name of every row: a long one is a mistake. */
const PATTERN_LENGTH_MAX = 255

function columnRule(given: unknown): ColumnRule {
  const rule = isObject(given) ? given : {}
  const isPattern = rule.type === 'PATTERN_NAME_MATCH'
  const name = isPattern ? rule.name_pattern : rule.name
  const policy = POLICIES.find((one) => one === (rule.validation_policy ?? 'OPTIONAL'))
  const isKnown = isPattern || rule.type === 'FULL_NAME_MATCH'
  if (!isKnown || typeof name !== 'string' || name === '' || name.length > PATTERN_LENGTH_MAX || policy === undefined) {
    throw new ExtoleError('invalid_parameter', { name: 'columns', column: given })
  }
  if (isPattern && !isPatternValid(name))
    throw new ExtoleError('invalid_parameter', { name: 'name_pattern', value: name })
  return { type: isPattern ? 'PATTERN_NAME_MATCH' : 'FULL_NAME_MATCH', name, policy }
}

function isPatternValid(pattern: string): boolean {
  try {
    return new RegExp(pattern) instanceof RegExp
  } catch {
    return false
  }
}

/** The answer for a batch (the fields Extole's Java interfaces name). */
export function batchShown(batch: Batch) {
  const { id, request, status, startedMs, completedMs } = batch
  const { plan } = request
  return {
    id,
    name: request.name,
    status,
    ...(plan.eventName === undefined ? {} : { event_name: plan.eventName }),
    default_event_name: plan.defaultEventName ?? null,
    event_columns: plan.eventColumns,
    event_data: plan.eventData,
    columns: request.columns,
    data_source: { type: 'FILE_ASSET', id: request.fileId, file_asset_id: request.fileId },
    tags: request.tags,
    scopes: request.scopes,
    created_date: formatTime(batch.createdMs),
    ...(startedMs === undefined ? {} : { started_date: formatTime(startedMs) }),
    ...(completedMs === undefined ? {} : { completed_date: formatTime(completedMs) }),
    success_rows: batch.successRows,
    failed_rows: batch.failedRows,
    ...(batch.errorCode === undefined ? {} : { error_code: batch.errorCode, error_message: batch.errorMessage }),
  }
}
