/** Persons and their keys. Every lookup follows forwards, so a source's identifiers find the target (contract 5.9). */

import type { Known } from '../identity.ts'
import { isId } from '../ids.ts'
import { parseJson, textOf } from '../json.ts'
import type { Captured, Scope } from '../program.ts'
import type { Database, Row } from './database.ts'

export interface Datum {
  readonly id: string
  readonly name: string
  readonly scope: Scope
  /** JSON text, so that any value keeps its type and every digit. */
  readonly json: string
  readonly createdMs: number
  readonly updatedMs: number
}

export interface Person extends Known {
  readonly version: number
  readonly createdMs: number
  readonly block: { readonly type: string; readonly reason?: string; readonly updatedMs: number } | undefined
  /** In no particular order. */
  readonly data: ReadonlyMap<string, Datum>
}

const COLUMNS = 'CAST(id AS TEXT) AS id, email, version, created_ms, block, data'
const FOLLOWED = `SELECT ${COLUMNS} FROM person WHERE erased = 0 AND id =
  (SELECT coalesce(forwarded_to, id) FROM person WHERE id = ?)`
const KNOWN_BY_KEY = `SELECT CAST(p.id AS TEXT) AS id, p.email AS email FROM person_key k JOIN person p ON p.id = k.person_id
  WHERE k.name = ? AND k.value = ? ORDER BY k.attached DESC LIMIT 100`

function personOf(row: Row): Person {
  const block = row.block === null ? undefined : JSON.parse(String(row.block))
  const entries = JSON.parse(String(row.data)) as [string, string, Scope, string, number, number][]
  return {
    id: String(row.id),
    email: row.email === null ? undefined : String(row.email),
    version: Number(row.version),
    createdMs: Number(row.created_ms),
    block,
    data: new Map(
      entries.map(([name, id, scope, json, createdMs, updatedMs]) => [
        name,
        { id, name, scope, json, createdMs, updatedMs },
      ]),
    ),
  }
}

function dataText(data: Person['data']): string {
  return JSON.stringify(Array.from(data.values(), (d) => [d.name, d.id, d.scope, d.json, d.createdMs, d.updatedMs]))
}

export interface Persons {
  find(id: string): Person | undefined
  /** The most recently attached first; at most 100. `email` values are normalised ones. */
  withKey(name: string, value: string): Known[]
  insert(person: Person): void
  /** Writes what changed, with the next version, and answers the person as it now is. */
  save(person: Person, changes: Partial<Omit<Person, 'id' | 'version'>>): Person
  /** Attaches a key; attaching again makes it the most recent. `order` is a growing id. */
  attach(personId: string, name: string, value: string, order: string): void
  /** Attaches a key unless this person has it already, keeping its first place. */
  attachFirst(personId: string, name: string, value: string, order: string): void
  detach(personId: string, name: string): void
}

export function personStore(db: Database): Persons {
  return {
    find(id) {
      if (!isId(id)) return undefined
      const row = db.get(FOLLOWED, id)
      return row && personOf(row)
    },
    withKey: (name, value) =>
      db.all(KNOWN_BY_KEY, name, value).map((row) => ({
        id: String(row.id),
        email: row.email === null ? undefined : String(row.email),
      })),
    insert(person) {
      db.run(
        'INSERT INTO person (id, email, created_ms, data) VALUES (?, ?, ?, ?)',
        person.id,
        person.email ?? null,
        person.createdMs,
        dataText(person.data),
      )
    },
    save(person, changes) {
      const next = { ...person, ...changes, version: person.version + 1 }
      db.run(
        'UPDATE person SET email = ?, version = ?, block = ?, data = ? WHERE id = ?',
        next.email ?? null,
        next.version,
        next.block === undefined ? null : JSON.stringify(next.block),
        dataText(next.data),
        person.id,
      )
      return next
    },
    attach(personId, name, value, order) {
      db.run(
        'INSERT OR REPLACE INTO person_key (name, value, person_id, attached) VALUES (?, ?, ?, ?)',
        name,
        value,
        personId,
        order,
      )
    },
    attachFirst(personId, name, value, order) {
      db.run(
        'INSERT OR IGNORE INTO person_key (name, value, person_id, attached) VALUES (?, ?, ?, ?)',
        name,
        value,
        personId,
        order,
      )
    },
    detach(personId, name) {
      db.run('DELETE FROM person_key WHERE person_id = ? AND name = ?', personId, name)
    },
  }
}

/**
 * The data after `captured` arrived: last write wins. A scope the brand chose for an existing entry stays, because an
 * event must not make a CLIENT value world-readable. Undefined when nothing changed, so nothing needs to be written.
 */
export function mergeData(
  data: ReadonlyMap<string, Datum>,
  captured: readonly Captured[],
  nowMs: number,
  nextId: () => string,
): Map<string, Datum> | undefined {
  let merged: Map<string, Datum> | undefined
  for (const { name, scope, value } of captured) {
    const known = (merged ?? data).get(name)
    const json = JSON.stringify(value) ?? 'null'
    if (known !== undefined && known.json === json) continue
    merged ??= new Map(data)
    merged.set(
      name,
      known === undefined
        ? { id: nextId(), name, scope, json, createdMs: nowMs, updatedMs: nowMs }
        : { ...known, json, updatedMs: nowMs },
    )
  }
  return merged
}

/** The text of a stored value, to see whether a key changed. */
export function storedText(datum: Datum | undefined): string | undefined {
  return datum === undefined ? undefined : textOf(parseJson(datum.json))
}
