import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createKeyedHash, type SeenKind, seenKey } from '../../connections/index.ts'
import {
  migrate,
  openSqliteState,
  pipelineMigrations,
  SqlitePipelineState,
  type SqliteState,
  type StoredSeen,
} from '../../state/index.ts'
import { HEADS_AT_ONCE, readHeads, readNames } from './reading.ts'

const hash = createKeyedHash(new Uint8Array(32))
let directory: string
let db: SqliteState
let state: SqlitePipelineState
let turns: number
const clock = {
  turn: async () => {
    turns += 1
  },
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'grapevine-reading-'))
  db = openSqliteState({ file: join(directory, 'state.db') })
  await migrate(db, pipelineMigrations)
  state = new SqlitePipelineState(db)
  turns = 0
})
afterEach(async () => {
  await db.close()
  rmSync(directory, { recursive: true, force: true })
})

/** @param members as they stand in the document */
const stored = (sourceId: string, kind: SeenKind, name: string, members = '[["total",2,[7],5]]'): StoredSeen => {
  const head = JSON.stringify({ kind, name, firstAtMs: 1, lastAtMs: 5, isCut: false })
  return { sourceId, key: seenKey(hash, sourceId, kind, name), document: `${head.slice(0, -1)},"members":${members}}` }
}
const write = (...seen: StoredSeen[]) => state.commit({ seen, updates: [], counts: [], runtimes: [] })

test('of one name only its own documents are read, in each source', async () => {
  await write(
    stored('s1', 'event', 'A'),
    stored('s2', 'event', 'A', '[]'),
    stored('s1', 'event', 'B', 'torn'),
    stored('s1', 'users', '', 'torn'),
    stored('s3', 'event', 'A', 'torn'),
  )
  const found = await readNames({ state, hash, clock }, ['s2', 's1'], [{ kind: 'event', name: 'A' }])
  expect(found.map(({ sourceId, seen }) => [sourceId, [...seen.members.keys()]])).toEqual([
    ['s1', ['total']],
    ['s2', []],
  ])
  expect(turns).toBe(2)
  expect(await readNames({ state, hash, clock }, ['s1'], [{ kind: 'accounts', name: '' }])).toEqual([])
})

test(`names are listed without what they have, and others have their turn after ${HEADS_AT_ONCE}`, async () => {
  const names = Array.from({ length: 2 * HEADS_AT_ONCE + 1 }, (_, index) => `e${index}`)
  await write(
    ...names.map((name) => stored('s1', 'event', name, 'torn')),
    stored('s2', 'left_out', '', 'torn'),
    stored('s3', 'event', 'other'),
  )
  const heads = await readHeads({ state, clock }, ['s2', 's1'])
  const listed = heads.filter(({ sourceId }) => sourceId === 's1').map(({ seen }) => seen.name)
  expect(listed.sort()).toEqual(names.sort())
  expect(heads.at(-1)).toEqual({
    sourceId: 's2',
    seen: { kind: 'left_out', name: '', firstAtMs: 1, lastAtMs: 5, isCut: false },
  })
  expect(heads).toHaveLength(names.length + 1)
  expect(turns).toBe(3 + 1)
})
