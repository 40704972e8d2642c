/** Segment's destinations on disk: where the package is, and an index of it that is read without loading any of it. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CatalogSummary, Shelf } from '../catalog.ts'
import { type Described, entryOf } from '../described.ts'

/** The package's manifest and lock, as this version of the program wants them. */
export const PACKAGE_DIRECTORY = fileURLToPath(new URL('./package/', import.meta.url))
const INDEX = 'index'
const LIST = 'list.json'

interface List {
  /** SHA-256 of the lock file that was installed. */
  readonly lock: string
  readonly destinations: readonly CatalogSummary[]
}

export type SegmentCatalogStatus =
  | { readonly state: 'absent' }
  /** Another version's: it is not used, for its destinations may differ from what this program was tested with. */
  | { readonly state: 'outdated' }
  | { readonly state: 'installed'; readonly destinations: number }

export function segmentCatalogStatus(directory: string): SegmentCatalogStatus {
  const list = readList(directory)
  if (list === null) return { state: 'absent' }
  if (list.lock !== wantedLock()) return { state: 'outdated' }
  return { state: 'installed', destinations: list.destinations.length }
}

/** The shelf of what is installed there; null where nothing is, or another version's. */
export function segmentShelf(path: string): Shelf | null {
  const directory = resolve(path)
  const list = readList(directory)
  if (list === null || list.lock !== wantedLock()) return null
  return {
    list: () => list.destinations,
    load(slug) {
      const described = JSON.parse(readFileSync(join(directory, INDEX, `${slug}.json`), 'utf8')) as Described
      return entryOf({ ...described, module: join(directory, described.module) })
    },
  }
}

/** Replaces the index. Its list comes last: an index that was not finished is none. */
export function writeIndex(directory: string, destinations: readonly Described[]): void {
  removeIndex(directory)
  mkdirSync(join(directory, INDEX), { recursive: true })
  for (const each of destinations) {
    // The directory may be moved.
    const module = relative(directory, each.module)
    writeFileSync(join(directory, INDEX, `${each.summary.slug}.json`), JSON.stringify({ ...each, module }))
  }
  const list: List = { lock: wantedLock(), destinations: destinations.map(({ summary }) => summary) }
  writeFileSync(join(directory, INDEX, LIST), JSON.stringify(list))
}

export function removeIndex(directory: string): void {
  rmSync(join(directory, INDEX), { recursive: true, force: true })
}

function readList(directory: string): List | null {
  const file = join(directory, INDEX, LIST)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as List) : null
}

function wantedLock(): string {
  return createHash('sha256')
    .update(readFileSync(join(PACKAGE_DIRECTORY, 'package-lock.json')))
    .digest('hex')
}
