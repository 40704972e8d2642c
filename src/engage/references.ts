import type { Definition } from './language/index.ts'

/** Names of the traits a definition reads, keys of computations among them. */
export function traitsReadBy(definition: Definition): ReadonlySet<string> {
  const found = new Set<string>()
  const look = (tree: unknown) => {
    if (typeof tree !== 'object' || tree === null) return
    const { kind, key } = tree as { kind?: unknown; key?: unknown }
    if (kind === 'trait' && typeof key === 'string') found.add(key)
    for (const part of Object.values(tree)) look(part)
  }
  look(definition)
  return found
}
