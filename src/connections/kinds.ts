/** What the pipeline needs to know of the destinations in the catalog. */
import { type Catalog, type CatalogEntry, matches } from '../destinations/index.ts'
import type { PipelineKind } from './work.ts'

/** Looks kinds up by slug, and remembers them as long as the catalog holds the same entry. */
export function catalogKinds(catalog: Catalog): (slug: string) => PipelineKind | undefined {
  const known = new WeakMap<CatalogEntry, PipelineKind>()
  return (slug) => {
    const entry = catalog.find(slug)
    if (entry === undefined) return undefined
    let kind = known.get(entry)
    if (kind !== undefined) return kind
    kind = kindOf(entry)
    known.set(entry, kind)
    return kind
  }
}

function kindOf(entry: CatalogEntry): PipelineKind {
  const methods: ReadonlySet<string> = new Set(entry.methods)
  const isEcho = entry.isEcho?.bind(entry)
  return {
    name: entry.name,
    ...(isEcho === undefined ? {} : { isEcho }),
    canErase: entry.shape.canDelete,
    supports: (type) => methods.has(type),
    matches: (trigger, event) => matches(trigger, event),
    credentialKey: (settings) => entry.credentialKey(settings),
  }
}
