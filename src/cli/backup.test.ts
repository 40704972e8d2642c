/** The commands of backups, as an operator types them: while the server runs, and while it is stopped. */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parseConfig, type Running, serve } from '../app/index.ts'

const MAIN = join(import.meta.dirname, '..', 'main.ts')
const TEST_MS = 120_000

function aDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'grapevine-backup-cli-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Files that somebody else on the machine may read or write. */
const forOthers = (directory: string) =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile() && (statSync(join(each.parentPath, each.name)).mode & 0o077) !== 0)
    .map(({ name }) => name)

interface Ended {
  readonly code: number
  readonly out: string
  readonly error: string
  /** The last line, as JSON. */
  readonly json: Record<string, never>
}

function grapevine(environment: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended> {
  const env = { PATH: process.env['PATH'] ?? '', ...environment }
  return new Promise((resolve) => {
    // As most shells have it. A server that ran in this process made it stricter.
    const mask = process.umask(0o022)
    execFile(process.execPath, [MAIN, ...args], { env }, (error, out, stderr) => {
      const last = out.trim().split('\n').at(-1) ?? ''
      const json = last.startsWith('{') ? JSON.parse(last) : {}
      resolve({ code: Number(error?.code ?? 0), out, error: stderr, json })
    })
    process.umask(mask)
  })
}

const start = (environment: Readonly<Record<string, string>>): Promise<Running> =>
  serve(
    parseConfig({
      GRAPEVINE_PORT: '0',
      GRAPEVINE_EXTOLE_SANDBOX_PORT: 'any',
      GRAPEVINE_LOG_LEVEL: 'error',
      ...environment,
    }),
    (_, message) => {
      throw new Error(message)
    },
  )

test(
  'backups are made of a running and of a stopped server, listed, checked, copied and put back',
  async () => {
    const [data, folder, elsewhere] = [aDirectory(), join(aDirectory(), 'backups'), aDirectory()]
    const environment = { GRAPEVINE_DATA: data, GRAPEVINE_BACKUPS: folder }
    const running = await start(environment)
    const online = await grapevine(environment, 'backup', '--json', '--to', elsewhere)
    expect(online).toMatchObject({ code: 0, json: { folder } })
    const name = String(online.json['name'])
    expect(online.json['copiedTo']).toBe(join(elsewhere, name))
    expect((await grapevine(environment, 'backup', 'list')).out).toMatch(new RegExp(`${name} .* request .* sound`))
    expect((await grapevine(environment, 'restore', name)).code).toBe(22)
    await running[Symbol.asyncDispose]()

    const offline = await grapevine(environment, 'backup')
    expect(offline).toMatchObject({ code: 0, out: expect.stringContaining('read back and sound') })
    const listed = await grapevine(environment, 'backup', 'list', '--json')
    expect(listed.json['backups']).toMatchObject([{ cause: 'command' }, { name, cause: 'request' }])
    expect((await grapevine(environment, 'backup', 'verify', name)).code).toBe(0)
    const state = join(elsewhere, name, 'state.db')
    const whole = readFileSync(state)
    writeFileSync(state, Buffer.concat([whole.subarray(0, -1), Buffer.from([whole.at(-1) === 0 ? 1 : 0])]))
    const flipped = await grapevine(environment, 'backup', 'verify', join(elsewhere, name))
    expect(flipped).toMatchObject({ code: 1, out: expect.stringContaining('state.db was changed since it was made') })

    for (const at of [folder, elsewhere]) expect(forOthers(at)).toEqual([])

    const target = aDirectory()
    const withoutKey = await grapevine({}, 'restore', join(folder, name), '--data', target)
    expect(withoutKey).toMatchObject({ code: 27, error: expect.stringContaining('`secrets`') })
    copyFileSync(join(data, 'secrets'), join(target, 'secrets'))
    const back = await grapevine({}, 'restore', join(folder, name), '--data', target)
    expect(back).toMatchObject({ code: 0, out: expect.stringContaining('0 deletions came after it') })
    expect(forOthers(target)).toEqual([])
    await using again = await start({ GRAPEVINE_DATA: target })
    expect(again.quickstart?.sources).toEqual(running.quickstart?.sources)
    expect(readdirSync(target)).not.toContain('restored.json')
  },
  TEST_MS,
)

test(
  'with the state in PostgreSQL nothing is made or put back here, and it is said what to do instead',
  async () => {
    const environment = { GRAPEVINE_DATA: aDirectory(), GRAPEVINE_STATE_URL: 'postgres://127.0.0.1:1/grapevine' }
    const made = await grapevine(environment, 'backup')
    expect(made).toMatchObject({ code: 1, error: expect.stringContaining('run pg_dump, and copy the data directory') })
    const back = await grapevine(environment, 'restore', '2026-01-01T00-00-00Z')
    expect(back).toMatchObject({ code: 1, error: expect.stringContaining('Use pg_restore') })
  },
  TEST_MS,
)
