/** The rest of what is known of a person (contracts 7.1, 7.4, 8.2): a right-of-access answer reads all of it. */
import type { Context } from '../context.ts'
import { ExtoleError } from '../errors.ts'
import { isObject, toJson } from '../json.ts'
import type { Row } from '../store/database.ts'
import { formatTime } from '../time.ts'
import { personOf } from './person-routes.ts'
import { type Call, objectBody, page, type Route, stringField } from './route.ts'
import { PROGRAM_LABEL } from './step-routes.ts'

const LIST_LIMIT = 100
/** Without the person's id, which no number can hold. */
const SHAREABLE_COLUMNS = 'code, record, created_ms, updated_ms'
/** Bytes of randomness in a made-up share code. */
const CODE_BYTES = 5

interface Shareable {
  readonly key?: string
  readonly label?: string
  readonly content?: unknown
  readonly data: Readonly<Record<string, string>>
  readonly link: string
}

export function personListRoutes(context: Context): Route[] {
  const auth = 'USER_SUPPORT'
  const base = '/v5/persons/:person_id'
  const { db } = context
  // This program gives no rewards, runs no campaign journeys, records no devices and sends no shares of its own.
  const none = (path: string, missing: 'reward_not_found' | 'journey_not_found' | 'share_not_found'): Route[] => [
    { method: 'GET', path: `${base}/${path}`, auth, handle: (call) => ({ body: personOf(context, call) && [] }) },
    {
      method: 'GET',
      path: `${base}/${path}/:id`,
      auth,
      handle: (call) => {
        personOf(context, call)
        throw new ExtoleError(missing, { id: call.params.id })
      },
    },
  ]
  return [
    ...none('rewards', 'reward_not_found'),
    ...none('journeys', 'journey_not_found'),
    ...none('shares', 'share_not_found'),
    { method: 'GET', path: `${base}/locations`, auth, handle: (call) => ({ body: personOf(context, call) && [] }) },
    {
      method: 'GET',
      path: `${base}/identity-history`,
      auth,
      handle: (call) => {
        const rows = db.all(
          'SELECT log_ms, entry FROM identity_log WHERE person_id = ? ORDER BY id DESC',
          personOf(context, call).id,
        )
        return {
          body: rows.map((row) => ({ ...JSON.parse(String(row.entry)), log_date: formatTime(Number(row.log_ms)) })),
        }
      },
    },
    { method: 'GET', path: `${base}/relationships`, auth, handle: (call) => ({ body: relationships(context, call) }) },
    {
      method: 'GET',
      path: `${base}/shareables`,
      auth,
      handle: (call) => {
        const { limit, offset } = page(call, LIST_LIMIT)
        const rows = db.all(
          `SELECT ${SHAREABLE_COLUMNS} FROM shareable WHERE person_id = ? ORDER BY created_ms, code LIMIT ? OFFSET ?`,
          personOf(context, call).id,
          limit,
          offset,
        )
        return { body: rows.map(shareableShown) }
      },
    },
    { method: 'POST', path: `${base}/shareables`, auth, handle: (call) => ({ body: createShareable(context, call) }) },
    {
      method: 'GET',
      path: `${base}/shareables/:code`,
      auth,
      handle: (call) => ({ body: shareableShown(findShareable(context, call)) }),
    },
    {
      method: 'PUT',
      path: `${base}/shareables/:code`,
      auth,
      handle: (call) => ({ body: updateShareable(context, call) }),
    },
  ]
}

function relationships(context: Context, call: Call) {
  const person = personOf(context, call)
  const { limit, offset } = page(call, LIST_LIMIT)
  const rows = context.db.all(
    `SELECT CAST(id AS TEXT) AS id, CAST(advocate_id AS TEXT) AS advocate_id, CAST(friend_id AS TEXT) AS friend_id, container,
     CAST(root_event_id AS TEXT) AS root_event_id, reason, created_ms FROM relationship
     WHERE advocate_id = ? OR friend_id = ? ORDER BY relationship.id DESC LIMIT ? OFFSET ?`,
    person.id,
    person.id,
    limit,
    offset,
  )
  return rows.map((row) => {
    const isAdvocate = row.advocate_id === person.id
    const otherId = String(isAdvocate ? row.friend_id : row.advocate_id)
    const email = context.persons.find(otherId)?.email
    return {
      id: String(row.id),
      my_role: isAdvocate ? 'ADVOCATE' : 'FRIEND',
      other_person_id: otherId,
      other_person: {
        id: otherId,
        identity_key: 'email',
        ...(email === undefined ? {} : { identity_key_value: email }),
      },
      program: PROGRAM_LABEL,
      container: String(row.container),
      cause_event_id: String(row.root_event_id),
      root_event_id: String(row.root_event_id),
      created_date: formatTime(Number(row.created_ms)),
      updated_date: formatTime(Number(row.created_ms)),
      data: { reason: { name: 'reason', value: String(row.reason) } },
    }
  })
}

function shareableShown(row: Row) {
  const { data, ...record } = JSON.parse(String(row.record)) as Shareable
  return {
    code: String(row.code),
    ...record,
    data: Object.fromEntries(Object.entries(data).map(([name, value]) => [name, { name, value }])),
    created_date: formatTime(Number(row.created_ms)),
    updated_date: formatTime(Number(row.updated_ms)),
  }
}

function findShareable(context: Context, call: Call): Row {
  const row = context.db.get(
    `SELECT ${SHAREABLE_COLUMNS} FROM shareable WHERE code = ? AND person_id = ?`,
    call.params.code ?? '',
    personOf(context, call).id,
  )
  if (row === undefined) throw new ExtoleError('shareable_not_found', { code: call.params.code })
  return row
}

function recordOf(body: Record<string, unknown>, code: string, current?: Shareable): Shareable {
  const given = isObject(body.data) ? body.data : undefined
  if (given !== undefined && !Object.values(given).every((one) => typeof one === 'string'))
    throw new ExtoleError('binding_error', { field: 'data' })
  const text = (name: 'key' | 'label') =>
    body[name] === null ? undefined : (stringField(body, name) ?? current?.[name])
  const key = text('key')
  const label = text('label')
  const content = body.content ?? current?.content
  const url = stringField(body, 'program_url')
  return {
    ...(key === undefined ? {} : { key }),
    ...(label === undefined ? {} : { label }),
    ...(content === undefined ? {} : { content }),
    data: (given as Record<string, string> | undefined) ?? current?.data ?? {},
    link:
      url === undefined ? (current?.link ?? `https://sandbox.invalid/${code}`) : `${url.replace(/\/$/, '')}/${code}`,
  }
}

function createShareable(context: Context, call: Call) {
  const person = personOf(context, call)
  const body = objectBody(call)
  const code = stringField(body, 'code') ?? context.random.bytes(CODE_BYTES).toString('hex')
  if (!/^[A-Za-z0-9_-]{1,50}$/.test(code)) throw new ExtoleError('invalid_parameter', { name: 'code', value: code })
  if (context.db.get('SELECT 1 FROM shareable WHERE code = ?', code) !== undefined)
    throw new ExtoleError('code_already_taken', { code })
  const nowMs = context.clock.nowMs()
  const record = toJson(recordOf(body, code))
  context.db.write(() =>
    context.db.run(
      'INSERT INTO shareable (code, person_id, record, created_ms, updated_ms) VALUES (?, ?, ?, ?, ?)',
      code,
      person.id,
      record,
      nowMs,
      nowMs,
    ),
  )
  return shareableShown({ code, record, created_ms: nowMs, updated_ms: nowMs })
}

function updateShareable(context: Context, call: Call) {
  const row = findShareable(context, call)
  const code = String(row.code)
  const record = toJson(recordOf(objectBody(call), code, JSON.parse(String(row.record)) as Shareable))
  const nowMs = context.clock.nowMs()
  context.db.write(() =>
    context.db.run('UPDATE shareable SET record = ?, updated_ms = ? WHERE code = ?', record, nowMs, code),
  )
  return shareableShown({ ...row, record, updated_ms: nowMs })
}
