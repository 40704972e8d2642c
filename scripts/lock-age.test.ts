/** New versions in a lock file are at least seven days old (S27), asked of a registry on this machine. */
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const SCRIPT = join(import.meta.dirname, 'lock-age.mjs')
const DAY_MS = 24 * 3_600_000
const ago = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString()

/** By package: when each version was published. */
const times: Record<string, object | undefined> = {
  seasoned: { '1.0.0': ago(100), '1.1.0': ago(7.01) },
  fresh: { '2.0.0': ago(6.9) },
  timeless: undefined,
}
const asked: string[] = []
const registry = createServer(({ url = '' }, response) => {
  const name = url.slice(1)
  asked.push(name)
  const versions = Object.fromEntries(
    Object.keys(times[name] ?? { '1.0.0': '' }).map((version) => [version, { name, version }]),
  )
  const latest = Object.keys(versions).at(-1)
  response.writeHead(name in times ? 200 : 404, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ name, 'dist-tags': { latest }, versions, time: times[name] }))
})
const directory = mkdtempSync(join(tmpdir(), 'grapevine-lock-age-'))
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: directory })

beforeAll(async () => {
  await new Promise<void>((done) => registry.listen(0, '127.0.0.1', done))
  git('init', '-q')
  lock({ 'node_modules/known': '9.9.9' })
  git('add', '.')
  git('commit', '-q', '-m', 'before')
})

afterAll(async () => {
  registry.closeAllConnections()
  await new Promise((done) => registry.close(done))
  rmSync(directory, { recursive: true, force: true })
})

function lock(packages: Readonly<Record<string, string>>): void {
  const entries = Object.entries(packages).map(([path, version]) => [path, { version }])
  writeFileSync(join(directory, 'package-lock.json'), JSON.stringify({ packages: Object.fromEntries(entries) }))
}

function check(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const address = registry.address()
  const port = typeof address === 'object' ? address?.port : 0
  const env = {
    ...process.env,
    npm_config_registry: `http://127.0.0.1:${port}/`,
    npm_config_cache: join(directory, 'cache'),
    npm_config_fetch_retries: '0',
  }
  return new Promise((done) => {
    execFile(process.execPath, [SCRIPT, ...args], { cwd: directory, env }, (error, out, err) => {
      done({ code: typeof error?.code === 'number' ? error.code : 0, out, err })
    })
  })
}

test('a version that was there before is not asked about', async () => {
  expect(await check()).toMatchObject({ code: 0, out: expect.stringContaining('0 new since HEAD') })
  expect(await check('nowhere')).toMatchObject({ code: 2, err: expect.stringContaining('no revision nowhere') })
  expect(asked).toEqual([])
})

test('a version of seven days and more passes, a younger one is named with what to do', async () => {
  lock({ 'node_modules/known': '9.9.9', 'node_modules/known/node_modules/seasoned': '1.1.0' })
  expect(await check()).toMatchObject({ code: 0, out: expect.stringContaining('1 new since HEAD: 0 too young') })
  lock({ 'node_modules/known': '9.9.9', 'node_modules/fresh': '2.0.0' })
  const { code, err } = await check()
  expect([code, err]).toEqual([1, expect.stringMatching(/fresh@2\.0\.0 is younger than 7 days: .*wait until 20/)])
})

test('a registry without times is said to be one, and one that knows no such package is an error', async () => {
  lock({ 'node_modules/timeless': '1.0.0' })
  expect(await check()).toMatchObject({
    code: 0,
    out: expect.stringContaining('not run: the registry has no time for timeless@1.0.0'),
  })
  lock({ 'node_modules/nowhere': '1.0.0' })
  expect(await check()).toMatchObject({ code: 2, err: expect.stringContaining('nowhere@1.0.0') })
})
