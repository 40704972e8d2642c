/** Backups copied to another folder. */
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { parseConfig, serve } from '../app/index.ts'
import { aDataDirectory, environment, SERVE_TEST_MS } from '../app/serve.fixture.ts'
import { systemClock as clock } from '../ports/index.ts'
import { duplicateBackup, JOURNAL_FILE, listBackups, makeBackup, systemDisk } from './index.ts'

const root = mkdtempSync(join(tmpdir(), 'grapevine-duplicate-'))
let name = ''

vi.setConfig({ testTimeout: SERVE_TEST_MS })

beforeAll(async () => {
  const data = join(root, 'data')
  const running = await serve(parseConfig(environment(data)), (_, message) => {
    throw new Error(message)
  })
  await running[Symbol.asyncDispose]()
  const watched = { signal: new AbortController().signal, onProgress() {}, clock, disk: systemDisk }
  const options = { data, folder: join(root, 'backups'), cause: 'request', version: '0', atMs: 0 } as const
  name = (await makeBackup({ ...watched, ...options })).name
}, SERVE_TEST_MS)

afterAll(() => rmSync(root, { recursive: true, force: true }))

function folders() {
  const folder = join(aDataDirectory(), 'backups')
  cpSync(join(root, 'backups'), folder, { recursive: true })
  return { folder, to: join(aDataDirectory(), 'elsewhere') }
}

test('a copy is sound where it is, and what a copy before it left half done is gone', async () => {
  const { folder, to } = folders()
  mkdirSync(join(to, '.making-2026-01-01T00-00-00Z'), { recursive: true })
  expect(await duplicateBackup(folder, name, { to, clock })).toEqual([])
  expect(await listBackups(to)).toMatchObject([{ name, check: { problems: [] } }])
  expect(readdirSync(to).sort()).toEqual([name, JOURNAL_FILE])
})

test('a good copy stays when the one that was to replace it is not sound', async () => {
  const { folder, to } = folders()
  await duplicateBackup(folder, name, { to, clock })
  const state = join(folder, name, 'state.db')
  writeFileSync(state, readFileSync(state).fill(1, 5_000, 5_001))
  expect(await duplicateBackup(folder, name, { to, clock })).toHaveLength(1)
  rmSync(state)
  await expect(duplicateBackup(folder, name, { to, clock })).rejects.toThrow('ENOENT')
  expect(await listBackups(to)).toMatchObject([{ name, check: { problems: [] } }])
  expect(readdirSync(to).sort()).toEqual([name, JOURNAL_FILE])
})

test('deletions that are noted there already stay noted: older backups there need them', async () => {
  const { folder, to } = folders()
  const line = (regulationId: string) => `${JSON.stringify({ regulationId, requestedAtMs: 0, sealed: 'x' })}\n`
  appendFileSync(join(folder, JOURNAL_FILE), line('both') + line('new'))
  mkdirSync(to)
  appendFileSync(join(to, JOURNAL_FILE), line('old') + line('both'))
  await duplicateBackup(folder, name, { to, clock })
  expect(readFileSync(join(to, JOURNAL_FILE), 'utf8')).toBe(line('old') + line('both') + line('new'))
})
