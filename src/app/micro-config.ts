/** What `grapevine micro` runs on: one source and its destinations, from a file that a person wrote. */
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import type { Catalog } from '../destinations/index.ts'
import {
  checkFilterRule,
  type DestinationFilter,
  type DestinationInstance,
  type FieldProblem,
  type FilterAction,
  type Source,
} from '../workspace/index.ts'
import { workspaceCatalog } from './catalog.ts'

const Fields = Type.Record(Type.String(), Type.Unknown())
const strict = { additionalProperties: false }
const Destination = Type.Object(
  {
    metadataId: Type.String(),
    name: Type.Optional(Type.String()),
    settings: Type.Optional(Fields),
    consentCategories: Type.Optional(Type.Array(Type.String())),
    subscriptions: Type.Optional(
      Type.Array(
        Type.Object(
          { name: Type.String(), actionId: Type.String(), trigger: Type.String(), settings: Type.Optional(Fields) },
          strict,
        ),
      ),
    ),
    filters: Type.Optional(
      Type.Array(
        Type.Object(
          {
            title: Type.String(),
            if: Type.String(),
            actions: Type.Array(
              Type.Object({ type: Type.Enum(['DROP', 'SAMPLE', 'DROP_PROPERTIES', 'ALLOW_PROPERTIES']) }),
            ),
          },
          strict,
        ),
      ),
    ),
  },
  strict,
)
const MicroFile = Type.Object(
  {
    writeKey: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    sourceKind: Type.Optional(Type.String()),
    destinations: Type.Optional(Type.Array(Destination)),
  },
  strict,
)

export interface MicroConfig {
  readonly source: Source
  readonly destinations: readonly DestinationInstance[]
}

/** The write key where none was chosen. */
export const MICRO_WRITE_KEY = 'micro'

/** Where nothing else is asked for: Extole with its preset mappings. */
const DEFAULT_DESTINATIONS: readonly Static<typeof Destination>[] = [
  { metadataId: 'extole-platform', settings: { apiKey: 'micro' } },
]

/** @param file what the file holds; undefined for none. Every mistake is told at once, as sentences. */
export function parseMicroConfig(
  file: unknown,
  catalog: Catalog,
): { readonly config: MicroConfig } | { readonly problems: readonly string[] } {
  if (file !== undefined && !Value.Check(MicroFile, file)) {
    const errors = Value.Errors(MicroFile, file)
    return { problems: Array.from(errors, ({ instancePath, message }) => `${instancePath || 'the file'} ${message}`) }
  }
  const { writeKey = MICRO_WRITE_KEY, sourceKind = 'http', destinations = DEFAULT_DESTINATIONS } = file ?? {}
  const source = { id: 'micro', slug: 'micro', name: 'micro', kind: sourceKind, enabled: true, writeKeys: [writeKey] }
  const problems: string[] = []
  const instances = destinations.map((each, index) => {
    const { instance, problems: found } = toInstance(each, index, catalog)
    problems.push(...found.map(({ field, message }) => `destinations.${index}.${field} ${message}`))
    return instance
  })
  if (problems.length > 0) return { problems }
  return { config: { source, destinations: instances.filter((instance) => instance !== undefined) } }
}

function toInstance(
  destination: Static<typeof Destination>,
  index: number,
  catalog: Catalog,
): { readonly instance?: DestinationInstance; readonly problems: readonly FieldProblem[] } {
  const { metadataId, settings = {}, consentCategories = [], filters = [] } = destination
  const slug = (catalog.find(metadataId) ?? catalog.findById(metadataId))?.slug
  const kind = slug === undefined ? undefined : workspaceCatalog(catalog).find(slug)
  if (kind === undefined) return { problems: [{ field: 'metadataId', message: 'is not in the catalog' }] }
  const drafts =
    destination.subscriptions?.map(({ actionId, settings: mapping = {}, ...rest }) => ({
      ...rest,
      action: actionId,
      mapping,
    })) ?? kind.presets
  const rules = filters.map((filter) => ({ ...filter, actions: filter.actions as FilterAction[] }))
  const problems = [
    ...kind.checkSettings(settings).map(({ field, message }) => ({ field: `settings.${field}`, message })),
    ...at('subscriptions', drafts, (draft) => kind.checkSubscription(draft)),
    ...at('filters', rules, checkFilterRule),
  ]
  const instance: DestinationInstance = {
    id: `destination-${index + 1}`,
    number: index + 1,
    sourceId: 'micro',
    kind: kind.slug,
    name: destination.name ?? kind.name,
    enabled: true,
    settings,
    startPosition: 0,
    subscriptions: drafts.map((draft, place) => ({
      ...draft,
      id: `mapping-${index + 1}-${place + 1}`,
      number: place + 1,
      enabled: true,
    })),
    ...(rules.length === 0 ? {} : { filters: rules.map(toFilter) }),
    ...(consentCategories.length === 0 ? {} : { consentCategories }),
  }
  return { instance, problems }
}

const toFilter = (rule: Pick<DestinationFilter, 'title' | 'if' | 'actions'>, index: number): DestinationFilter => ({
  ...rule,
  id: `filter-${index + 1}`,
  description: null,
  enabled: true,
  createdAtMs: 0,
  updatedAtMs: 0,
})

const at = <T>(field: string, items: readonly T[], check: (item: T) => readonly FieldProblem[]): FieldProblem[] =>
  items.flatMap((item, index) =>
    check(item).map((problem) => ({ ...problem, field: `${field}.${index}.${problem.field}` })),
  )
