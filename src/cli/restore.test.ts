/** `grapevine restore` that is killed, before each change it makes: real commands, ended by the kernel. */
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseConfig, type Quickstart, serve } from '../app/index.ts'
import { environment, quickstartOf, SERVE_TEST_MS, send } from '../app/serve.fixture.ts'

const root = mkdtempSync(join(tmpdir(), 'grapevine-restore-'))
/** A server's, with a backup of one event and two after it. */
const template = join(root, 'template')
let backup = ''
let quickstart: Quickstart

const start = (data: string) =>
  serve(parseConfig(environment(data)), (_, message) => {
    throw new Error(message)
  })

beforeAll(async () => {
  const running = await start(template)
  quickstart = quickstartOf(running)
  expect(await send(running, 'track', { userId: 'grace', event: 'Before' })).toBe(200)
  const made = await grapevine({ GRAPEVINE_DATA: template }, 'backup', '--json')
  backup = String(lastLine(made)['name'])
  for (const event of ['After', 'Again']) expect(await send(running, 'track', { userId: 'grace', event })).toBe(200)
  await running[Symbol.asyncDispose]()
}, SERVE_TEST_MS)

afterAll(() => rmSync(root, { recursive: true, force: true }))

interface Ended {
  readonly code: number
  readonly signal: string | null
  readonly out: string
  readonly error: string
}

/** As JSON: those before it tell how far it is. */
const lastLine = ({ out }: Ended): Record<string, unknown> => JSON.parse(out.trim().split('\n').at(-1) ?? '')

function grapevine(settings: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended> {
  const env = { PATH: process.env['PATH'] ?? '', ...settings }
  return new Promise((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, '..', 'main.ts'), ...args], { env }, (error, out, stderr) => {
      resolve({ code: Number(error?.code ?? 0), signal: error?.signal ?? null, out, error: stderr })
    })
  })
}

function restore(data: string, settings: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return grapevine({ GRAPEVINE_DATA: data, ...settings }, 'restore', backup, '--replace', '--json')
}

const hook = `--import=${join(import.meta.dirname, '..', 'backup', 'kill-at.fixture.ts')}`

/** Names of the events in a log, oldest first. */
function eventsIn(directory: string): readonly unknown[] {
  const log = new DatabaseSync(join(directory, 'log', '1.db'), { readOnly: true })
  const query =
    "SELECT json_extract(CAST(body AS TEXT), '$.event') AS event FROM records WHERE kind = 0 ORDER BY position"
  const events = log.prepare(query).all()
  log.close()
  return events.map(({ event }) => event)
}

function aCopy(name: string): string {
  const data = join(root, name)
  cpSync(template, data, { recursive: true })
  return data
}

test(
  'wherever a restore is killed, no server starts on it, the next one ends it, and what was there before is aside, whole',
  async () => {
    const changes = join(root, 'changes')
    const whole = aCopy('whole')
    expect(await restore(whole, { NODE_OPTIONS: hook, CHANGES: changes })).toMatchObject({ code: 0 })
    const points = readFileSync(changes, 'utf8').trim().split('\n')
    const first = points.findIndex((point) => point.endsWith('restoring.new'))
    expect(points.length - first).toBeGreaterThan(8)
    for (let at = first + 1; at <= points.length; at++) {
      const point = points[at - 1]
      const data = aCopy(`killed-${at}`)
      const killed = await restore(data, { NODE_OPTIONS: hook, KILL_AT: String(at) })
      expect(killed, point).toMatchObject({ signal: 'SIGKILL' })
      // Right before the first of them all is as it was.
      if (at > first + 1) {
        const refused = await start(data).catch((error: unknown) => error)
        expect(refused, point).toMatchObject({ exitCode: 26, message: expect.stringContaining(backup) })
      }
      if (at === points.length) {
        const served = await grapevine({ ...environment(data) }, 'serve')
        expect(served).toMatchObject({ code: 26, error: expect.stringContaining('Run `grapevine restore` once more') })
        const backedUp = await grapevine({ GRAPEVINE_DATA: data }, 'backup')
        expect(backedUp.error).toContain('Run `grapevine restore` once more')
      }
      const again = await restore(data)
      expect(again, point).toMatchObject({ code: 0 })
      const movedTo = String(lastLine(again)['movedTo'])
      expect(readdirSync(data).filter((name) => name.startsWith('replaced-'))).toHaveLength(1)
      expect([eventsIn(data), eventsIn(movedTo)], point).toEqual([['Before'], ['Before', 'After', 'Again']])
      expect(existsSync(join(movedTo, 'state.db'))).toBe(true)
      expect(existsSync(join(data, 'restore.tmp'))).toBe(false)
      if (at !== points.length) continue
      await using running = await start(data)
      expect(quickstartOf(running).sources).toEqual(quickstart.sources)
    }
  },
  SERVE_TEST_MS * 3,
)
