/** `/v1/audiences` (contract 9) and a person's memberships (contract 7.4). */
import { type Operations, operationShown, operationState } from '../audience-operations.ts'
import { AUDIENCE_NAME_MAX, type Audience, type Audiences, membershipShown } from '../audiences.ts'
import type { Context } from '../context.ts'
import { ExtoleError } from '../errors.ts'
import { checkTags } from '../files.ts'
import { normalizeEmail } from '../identity.ts'
import { parseJson } from '../json.ts'
import { personOf } from './person-routes.ts'
import {
  type Answer,
  type Call,
  filter,
  objectBody,
  optionalBody,
  page,
  type Route,
  stringField,
  stringsField,
} from './route.ts'

const AUDIENCES_LIMIT = 100
const MEMBERS_LIMIT = 1_000

export function audienceRoutes(context: Context, audiences: Audiences, operations: Operations): Route[] {
  const base = '/v1/audiences'
  const one = `${base}/:audience_id`
  const operation = `${one}/operations/:operation_id`
  const read = 'USER_SUPPORT'
  const write = 'CLIENT_ADMIN'
  const find = (call: Call) => audiences.get(call.params.audience_id ?? '')
  const findOperation = (call: Call) => operations.get(find(call).id, call.params.operation_id ?? '')
  const list = (call: Call): Answer => {
    const { limit, offset } = page(call, AUDIENCES_LIMIT)
    const name = call.query.get('name')
    const found = audiences.list({ withArchived: call.query.get('include_archived') === 'true' })
    return {
      body: found
        .filter((audience) => name === null || audience.name === name)
        .slice(offset, offset + limit)
        .map(shown),
    }
  }
  const archive =
    (archived: boolean) =>
    (call: Call): Answer => ({ body: shown(audiences.save({ ...find(call), archived })) })
  const remove = (call: Call): Answer => {
    const audience = find(call)
    audiences.remove(audience)
    return { body: shown(audience) }
  }
  const download = (call: Call) => {
    const members = membersOf(context, audiences, find(call).id, call)
    return members.map(({ id, email, data }) => ({ id, email: email ?? '', data: Object.fromEntries(data) }))
  }
  return [
    { method: 'GET', path: base, auth: read, handle: list },
    { method: 'GET', path: `${base}/built`, auth: read, handle: list },
    {
      method: 'POST',
      path: base,
      auth: write,
      handle: (call) => ({ body: shown(audiences.create(parse(objectBody(call)))) }),
    },
    { method: 'GET', path: one, auth: read, handle: (call) => ({ body: shown(find(call)) }) },
    { method: 'GET', path: `${one}/built`, auth: read, handle: (call) => ({ body: shown(find(call)) }) },
    {
      method: 'PUT',
      path: one,
      auth: write,
      handle: (call) => {
        const audience = find(call)
        return { body: shown(audiences.save({ ...audience, ...parse(objectBody(call), audience) })) }
      },
    },
    { method: 'DELETE', path: one, auth: write, handle: archive(true) },
    { method: 'POST', path: `${one}/unarchive`, auth: write, handle: archive(false) },
    { method: 'POST', path: `${one}/delete`, auth: write, handle: remove },
    {
      method: 'GET',
      path: `${one}/members`,
      auth: read,
      handle: (call) => ({
        body: membersOf(context, audiences, find(call).id, call).map((member) => ({ id: member.id })),
      }),
    },
    { method: 'GET', path: `${one}/members/view/details`, auth: read, handle: (call) => ({ body: download(call) }) },
    { method: 'GET', path: `${one}/members/download`, auth: read, handle: (call) => ({ body: download(call) }) },
    { method: 'GET', path: `${one}/members/download.json`, auth: read, handle: (call) => ({ body: download(call) }) },
    {
      method: 'GET',
      path: `${one}/members/download.csv`,
      auth: read,
      handle: (call) => ({
        body: csvOf(download(call).map(({ id, email }) => [id, email])),
        contentType: 'text/csv; charset=utf-8',
      }),
    },
    {
      method: 'GET',
      path: `${one}/stats`,
      auth: read,
      handle: (call) => ({ body: { active_members_count: audiences.count(find(call).id) } }),
    },
    {
      method: 'POST',
      path: `${one}/operations`,
      auth: write,
      handle: (call) => ({ body: operationShown(operations.create(find(call).id, objectBody(call))) }),
    },
    {
      method: 'GET',
      path: `${one}/operations`,
      auth: read,
      handle: (call) => ({ body: operations.list(find(call).id).map(operationShown) }),
    },
    { method: 'GET', path: operation, auth: read, handle: (call) => ({ body: operationShown(findOperation(call)) }) },
    {
      method: 'GET',
      path: `${operation}/state`,
      auth: read,
      handle: (call) => ({ body: operationState(findOperation(call), audiences.count(find(call).id)) }),
    },
    {
      method: 'GET',
      path: `${operation}/view/details`,
      auth: read,
      handle: (call) => {
        const found = findOperation(call)
        return { body: { ...operationShown(found), ...operationState(found, audiences.count(found.audienceId)) } }
      },
    },
    {
      method: 'POST',
      path: `${operation}/cancel`,
      auth: write,
      handle: (call) => ({ body: operationShown(operations.cancel(findOperation(call))) }),
    },
    {
      method: 'POST',
      path: `${operation}/retry`,
      auth: write,
      handle: (call) => ({ body: operationShown(operations.retry(findOperation(call))) }),
    },
    ...membershipRoutes(context, audiences),
  ]
}

function membershipRoutes(context: Context, audiences: Audiences): Route[] {
  const base = '/v5/persons/:person_id/memberships'
  const auth = 'USER_SUPPORT'
  return [
    {
      method: 'GET',
      path: base,
      auth,
      handle: (call) => {
        const ids = filter(call, 'audience_ids')
        const names = filter(call, 'audience_names')
        const found = audiences.of(personOf(context, call).id)
        const kept = found.filter((one) => (ids?.has(one.audienceId) ?? true) && (names?.has(one.audienceName) ?? true))
        return { body: kept.map(membershipShown) }
      },
    },
    {
      method: 'POST',
      path: base,
      auth,
      handle: (call) => {
        const person = personOf(context, call)
        const audienceId = stringField(optionalBody(call), 'audience_id')
        if (!audienceId) throw new ExtoleError('missing_audience_id')
        const audience = audiences.get(audienceId)
        if (person.email === undefined) throw new ExtoleError('person_not_identified', { person_id: person.id })
        return { body: membershipShown(audiences.join(audience.id, person.id)) }
      },
    },
    {
      method: 'DELETE',
      path: `${base}/:audience_id`,
      auth,
      handle: (call) => {
        const left = audiences.leave(call.params.audience_id ?? '', personOf(context, call).id)
        if (left === undefined) throw new ExtoleError('membership_not_found', { audience_id: call.params.audience_id })
        return { body: membershipShown(left) }
      },
    },
  ]
}

function parse(body: Record<string, unknown>, current?: Audience): Omit<Audience, 'id' | 'archived'> {
  const name = stringField(body, 'name') ?? current?.name
  if (name === undefined || name.trim() === '' || name.length > AUDIENCE_NAME_MAX)
    throw new ExtoleError('invalid_name', { name: name ?? null })
  const tags = Object.hasOwn(body, 'tags') ? stringsField(body, 'tags') : (current?.tags ?? [])
  checkTags(tags, 'invalid_parameter')
  const enabled = body.enabled ?? current?.enabled ?? true
  if (typeof enabled !== 'boolean') throw new ExtoleError('binding_error', { field: 'enabled' })
  return { name, tags, enabled }
}

function shown({ id, name, enabled, tags }: Audience) {
  return { id, name, enabled, tags, component_references: [] }
}

function membersOf(context: Context, audiences: Audiences, audienceId: string, call: Call) {
  const { limit, offset } = page(call, MEMBERS_LIMIT)
  const email = call.query.get('email')
  const wanted = email === null ? undefined : normalizeEmail(email)
  const one = wanted === undefined ? undefined : context.persons.withKey('email', wanted)[0]?.id
  const ids =
    email === null
      ? audiences.members(audienceId, limit, offset)
      : audiences.members(audienceId, Number.MAX_SAFE_INTEGER, 0).filter((id) => id === one)
  return ids.flatMap((id) => {
    const person = context.persons.find(id)
    if (person === undefined) return []
    return [
      {
        id,
        email: person.email,
        data: [...person.data.values()].map((datum) => [datum.name, parseJson(datum.json)] as const),
      },
    ]
  })
}

function csvOf(rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  return [['id', 'email'], ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}
