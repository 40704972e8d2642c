/** A change under a key, when the process ends between it and its answer: the command alone, on a real database. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate } from '../state/index.ts'
import { aContext } from '../workspace/builders.ts'
import { listAuditEvents, SYSTEM_ACTOR } from '../workspace/index.ts'
import { type CommandCall, runCommand } from './commands.ts'
import { MIGRATIONS, type OpenedState, openState, workspaceOf } from './state.ts'

const directory = mkdtempSync(join(tmpdir(), 'grapevine-commands-'))
const context = { ...aContext(), digest: (text: string) => text }
let state: OpenedState

const opened = () =>
  openState({ directory, url: undefined, asyncStandbyAllowed: false, readOnly: false, onConnectionError: () => {} })
const create = (slug: string, id?: string): Promise<unknown> => {
  const once = id === undefined ? {} : { once: { id, fingerprint: slug } }
  const call: CommandCall<'createSource'> = {
    name: 'createSource',
    args: { slug, kind: 'node' },
    actor: { ...SYSTEM_ACTOR, ...once },
  }
  return runCommand(state.db, context, call)
}
const changes = async () => (await listAuditEvents(workspaceOf(state.db).read, { limit: 100 })).length

beforeAll(async () => {
  state = await opened()
  await migrate(state.db, MIGRATIONS)
})

afterAll(async () => {
  await state?.db.close()
  rmSync(directory, { recursive: true, force: true })
})

test('what was changed and never answered is not changed again, also by the next process', async () => {
  const first = await create('once', 'key')
  const made = await changes()
  expect(await create('once', 'key')).toEqual(first)
  await state.db.close()
  state = await opened()
  expect(await create('once', 'key')).toEqual(first)
  expect(await changes()).toBe(made)
})

test('what failed may be tried again under its key', async () => {
  await create('taken')
  await expect(create('taken', 'tried')).rejects.toMatchObject({ code: 'conflict' })
  await expect(create('taken', 'tried')).rejects.toMatchObject({ code: 'conflict' })
  expect(await create('free', 'tried')).toMatchObject({ slug: 'free' })
})
