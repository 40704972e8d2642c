/**
 * A process of its own: loads all of Segment's destinations, which takes a second and 180 MB, and writes the index.
 * Its argument is the directory of the catalog.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Definition } from '../definition.ts'
import { describe } from '../described.ts'
import { writeIndex } from './files.ts'

interface Manifest {
  readonly [metadataId: string]: { readonly definition: Definition; readonly path: string }
}

const [directory = ''] = process.argv.slice(2)
const load = createRequire(join(directory, 'package.json'))
const { manifest } = load('@segment/action-destinations') as { manifest: Manifest }
const destinations = Object.entries(manifest)
  .filter(([, { definition }]) => definition.mode === 'cloud')
  .map(([id, { definition, path }]) =>
    describe(definition, { id, slug: definition.slug ?? id, origin: 'segment', module: path }),
  )
  .sort((a, b) => a.summary.name.localeCompare(b.summary.name, 'en'))
writeIndex(directory, destinations)
