/** Installs Segment's destinations: what the lock file beside this program names, with install scripts off. */
import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { join, resolve as resolvePath } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PACKAGE_DIRECTORY, removeIndex, type SegmentCatalogStatus, segmentCatalogStatus } from './files.ts'

export type InstallStep = 'packages' | 'index'

/** Why it is not installed, and what to do. Nothing of it is used then. */
export class InstallError extends Error {
  override readonly name = 'InstallError'
  readonly exitCode = 1
  readonly nextStep: string
  constructor(message: string, nextStep: string) {
    super(message)
    this.nextStep = nextStep
  }
}

const NPM_ARGUMENTS = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
/** The last lines of what npm says hold the reason. */
const NPM_LINES_MAX = 12

/**
 * Installs into the directory `path`, replacing what is there; does nothing where this version is installed already.
 * @throws InstallError
 */
export async function installSegmentCatalog(
  path: string,
  onStep: (step: InstallStep) => void,
): Promise<SegmentCatalogStatus> {
  const directory = resolvePath(path)
  const before = segmentCatalogStatus(directory)
  if (before.state === 'installed') return before
  try {
    mkdirSync(directory, { recursive: true })
    removeIndex(directory)
    for (const name of ['package.json', 'package-lock.json']) {
      copyFileSync(join(PACKAGE_DIRECTORY, name), join(directory, name))
    }
  } catch (error) {
    const next = 'Choose a directory that can be written with GRAPEVINE_SEGMENT_CATALOG.'
    throw new InstallError(`${directory} cannot be written: ${Object(error).code ?? error}`, next)
  }
  onStep('packages')
  const npm = await run('npm', NPM_ARGUMENTS, directory)
  if (npm.code !== 0) {
    const next = 'Check that npm is on the path and reaches its registry, then run the same command again.'
    throw new InstallError(`npm could not install Segment's destinations:\n${npm.output}`, next)
  }
  onStep('index')
  const builder = fileURLToPath(new URL(`./build-index${import.meta.url.slice(-3)}`, import.meta.url))
  const index = await run(process.execPath, [builder, directory], directory)
  if (index.code !== 0) {
    throw new InstallError(`Segment's destinations do not load:\n${index.output}`, 'Please report this.')
  }
  return segmentCatalogStatus(directory)
}

function run(command: string, args: readonly string[], cwd: string): Promise<{ code: number; output: string }> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' })
  let output = ''
  const collect = (chunk: Buffer) => {
    output = (output + chunk.toString()).split('\n').slice(-NPM_LINES_MAX).join('\n')
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 127, output: error.message }))
    child.on('close', (code) => resolve({ code: code ?? 1, output: output.trim() }))
  })
}
