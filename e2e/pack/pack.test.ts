/** The short form of `npm run test:pack`: with the Node that runs the tests. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveAndDeliver } from './installed.ts'
import { buildPackage, installEmpty, nodesIn, type Tarball, versionsIn } from './package.ts'

const ROOT = join(import.meta.dirname, '..', '..')
/** As many packages as may be in the default installation, direct and in all (reliability contract, S28). */
const DIRECT_MAX = 25
const TRANSITIVE_MAX = 150

const directory = mkdtempSync(join(tmpdir(), 'grapevine-pack-'))
const folder = join(directory, 'empty')
let tarball: Tarball

beforeAll(async () => {
  tarball = await buildPackage(join(directory, 'one'))
  await installEmpty(folder, [tarball.file], join(directory, 'cache'))
}, 240_000)

afterAll(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }), 60_000)

test('installed into an empty folder it serves and delivers', async () => {
  const { person, sdkBytes } = await serveAndDeliver(folder, process.execPath)
  expect(person).toMatchObject({ email: 'packed@example.com', first_name: 'Ada' })
  expect(sdkBytes).toBeGreaterThan(50_000)
}, 180_000)

test('it puts no `node` into the folder', () => {
  expect(nodesIn(folder)).toEqual([])
})

test('it installs the versions that were tested, no more than are allowed, and none with an install script', () => {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
  const installed = Object.entries(versionsIn(folder)).filter(([path]) => path !== 'node_modules/grapevine')
  for (const [path, version] of installed) expect([path, version]).toEqual([path, packages[path]?.version])
  expect(installed.length).toBeLessThanOrEqual(TRANSITIVE_MAX)
  const manifest = JSON.parse(readFileSync(join(folder, 'node_modules/grapevine/package.json'), 'utf8'))
  expect(Object.keys(manifest.dependencies).length).toBeLessThanOrEqual(DIRECT_MAX)
  expect(installed.filter(([path]) => packages[path].hasInstallScript)).toEqual([])
})

test('its list of components names everything that is installed with it', () => {
  const { components } = JSON.parse(readFileSync(join(folder, 'node_modules/grapevine/sbom.cdx.json'), 'utf8'))
  const listed = components.map(({ name, version }: { name: string; version: string }) => `${name}@${version}`)
  const installed = Object.entries(versionsIn(folder))
    .filter(([path]) => path !== 'node_modules/grapevine')
    .map(([path, version]) => `${path.split('node_modules/').at(-1)}@${version}`)
  expect(new Set(installed)).toEqual(new Set(listed))
})

test('it holds what the program reads beside its code, and no TypeScript, tests or test tools', () => {
  const files = execFileSync('tar', ['tzf', tarball.file], { encoding: 'utf8' }).trim().split('\n')
  const catalog = 'package/dist/destinations/segment-catalog/package'
  expect(files).toEqual(
    expect.arrayContaining(['package/bin/grapevine.mjs', `${catalog}/package.json`, `${catalog}/package-lock.json`]),
  )
  expect(
    files
      .filter((file) => !file.startsWith('package/node_modules/'))
      .filter((file) => /\.ts$|\.test\.|fixture|contract\.js$/.test(file)),
  ).toEqual([])
})
