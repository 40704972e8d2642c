/** Backups put back: what was acknowledged is there, and who was deleted since is not. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import type { Quickstart, Running } from '../app/index.ts'
import { aDataDirectory, environment, quickstartOf, SERVE_TEST_MS, send, started } from '../app/serve.fixture.ts'
import { systemClock, systemRandom } from '../ports/index.ts'
import { openSecrets } from '../workspace/index.ts'
import { JOURNAL_FILE, makeBackup, restoreBackup, systemDisk } from './index.ts'

const watched = { signal: new AbortController().signal, onProgress() {} }

const backedUp = (data: string, folder: string) =>
  makeBackup({
    ...watched,
    data,
    folder,
    cause: 'request',
    version: '0',
    atMs: Date.now(),
    clock: systemClock,
    disk: systemDisk,
  })

/** As an operator does it: the key file was kept beside the backups. */
async function restored(options: { backup: string; from: string; journals: readonly string[]; to?: string }) {
  const data = options.to ?? aDataDirectory()
  if (data !== options.from) await copyFile(join(options.from, 'secrets'), join(data, 'secrets'))
  const secrets = openSecrets({ directory: data, mayCreate: false, random: systemRandom })
  const { backup, journals } = options
  const mayReplace = options.to !== undefined
  return {
    data,
    ...(await restoreBackup({ ...watched, backup, data, journals, mayReplace, secrets, clock: systemClock })),
  }
}

const call = async (running: Running, { publicApiToken }: Quickstart, method: string, path: string, body?: object) => {
  const response = await fetch(`${running.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${publicApiToken}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: response.status, json: await response.json() }
}

const person = (running: Running, quickstart: Quickstart, userId: string) =>
  call(running, quickstart, 'GET', `/api/spaces/${quickstart.spaceId}/profiles/user_id:${userId}`)

async function withPeople(settings: Record<string, string>, ...userIds: string[]) {
  const running = await started(settings)
  const quickstart = quickstartOf(running)
  for (const userId of userIds) {
    expect(await send(running, 'identify', { userId, traits: { email: `${userId}@example.com` } })).toBe(200)
    await expect.poll(async () => (await person(running, quickstart, userId)).status, { timeout: 20_000 }).toBe(200)
  }
  return { running, quickstart }
}

async function deletePerson(running: Running, quickstart: Quickstart, userId: string) {
  const body = { regulationType: 'DELETE_ONLY', subjectType: 'USER_ID', subjectIds: [userId] }
  const { json } = await call(running, quickstart, 'POST', '/api/regulations', body)
  const path = `/api/regulations/${json.data.regulateId}`
  await expect.poll(async () => (await call(running, quickstart, 'GET', path)).status, { timeout: 20_000 }).toBe(200)
  return path
}

/** Events whose userId is this one, in all files of the log. */
function eventsOf(data: string, userId: string): number {
  return readdirSync(join(data, 'log'))
    .filter((name) => name.endsWith('.db'))
    .reduce((sum, name) => {
      const db = new DatabaseSync(join(data, 'log', name), { readOnly: true })
      const count = 'SELECT count(*) AS n FROM records WHERE kind = 0 AND instr(CAST(body AS TEXT), ?) > 0'
      const { n } = db.prepare(count).get(`"${userId}"`) as { n: number }
      db.close()
      return sum + n
    }, 0)
}

/** Bytes of the files themselves: what a deleted row leaves behind is found, too. */
const isInBytes = (directory: string, text: string) =>
  readdirSync(directory).some((name) => readFileSync(join(directory, name)).includes(text))

test(
  'who was deleted after a backup is not there when the restored server answers for the first time',
  async () => {
    const [data, backups] = [aDataDirectory(), join(aDataDirectory(), 'elsewhere')]
    const settings = { ...environment(data), GRAPEVINE_BACKUPS: backups }
    const { running, quickstart } = await withPeople(settings, 'grace', 'linus')
    const { name } = await backedUp(data, backups)
    const regulation = await deletePerson(running, quickstart, 'linus')
    await running[Symbol.asyncDispose]()
    const journal = readFileSync(join(backups, JOURNAL_FILE), 'utf8')
    expect(journal.trim().split('\n')).toHaveLength(1)
    expect(journal).not.toContain('linus')

    // The disk of the data is lost; the other one, and the key, are not.
    const back = await restored({ backup: join(backups, name), from: data, journals: [join(backups, JOURNAL_FILE)] })
    expect(back).toMatchObject({ erasures: 1, eventsErased: 1, isErasuresKnown: true, movedTo: null })
    expect([eventsOf(back.data, 'grace'), eventsOf(back.data, 'linus')]).toEqual([1, 0])
    const again = await started({ ...environment(back.data), GRAPEVINE_BACKUPS: backups })
    const known = quickstartOf(again)
    expect((await person(again, known, 'linus')).status).toBe(404)
    expect((await person(again, known, 'grace')).status).toBe(200)
    await expect.poll(async () => (await call(again, known, 'GET', regulation)).status, { timeout: 20_000 }).toBe(200)
    expect((await call(again, known, 'GET', '/api/status')).json.data.conservation.holds).toBe(true)
    await again[Symbol.asyncDispose]()
    expect(existsSync(join(back.data, 'restored.json'))).toBe(false)
    expect(isInBytes(join(back.data, 'log'), 'linus@example.com')).toBe(false)
  },
  SERVE_TEST_MS * 2,
)

test(
  'without a journal the log that is replaced says who was deleted; what was there is moved aside',
  async () => {
    const data = aDataDirectory()
    const { running, quickstart } = await withPeople(environment(data), 'grace', 'linus')
    const folder = join(data, 'backups')
    const { name } = await backedUp(data, folder)
    await deletePerson(running, quickstart, 'linus')
    expect(await send(running, 'track', { userId: 'grace', event: 'After' })).toBe(200)
    await running[Symbol.asyncDispose]()
    rmSync(join(folder, JOURNAL_FILE))

    const options = { backup: join(folder, name), from: data, journals: [] }
    const secrets = openSecrets({ directory: data, mayCreate: false, random: systemRandom })
    const refused = restoreBackup({ ...watched, ...options, data, mayReplace: false, secrets, clock: systemClock })
    await expect(refused).rejects.toMatchObject({ exitCode: 26, message: expect.stringContaining('is not empty') })
    const back = await restored({ ...options, to: data })
    expect(back).toMatchObject({ erasures: 1, isErasuresKnown: true })
    expect(eventsOf(back.movedTo ?? '', 'grace')).toBe(2)
    const again = await started(environment(data))
    expect((await person(again, quickstartOf(again), 'linus')).status).toBe(404)
    expect((await person(again, quickstartOf(again), 'grace')).status).toBe(200)
  },
  SERVE_TEST_MS * 2,
)

test(
  'a restore that did not end stops the start, and the next one ends it; a wrong key or backup is refused, and one that is cancelled leaves all as it was',
  async () => {
    const data = aDataDirectory()
    const { running } = await withPeople(environment(data), 'grace')
    const folder = join(data, 'backups')
    const { name } = await backedUp(data, folder)
    await running[Symbol.asyncDispose]()

    const target = aDataDirectory()
    mkdirSync(join(target, 'log'))
    writeFileSync(join(target, 'restoring'), `${name}\n`)
    await expect(started(environment(target))).rejects.toMatchObject({ exitCode: 26 })
    await copyFile(join(data, 'secrets'), join(target, 'secrets'))
    const secrets = openSecrets({ directory: target, mayCreate: false, random: systemRandom })
    const options = { ...watched, data: target, journals: [], mayReplace: false, secrets, clock: systemClock }
    expect(await restoreBackup({ ...options, backup: join(folder, name) })).toMatchObject({ isErasuresKnown: true })
    const again = await started(environment(target))
    expect((await person(again, quickstartOf(again), 'grace')).status).toBe(200)

    const other = openSecrets({ directory: aDataDirectory(), mayCreate: true, random: systemRandom })
    const empty = { ...options, data: aDataDirectory() }
    const cancelled = new AbortController()
    const onProgress = (phase: string) => phase === 'copying' && cancelled.abort(new Error('cancelled'))
    const aborted = restoreBackup({ ...empty, signal: cancelled.signal, onProgress, backup: join(folder, name) })
    await expect(aborted).rejects.toThrow()
    expect(readdirSync(empty.data)).toEqual([])
    const byOther = restoreBackup({ ...empty, secrets: other, backup: join(folder, name) })
    await expect(byOther).rejects.toMatchObject({ exitCode: 27 })
    writeFileSync(join(folder, name, 'state.db'), 'x')
    await expect(restoreBackup({ ...empty, backup: join(folder, name) })).rejects.toThrow('is not sound')
    expect(readdirSync(empty.data)).toEqual([])
  },
  SERVE_TEST_MS * 2,
)
