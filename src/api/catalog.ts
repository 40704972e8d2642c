/** The catalog, in the shapes of Segment's Public API (segment contract 8.3). */
import type { InputField } from '@segment/actions-core'
import { type ActionShape, type CatalogEntry, type CatalogSummary, presetsOf } from '../destinations/index.ts'
import * as answers from './answers/catalog.ts'
import type { Routes } from './deps.ts'
import { PageQuery, pageOf } from './pages.ts'
import { ApiError } from './problems.ts'

/** Entries are long: an action has up to a hundred fields. */
const PAGE_COUNT_DEFAULT = 20

/** Entries of the catalog that are written between two turns of others: some milliseconds. */
const ENTRIES_AT_ONCE = 5

export const catalogRoutes: Routes = (app, deps, guard) => {
  app.get<{ Querystring: PageQuery }>(
    '/catalog/destinations',
    { onRequest: guard('api:read'), config: answers.getDestinationsCatalog, schema: { querystring: PageQuery } },
    async ({ query }, reply) => {
      const { page, pagination } = pageOf(deps.catalog.list(), query, PAGE_COUNT_DEFAULT)
      const entries: string[] = []
      for (const { slug } of page) {
        const entry = deps.catalog.read(slug)
        if (entry !== undefined) entries.push(JSON.stringify(toMetadata(entry)))
        // They are megabytes: written in one go, they would hold up ingest, which has the same thread.
        if (entries.length % ENTRIES_AT_ONCE === 0) await deps.clock.turn()
      }
      const [shown, notices] = [JSON.stringify(pagination), JSON.stringify(deps.catalogNotices())]
      const data = `{"destinationsCatalog":[${entries.join(',')}],"pagination":${shown}}`
      return reply.type('application/json; charset=utf-8').send(`{"data":${data},"notices":${notices}}`)
    },
  )

  app.post(
    '/catalog/refresh',
    { onRequest: guard('api:write'), config: answers.refreshDestinationsCatalog },
    async () => {
      await deps.refreshCatalog()
      return { data: { totalEntries: deps.catalog.list().length }, notices: deps.catalogNotices() }
    },
  )

  app.get<{ Params: { id: string } }>(
    '/catalog/destinations/:id',
    { onRequest: guard('api:read'), config: answers.getDestinationMetadata },
    async ({ params }) => {
      const entry = deps.catalog.findById(params.id) ?? deps.catalog.find(params.id)
      if (entry !== undefined) return { data: { destinationMetadata: toMetadata(entry) } }
      const message = ['The catalog does not have this destination.', ...deps.catalogNotices()].join(' ')
      throw new ApiError(404, [{ type: 'not-found', message }])
    },
  )
}

export function toMetadata(entry: CatalogEntry): answers.DestinationMetadata {
  const { id, slug, name, description, categories, methods, origin, shape } = entry
  return {
    id,
    name,
    slug,
    description,
    logos: { default: '' },
    options: Object.entries(shape.authentication?.fields ?? {}).map(([key, field]) => ({
      name: key,
      type: field.type,
      required: field.required === true,
      label: field.label,
      description: field.description ?? '',
      ...(field.default === undefined ? {} : { defaultValue: field.default }),
      ...(field.choices === undefined || field.choices === null ? {} : { choices: field.choices }),
    })),
    status: 'PUBLIC',
    previousNames: [],
    categories,
    website: '',
    components: [],
    supportedFeatures: { cloudModeInstances: '0', deviceModeInstances: '0', replay: true },
    supportedMethods: supportedMethods(methods),
    supportedPlatforms: { browser: true, server: true, mobile: true },
    actions: Object.entries(shape.actions).map(([action, each]) => toAction(action, each)),
    presets: presetsOf(shape).map((preset) => ({
      actionId: preset.action,
      name: preset.name,
      fields: preset.mapping,
      trigger: preset.trigger,
    })),
    origin,
  }
}

/** Of an instance whose destination is not installed any more. */
export const missingMetadata = (kind: string): answers.DestinationMetadata => ({
  id: kind,
  name: kind,
  slug: kind,
  description: '',
  logos: { default: '' },
  options: [],
  status: 'UNAVAILABLE',
  previousNames: [],
  categories: [],
  website: '',
  components: [],
  supportedFeatures: {},
  supportedMethods: {},
  supportedPlatforms: {},
  actions: [],
  presets: [],
})

/** Segment has one word for pages and screens. */
function supportedMethods(methods: CatalogSummary['methods']) {
  const has = (...wanted: CatalogSummary['methods']) => wanted.some((method) => methods.includes(method))
  return {
    pageview: has('page', 'screen'),
    identify: has('identify'),
    alias: has('alias'),
    track: has('track'),
    group: has('group'),
  }
}

function toAction(slug: string, action: ActionShape): answers.Action {
  return {
    id: slug,
    slug,
    name: action.title,
    description: action.description,
    platform: action.platform === 'web' ? 'WEB' : 'CLOUD',
    hidden: action.hidden === true,
    defaultTrigger: action.defaultSubscription ?? null,
    fields: Object.entries(action.fields).map(([key, field], index) => toField(key, field, index)),
  }
}

function toField(key: string, field: InputField, sortOrder: number): answers.ActionField {
  return {
    id: key,
    sortOrder,
    fieldKey: key,
    label: field.label,
    type: field.type.toUpperCase(),
    description: field.description,
    ...(field.placeholder === undefined ? {} : { placeholder: field.placeholder }),
    ...(field.default === undefined ? {} : { defaultValue: field.default }),
    // A condition on other fields is checked with the payload.
    required: field.required === true,
    multiple: field.multiple === true,
    ...(field.choices === undefined || field.choices === null ? {} : { choices: field.choices }),
    // Whether its choices come from the destination.
    dynamic: field.dynamic !== undefined && field.dynamic !== false,
    allowNull: field.allowNull === true,
  }
}
