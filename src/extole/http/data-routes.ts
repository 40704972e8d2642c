/** `/v5/persons/{id}/data` (contract 7.2). */
import type { Context } from '../context.ts'
import { ExtoleError } from '../errors.ts'
import { parseJson } from '../json.ts'
import { SCOPES, type Scope } from '../program.ts'
import type { Datum, Person } from '../store/persons.ts'
import { formatTime } from '../time.ts'
import { personOf } from './person-routes.ts'
import { type Call, filter, objectBody, page, type Route, stringField } from './route.ts'

/** Characters in a data name. Extole has a cap and does not publish it: this one is ours. */
export const DATA_NAME_MAX = 255
/** Characters of a value's JSON text. Ours too. */
export const DATA_VALUE_MAX = 65_536
const DATA_LIMIT = 100
/** The identity key is changed by `PUT /v5/persons/{id}` or an event, never as data. */
const READ_ONLY = new Set(['email'])

export function dataRoutes(context: Context): Route[] {
  const list = '/v5/persons/:person_id/data'
  const one = `${list}/:name`
  const auth = 'USER_SUPPORT'
  const save = (person: Person, data: Map<string, Datum>) =>
    context.db.write(() => context.persons.save(person, { data }))
  return [
    {
      method: 'GET',
      path: list,
      auth,
      handle: (call) => {
        const { data } = personOf(context, call)
        const names = filter(call, 'names')
        const scopes = filter(call, 'scopes')
        const { limit, offset } = page(call, DATA_LIMIT)
        const entries = [...data.values()]
          .filter((datum) => (names?.has(datum.name) ?? true) && (scopes?.has(datum.scope) ?? true))
          .sort((a, b) => b.updatedMs - a.updatedMs)
          .slice(offset, offset + limit)
        return { body: Object.fromEntries(entries.map((datum) => [datum.name, shown(datum)])) }
      },
    },
    {
      method: 'POST',
      path: list,
      auth,
      handle: (call) => {
        const person = personOf(context, call)
        const body = objectBody(call)
        const name = stringField(body, 'name')
        if (name === undefined || name.trim() === '') throw new ExtoleError('invalid_name')
        if (name.length > DATA_NAME_MAX) throw new ExtoleError('data_name_length_out_of_range')
        if (READ_ONLY.has(name)) throw new ExtoleError('read_only_name', { name })
        if (!Object.hasOwn(body, 'value')) throw new ExtoleError('invalid_value')
        if (person.data.has(name)) throw new ExtoleError('data_already_exists', { name })
        const nowMs = context.clock.nowMs()
        const times = { createdMs: nowMs, updatedMs: nowMs }
        const datum = {
          id: context.nextId(),
          name,
          scope: scopeOf(body) ?? 'PRIVATE',
          json: valueText(body.value),
          ...times,
        }
        save(person, new Map(person.data).set(name, datum))
        return { body: shown(datum) }
      },
    },
    { method: 'GET', path: one, auth, handle: (call) => ({ body: shown(datumOf(personOf(context, call), call)) }) },
    {
      method: 'PUT',
      path: one,
      auth,
      handle: (call) => {
        const person = personOf(context, call)
        const body = objectBody(call)
        const known = datumOf(person, call)
        if (READ_ONLY.has(known.name)) throw new ExtoleError('read_only_name', { name: known.name })
        const json = Object.hasOwn(body, 'value') ? valueText(body.value) : known.json
        const datum = { ...known, json, scope: scopeOf(body) ?? known.scope, updatedMs: context.clock.nowMs() }
        save(person, new Map(person.data).set(known.name, datum))
        return { body: shown(datum) }
      },
    },
    {
      method: 'DELETE',
      path: one,
      auth,
      handle: (call) => {
        const person = personOf(context, call)
        const known = datumOf(person, call)
        if (READ_ONLY.has(known.name)) throw new ExtoleError('read_only_name', { name: known.name })
        const data = new Map(person.data)
        data.delete(known.name)
        save(person, data)
        return { body: shown(known) }
      },
    },
  ]
}

function datumOf(person: Person, call: Call): Datum {
  const name = call.params.name ?? ''
  const datum = person.data.get(name)
  if (datum === undefined) throw new ExtoleError('data_not_found', { name })
  return datum
}

function scopeOf(body: Record<string, unknown>): Scope | undefined {
  const given = stringField(body, 'scope')
  if (given === undefined) return undefined
  const scope = SCOPES.find((one) => one === given)
  if (scope === undefined) throw new ExtoleError('invalid_parameter', { name: 'scope', value: given })
  return scope
}

function valueText(value: unknown): string {
  const json = JSON.stringify(value) ?? 'null'
  if (json.length > DATA_VALUE_MAX) throw new ExtoleError('data_value_length_out_of_range')
  return json
}

function shown(datum: Datum) {
  const { id, name, scope, json, createdMs, updatedMs } = datum
  return {
    id,
    name,
    scope,
    value: parseJson(json),
    created_date: formatTime(createdMs),
    updated_date: formatTime(updatedMs),
  }
}
