/** What the workspace checks instances against: the destinations of the catalog. */
import { type Catalog, type CatalogEntry, presetsOf, secretSettingsOf, triggerProblem } from '../destinations/index.ts'
import type { DestinationCatalog, DestinationKind, FieldProblem } from '../workspace/index.ts'

export function workspaceCatalog(catalog: Catalog): DestinationCatalog {
  return {
    find(slug) {
      const entry = catalog.find(slug)
      return entry === undefined ? undefined : kindOf(entry)
    },
  }
}

function kindOf(entry: CatalogEntry): DestinationKind {
  const { shape } = entry
  return {
    slug: entry.slug,
    name: entry.name,
    secretSettings: secretSettingsOf(shape),
    presets: presetsOf(shape),
    checkSettings: (settings) => settingsProblems(entry, settings),
    checkSubscription({ action, trigger }) {
      const problems: FieldProblem[] = []
      if (!Object.hasOwn(shape.actions, action)) {
        problems.push({ field: 'action', message: `must be one of ${Object.keys(shape.actions).join(', ')}` })
      }
      const problem = triggerProblem(trigger)
      if (problem !== null) problems.push({ field: 'trigger', message: problem })
      return problems
    },
  }
}

function settingsProblems(entry: CatalogEntry, settings: Readonly<Record<string, unknown>>): FieldProblem[] {
  const fields = entry.shape.authentication?.fields ?? {}
  const problems: FieldProblem[] = []
  for (const name of Object.keys(settings)) {
    if (!Object.hasOwn(fields, name)) problems.push({ field: name, message: 'is not a setting of this destination' })
  }
  for (const [name, field] of Object.entries(fields)) {
    const value = settings[name]
    const isMissing = value === undefined || value === null || value === ''
    if (isMissing && field.required === true) problems.push({ field: name, message: 'is required' })
    if (isMissing || field.choices === undefined || field.choices === null) continue
    const choices = field.choices.map((choice) => (typeof choice === 'string' ? choice : choice.value))
    if (!choices.includes(value as string))
      problems.push({ field: name, message: `must be one of ${choices.join(', ')}` })
  }
  return [...problems, ...(entry.checkSettings?.(settings) ?? [])]
}
