/** Bulk changes of an audience (contract 9): ADD, REMOVE, REPLACE and ACTION, run in the background. */
import type { Audiences } from './audiences.ts'
import type { Context } from './context.ts'
import { ExtoleError } from './errors.ts'
import { applyEvent } from './events.ts'
import { checkTags, type Files } from './files.ts'
import { normalizeEmail } from './identity.ts'
import { isId } from './ids.ts'
import type { Jobs } from './jobs.ts'
import { isObject, parseJson, textOf } from './json.ts'
import type { Reshape } from './prehandlers.ts'
import type { FileRow } from './rows.ts'
import type { Row } from './store/database.ts'
import { mergeData } from './store/persons.ts'
import { formatTime } from './time.ts'

/** Members handled before requests get a turn. */
export const MEMBERS_PER_STEP = 200

export type OperationState = 'PREPARING' | 'BUILDING' | 'VALIDATING' | 'READY' | 'FAILED' | 'EXPIRED' | 'CANCELED'
const RUNNING: ReadonlySet<OperationState> = new Set(['PREPARING', 'BUILDING', 'VALIDATING'])

interface DataSource {
  readonly type: 'PERSON_LIST' | 'FILE_ASSET' | 'ACTION'
  readonly audience_members?: readonly { identity_key_value: string; data: Readonly<Record<string, string>> }[]
  readonly file_asset_id?: string
  readonly event_name?: string
  readonly event_columns?: readonly string[]
  readonly event_data?: Readonly<Record<string, string>>
}

interface OperationRequest {
  readonly type: 'ADD' | 'REMOVE' | 'REPLACE' | 'ACTION'
  readonly tags: readonly string[]
  readonly source: DataSource
}

interface Progress {
  readonly rows: number
  readonly anonymous: number
  readonly notProcessed: number
  readonly retries: number
  readonly error?: string
}

export interface Operation {
  readonly id: string
  readonly audienceId: string
  readonly request: OperationRequest
  readonly state: OperationState
  readonly progress: Progress
  readonly createdMs: number
}

export interface Operations {
  /** @throws ExtoleError when another operation on the audience is running, or the source is no good. */
  create(audienceId: string, body: Record<string, unknown>): Operation
  get(audienceId: string, id: string): Operation
  list(audienceId: string): Operation[]
  cancel(operation: Operation): Operation
  /** Only a failed or canceled one. */
  retry(operation: Operation): Operation
  resume(): void
}

const START: Progress = { rows: 0, anonymous: 0, notProcessed: 0, retries: 0 }
const COLUMNS = 'CAST(id AS TEXT) AS id, CAST(audience_id AS TEXT) AS audience_id, request, state, progress, created_ms'

export function operationStore(
  context: Context,
  audiences: Audiences,
  files: Files,
  jobs: Jobs,
  reshape: Reshape,
): Operations {
  const { db, clock, nextId } = context

  const find = (id: string): Operation | undefined => {
    const row = isId(id) ? db.get(`SELECT ${COLUMNS} FROM audience_operation WHERE id = ?`, id) : undefined
    return row && operationOf(row)
  }
  const save = (id: string, state: OperationState, progress: Progress) =>
    db.write(() =>
      db.run('UPDATE audience_operation SET state = ?, progress = ? WHERE id = ?', state, JSON.stringify(progress), id),
    )

  /** The person with this email, made when there is none; undefined for text that is no email. */
  function memberOf(row: FileRow, isMaking: boolean): string | undefined {
    const given = row?.get('email') ?? row?.get('identity_key_value')
    const email = normalizeEmail(textOf(given) ?? '')
    if (row === undefined || email === undefined) return undefined
    const known = context.persons.withKey('email', email)[0]
    if (known !== undefined || !isMaking) return known?.id
    const nowMs = clock.nowMs()
    const id = nextId()
    const data = mergeData(new Map(), [{ name: 'email', scope: 'PRIVATE', value: email }], nowMs, nextId)
    context.persons.insert({ id, email, version: 1, createdMs: nowMs, block: undefined, data: data ?? new Map() })
    context.persons.attach(id, 'email', email, nextId())
    return id
  }

  /** Columns beside the identity are saved on the profile as PUBLIC (contract 9). */
  function saveColumns(personId: string, row: ReadonlyMap<string, unknown>): void {
    const person = context.persons.find(personId)
    if (person === undefined) return
    const extra = [...row].filter(
      ([name, value]) => name !== 'email' && name !== 'identity_key_value' && value !== undefined,
    )
    const data = mergeData(
      person.data,
      extra.map(([name, value]) => ({ name, scope: 'PUBLIC', value }) as const),
      clock.nowMs(),
      nextId,
    )
    if (data !== undefined) context.persons.save(person, { data })
  }

  function applyMember(operation: Operation, row: FileRow, kept: Set<string>): 'done' | 'anonymous' | 'failed' {
    const personId = memberOf(row, operation.request.type !== 'REMOVE')
    if (row === undefined || personId === undefined) return row === undefined ? 'failed' : 'anonymous'
    if (operation.request.type === 'REMOVE') audiences.leave(operation.audienceId, personId)
    else {
      saveColumns(personId, row)
      audiences.join(operation.audienceId, personId)
      kept.add(personId)
    }
    return 'done'
  }

  /** One event for each member; `event_columns` name profile data that travels with it. */
  function fire(operation: Operation, personId: string): void {
    const { event_name = '', event_columns = [], event_data = {} } = operation.request.source
    const person = context.persons.find(personId)
    if (person === undefined) return
    const values = event_columns.flatMap((name): [string, unknown][] => {
      const datum = person.data.get(name)
      return datum === undefined ? [] : [[name, parseJson(datum.json)]]
    })
    const data = new Map<string, unknown>([...values, ...Object.entries(event_data), ['person_id', personId]])
    const event = { name: event_name, data, eventMs: clock.nowMs(), container: 'production' }
    applyEvent(context, reshape(event, { headers: {}, address: undefined }))
  }

  function reader(operation: Operation): () => FileRow[] | undefined {
    const { type, audience_members = [], file_asset_id = '' } = operation.request.source
    if (type === 'FILE_ASSET') return files.rows(files.get(file_asset_id))
    const members = type === 'ACTION' ? audiences.members(operation.audienceId, Number.MAX_SAFE_INTEGER, 0) : undefined
    let isRead = false
    return () => {
      if (isRead) return undefined
      isRead = true
      if (members !== undefined) return members.map((id) => new Map([['person_id', id]]))
      return audience_members.map(
        ({ identity_key_value, data }) => new Map(Object.entries({ ...data, identity_key_value })),
      )
    }
  }

  function run(operation: Operation): void {
    // Membership can be applied again; an ACTION that was cut short goes on after the members it reached.
    const isAction = operation.request.type === 'ACTION'
    let progress: Progress = isAction ? operation.progress : { ...START, retries: operation.progress.retries }
    let read: (() => FileRow[] | undefined) | undefined
    let ready: FileRow[] = []
    const kept = new Set<string>()
    const finish = (state: OperationState) => {
      save(operation.id, state, progress)
      return false
    }
    const step = (): boolean => {
      const current = find(operation.id)
      if (current === undefined || !RUNNING.has(current.state)) return false
      try {
        read ??= reader(operation)
        if (ready.length === 0) {
          const more = read()
          if (more === undefined) {
            if (operation.request.type === 'REPLACE') {
              const members = audiences.members(operation.audienceId, Number.MAX_SAFE_INTEGER, 0)
              db.write(() => {
                for (const id of members) if (!kept.has(id)) audiences.leave(operation.audienceId, id)
              })
            }
            return finish('READY')
          }
          ready = isAction ? more.slice(progress.rows) : more
        }
        const rows = ready.slice(0, MEMBERS_PER_STEP)
        ready = ready.slice(MEMBERS_PER_STEP)
        db.write(() => {
          for (const row of rows) {
            const outcome = isAction ? 'done' : applyMember(operation, row, kept)
            if (isAction) fire(operation, textOf(row?.get('person_id')) ?? '')
            progress = {
              ...progress,
              rows: progress.rows + 1,
              anonymous: progress.anonymous + (outcome === 'anonymous' ? 1 : 0),
              notProcessed: progress.notProcessed + (outcome === 'failed' ? 1 : 0),
            }
          }
          save(operation.id, 'BUILDING', progress)
        })
        return true
      } catch (error) {
        progress = { ...progress, error: error instanceof ExtoleError ? error.code : 'software_error' }
        return finish('FAILED')
      }
    }
    jobs.start(step)
  }

  const store: Operations = {
    create(audienceId, body) {
      if (store.list(audienceId).some((one) => RUNNING.has(one.state))) {
        throw new ExtoleError('audience_operation_another_operation_in_progress', { audience_id: audienceId })
      }
      const request = parseOperation(body)
      if (request.source.type === 'FILE_ASSET') {
        const file = files.get(request.source.file_asset_id ?? '')
        if (file.size === 0 || file.format === 'XLSX')
          throw new ExtoleError('invalid_parameter', { name: 'file_asset_id', format: file.format })
      }
      const id = nextId()
      db.write(() =>
        db.run(
          `INSERT INTO audience_operation (id, audience_id, request, state, progress, created_ms) VALUES (?, ?, ?, 'PREPARING', ?, ?)`,
          id,
          audienceId,
          JSON.stringify(request),
          JSON.stringify(START),
          clock.nowMs(),
        ),
      )
      const operation = store.get(audienceId, id)
      run(operation)
      return operation
    },
    get(audienceId, id) {
      const operation = find(id)
      if (operation?.audienceId !== audienceId)
        throw new ExtoleError('audience_operation_not_found', { operation_id: id })
      return operation
    },
    list: (audienceId) =>
      db
        .all(
          `SELECT ${COLUMNS} FROM audience_operation WHERE audience_id = ? ORDER BY audience_operation.id DESC`,
          audienceId,
        )
        .map(operationOf),
    cancel(operation) {
      if (!RUNNING.has(operation.state)) throw new ExtoleError('invalid_parameter', { current_state: operation.state })
      save(operation.id, 'CANCELED', operation.progress)
      return store.get(operation.audienceId, operation.id)
    },
    retry(operation) {
      if (operation.state !== 'FAILED' && operation.state !== 'CANCELED') {
        throw new ExtoleError('invalid_parameter', { current_state: operation.state })
      }
      save(operation.id, 'PREPARING', { ...START, retries: operation.progress.retries + 1 })
      const again = store.get(operation.audienceId, operation.id)
      run(again)
      return again
    },
    resume() {
      for (const row of db.all(
        `SELECT ${COLUMNS} FROM audience_operation WHERE state IN ('PREPARING', 'BUILDING', 'VALIDATING')`,
      )) {
        run(operationOf(row))
      }
    },
  }
  return store
}

function operationOf(row: Row): Operation {
  return {
    id: String(row.id),
    audienceId: String(row.audience_id),
    request: JSON.parse(String(row.request)) as OperationRequest,
    state: row.state as OperationState,
    progress: JSON.parse(String(row.progress)) as Progress,
    createdMs: Number(row.created_ms),
  }
}

const TYPES = ['ADD', 'REMOVE', 'REPLACE', 'ACTION'] as const

function parseOperation(body: Record<string, unknown>): OperationRequest {
  const type = TYPES.find((one) => one === body.type)
  const tags = body.tags ?? []
  if (type === undefined) throw new ExtoleError('invalid_parameter', { name: 'type', value: body.type })
  if (!Array.isArray(tags) || !tags.every((one): one is string => typeof one === 'string'))
    throw new ExtoleError('binding_error', { field: 'tags' })
  checkTags(tags, 'invalid_parameter')
  return { type, tags, source: parseSource(body.data_source, type) }
}

function parseSource(given: unknown, type: OperationRequest['type']): DataSource {
  if (!isObject(given)) throw new ExtoleError('invalid_null', { field: 'data_source' })
  const isAction = type === 'ACTION'
  const columns = given.event_columns ?? []
  const data = given.event_data ?? {}
  if (!Array.isArray(columns) || !columns.every((one): one is string => typeof one === 'string')) {
    throw new ExtoleError('binding_error', { field: 'event_columns' })
  }
  if (!isObject(data)) throw new ExtoleError('binding_error', { field: 'event_data' })
  const event = { event_columns: columns, event_data: data as Record<string, string> }
  if (given.type === 'ACTION' && isAction) {
    const name = textOf(given.event_name)
    if (name === undefined) throw new ExtoleError('missing_event_name')
    return { type: 'ACTION', event_name: name, ...event }
  }
  if (given.type === 'FILE_ASSET' && !isAction)
    return { type: 'FILE_ASSET', file_asset_id: textOf(given.file_asset_id) ?? '', ...event }
  if (given.type === 'PERSON_LIST' && !isAction)
    return { type: 'PERSON_LIST', audience_members: membersOf(given.audience_members) }
  throw new ExtoleError('invalid_parameter', { name: 'data_source.type', value: given.type })
}

function membersOf(given: unknown) {
  if (!Array.isArray(given)) throw new ExtoleError('binding_error', { field: 'audience_members' })
  return given.map((member, index) => {
    const value = isObject(member) ? textOf(member.identity_key_value ?? member.email) : undefined
    if (value === undefined || normalizeEmail(value) === undefined)
      throw new ExtoleError('invalid_identity_key_value', { index, value: value ?? null })
    const data = isObject(member) && isObject(member.data) ? member.data : {}
    return { identity_key_value: value, data: data as Record<string, string> }
  })
}

export function operationShown({ id, request }: Operation) {
  return { id, type: request.type, tags: request.tags, data_source: request.source }
}

export function operationState(operation: Operation, memberCount: number) {
  const { progress, state, request, createdMs } = operation
  const result = {
    member_count: memberCount,
    anonymous_count: progress.anonymous,
    non_processed_count: progress.notProcessed,
    last_update: formatTime(createdMs),
  }
  return {
    state,
    input_rows_count: progress.rows,
    retry_count: progress.retries,
    ...(progress.error === undefined ? {} : { error_code: progress.error }),
    ...(request.type === 'ACTION' ? {} : { result }),
  }
}
