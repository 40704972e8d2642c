/** Which entries of the catalog are shown. Pure. */
import type { CatalogSummary } from '../api/catalog.ts'

/** Groups of entries that are not named by a category: those of Segment's catalog have none. */
const ORIGINS: ReadonlyMap<string, string> = new Map([
  ['segment', "Segment's catalog"],
  ['own', 'Your own'],
])

export const categoriesOf = ({ categories, origin }: CatalogSummary): readonly string[] => {
  const group = ORIGINS.get(origin ?? '')
  return group === undefined ? categories : [...categories, group]
}

/** Every category of these entries, each once. */
export const allCategories = (entries: readonly CatalogSummary[]): readonly string[] =>
  [...new Set(entries.flatMap(categoriesOf))].sort((a, b) => a.localeCompare(b))

/** Those with all words, by name before by description. */
export function found(
  entries: readonly CatalogSummary[],
  { q = '', category }: { readonly q?: string | undefined; readonly category?: string | undefined },
): readonly CatalogSummary[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  const has = (text: string) => words.every((word) => text.toLowerCase().includes(word))
  return entries
    .filter((entry) => category === undefined || categoriesOf(entry).includes(category))
    .filter(({ name, description }) => has(`${name} ${description}`))
    .sort((a, b) => Number(has(b.name)) - Number(has(a.name)))
}
