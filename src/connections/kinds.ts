/** What the pipeline needs to know of the destinations in the catalog. */
import { type CatalogEntry, findDestination, matches } from '../destinations/index.ts'
import type { PipelineKind } from './work.ts'

/** Looks kinds up by slug, and remembers them. */
export function catalogKinds(): (slug: string) => PipelineKind | undefined {
  const known = new Map<string, PipelineKind>()
  return (slug) => {
    let kind = known.get(slug)
    if (kind !== undefined) return kind
    const entry = findDestination(slug)
    if (entry === undefined) return undefined
    kind = kindOf(entry)
    known.set(slug, kind)
    return kind
  }
}

function kindOf(entry: CatalogEntry): PipelineKind {
  const methods: ReadonlySet<string> = new Set(entry.methods)
  return {
    name: entry.name,
    canErase: entry.definition.onDelete !== undefined,
    supports: (type) => methods.has(type),
    matches: (trigger, event) => matches(trigger, event),
    credentialKey: (settings) => entry.credentialKey(settings),
  }
}
