/** Destinations that whoever runs the server wrote: the files of a folder, each a definition. */
import { existsSync, readdirSync } from 'node:fs'
import { basename, extname, join, resolve } from 'node:path'
import { createWorkerRunner, type Described } from '../destinations/index.ts'
import { GateError } from '../state/index.ts'
import { ports } from './state.ts'

export interface OwnDestinations {
  readonly described: readonly Described[]
  /** One sentence for each file that cannot be used: which, what is wrong, what to do. */
  readonly problems: readonly string[]
}

const ENDINGS = ['.ts', '.mts', '.js', '.mjs', '.cjs']
const SLUG = /^[a-z0-9][a-z0-9-]{0,63}$/

/**
 * Loads each file in a worker, as it is when it delivers. A file that is broken keeps the others from nothing.
 * @param taken slugs of the catalog's other destinations
 * @throws GateError when there is no such folder
 */
export async function loadOwnDestinations(options: {
  readonly directory: string | undefined
  readonly egressAllow: readonly string[]
  readonly taken: ReadonlySet<string>
}): Promise<OwnDestinations> {
  const { directory, egressAllow, taken } = options
  if (directory === undefined) return { described: [], problems: [] }
  if (!existsSync(directory)) {
    throw new GateError(2, `there is no folder ${directory}`, 'Correct GRAPEVINE_DESTINATIONS, or leave it unset.')
  }
  const described: Described[] = []
  const problems: string[] = []
  const runner = createWorkerRunner({ clock: ports.clock, egressAllow })
  try {
    for (const [slug, module] of definitionFiles(directory)) {
      const problem = (what: string) => problems.push(notUsed(module, what))
      if (!SLUG.test(slug)) problem('name it with small letters, digits and hyphens, which becomes its slug.')
      else if (taken.has(slug)) problems.push(slugTaken(module, slug))
      else {
        try {
          described.push(await runner.describe(module, { id: slug, slug, origin: 'own' }))
        } catch (error) {
          problem(`${error instanceof Error ? error.message : error}. Correct the file and start the server again.`)
        }
      }
    }
  } finally {
    await runner.close()
  }
  return { described, problems }
}

/** Why the destination of a file is not used, where the catalog has another of its name. */
export function slugTaken(module: string, slug: string): string {
  return notUsed(module, `the catalog has a destination ${slug} already. Give the file another name.`)
}

function notUsed(module: string, what: string): string {
  return `The destination in ${module} is not used: ${what}`
}

/** By slug: files with a known ending, and folders with such an index. Tests and declarations are no definitions. */
function definitionFiles(directory: string): [slug: string, module: string][] {
  const found: [string, string][] = []
  for (const entry of readdirSync(resolve(directory), { withFileTypes: true })) {
    const path = join(resolve(directory), entry.name)
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
    if (entry.isDirectory()) {
      const index = ENDINGS.map((ending) => join(path, `index${ending}`)).find((file) => existsSync(file))
      if (index !== undefined) found.push([entry.name, index])
    } else if (ENDINGS.includes(extname(entry.name)) && !/\.(test|spec|d)\.\w+$/.test(entry.name)) {
      found.push([basename(entry.name, extname(entry.name)), path])
    }
  }
  return found.sort(([a], [b]) => (a < b ? -1 : 1))
}
