/** Sources and destinations, in Segment's shapes where Segment has them (segment contract 8.3). */
import { type Static, Type } from 'typebox'
import type { DestinationInstance, Source } from '../workspace/index.ts'
import { actorOf } from './actor.ts'
import * as destinations from './answers/destinations.ts'
import * as sources from './answers/sources.ts'
import { missingMetadata, toMetadata } from './catalog.ts'
import type { ApiDeps, Routes } from './deps.ts'
import { checkAfterSave } from './destination-tests.ts'
import { PageQuery, pageOf } from './pages.ts'
import { ApiError } from './problems.ts'
import { sourceKindOf, sourceMetadata } from './source-catalog.ts'

const Settings = Type.Record(Type.String(), Type.Unknown())
/** Kinds of sources have no settings here. One that is given is refused, since it would be lost. */
const NoSettings = Type.Optional(Type.Object({}, { additionalProperties: false }))
const CreateSource = Type.Object(
  {
    settings: NoSettings,
    slug: Type.String({ minLength: 1, maxLength: 100 }),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    metadataId: Type.String({ minLength: 1, maxLength: 100 }),
    enabled: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
const UpdateSource = Type.Object(
  {
    settings: NoSettings,
    slug: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    enabled: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
const CreateDestination = Type.Object(
  {
    sourceId: Type.String({ minLength: 1, maxLength: 255 }),
    metadataId: Type.String({ minLength: 1, maxLength: 100 }),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    settings: Settings,
    enabled: Type.Optional(Type.Boolean()),
    consentCategories: Type.Optional(Type.Array(Type.String())),
  },
  { additionalProperties: false },
)
const UpdateDestination = Type.Object(
  {
    // Null, as Terraform sends for no name, leaves it.
    name: Type.Optional(Type.Union([Type.Null(), Type.String({ minLength: 1, maxLength: 255 })])),
    enabled: Type.Optional(Type.Boolean()),
    settings: Type.Optional(Settings),
    consentCategories: Type.Optional(Type.Array(Type.String())),
  },
  { additionalProperties: false },
)

export const workspaceRoutes: Routes = (app, deps, guard) => {
  app.get('/', { onRequest: guard('api:read'), config: sources.getWorkspace }, async () => ({
    data: { workspace: await deps.workspace() },
  }))

  app.get<{ Querystring: PageQuery }>(
    '/sources',
    { onRequest: guard('api:read'), config: sources.listSources, schema: { querystring: PageQuery } },
    async ({ query }) => {
      const { page, pagination } = pageOf(
        // What a space says comes from inside: it is no source to send to.
        [...deps.config().sources.values()].filter(({ kind }) => kind !== 'space'),
        query,
      )
      return { data: { sources: await Promise.all(page.map((each) => toSource(deps, each))), pagination } }
    },
  )

  app.post<{ Body: Static<typeof CreateSource> }>(
    '/sources',
    { onRequest: guard('api:write'), config: sources.createSource, schema: { body: CreateSource } },
    async (request, reply) => {
      const { metadataId, settings: _, ...args } = request.body
      const source = await deps.commands.createSource({ ...args, kind: sourceKindOf(metadataId) }, actorOf(request))
      return reply.status(201).send({ data: { source: await toSource(deps, source) } })
    },
  )

  app.get<{ Params: { id: string } }>(
    '/sources/:id',
    { onRequest: guard('api:read'), config: sources.getSource },
    async ({ params }) => ({
      data: { source: await toSource(deps, sourceOf(deps, params.id)), trackingPlanId: null },
    }),
  )

  app.patch<{ Params: { id: string }; Body: Static<typeof UpdateSource> }>(
    '/sources/:id',
    { onRequest: guard('api:write'), config: sources.updateSource, schema: { body: UpdateSource } },
    async (request) => {
      const { settings: _, ...changes } = request.body
      const source = await deps.commands.updateSource({ ...changes, id: request.params.id }, actorOf(request))
      return { data: { source: await toSource(deps, source) } }
    },
  )

  app.delete<{ Params: { id: string } }>(
    '/sources/:id',
    { onRequest: guard('api:write'), config: sources.deleteSource },
    async (request) => {
      await deps.commands.deleteSource({ id: request.params.id }, actorOf(request))
      return { data: { status: 'SUCCESS' } }
    },
  )

  app.get<{ Params: { id: string }; Querystring: PageQuery }>(
    '/sources/:id/connected-destinations',
    {
      onRequest: guard('api:read'),
      config: sources.listConnectedDestinationsFromSource,
      schema: { querystring: PageQuery },
    },
    async ({ params, query }) => {
      sourceOf(deps, params.id)
      const { page, pagination } = pageOf(deps.config().destinationsBySource.get(params.id) ?? [], query)
      return { data: { destinations: page.map((each) => toDestination(each, deps)), pagination } }
    },
  )

  app.post<{ Params: { id: string } }>(
    '/sources/:id/writekey',
    { onRequest: guard('api:write'), config: sources.createWriteKeyForSource },
    async (request) => {
      const { source } = await deps.commands.addWriteKey({ sourceId: request.params.id }, actorOf(request))
      return { data: { source: await toSource(deps, source) } }
    },
  )

  app.get<{ Params: { id: string } }>(
    '/sources/:id/write-keys',
    { onRequest: guard('api:read'), config: sources.listWriteKeys },
    async ({ params }) => {
      const { keyUse } = deps
      const writeKeys = sourceOf(deps, params.id).writeKeys.map((writeKey) => {
        const lastMs = keyUse.lastMs(writeKey)
        return { writeKey, lastUsedAt: lastMs === null ? null : new Date(lastMs).toISOString() }
      })
      return { data: { since: new Date(keyUse.sinceMs).toISOString(), writeKeys } }
    },
  )

  app.delete<{ Params: { id: string; writeKey: string } }>(
    '/sources/:id/writekey/:writeKey',
    { onRequest: guard('api:write'), config: sources.removeWriteKeyFromSource },
    async (request) => {
      const { id: sourceId, writeKey } = request.params
      await deps.commands.revokeWriteKey({ sourceId, writeKey }, actorOf(request))
      return { data: { status: 'SUCCESS' } }
    },
  )

  app.get<{ Querystring: PageQuery }>(
    '/destinations',
    { onRequest: guard('api:read'), config: destinations.listDestinations, schema: { querystring: PageQuery } },
    async ({ query }) => {
      const { page, pagination } = pageOf([...deps.config().destinations.values()], query)
      return { data: { destinations: page.map((each) => toDestination(each, deps)), pagination } }
    },
  )

  app.get<{ Params: { id: string } }>(
    '/destinations/:id',
    { onRequest: guard('api:read'), config: destinations.getDestination },
    async (request) => {
      const instance = deps.config().destinations.get(request.params.id)
      if (instance === undefined)
        throw new ApiError(404, [{ type: 'not-found', message: 'The destination does not exist.' }])
      return { data: { destination: toDestination(instance, deps) } }
    },
  )

  app.post<{ Body: Static<typeof CreateDestination> }>(
    '/destinations',
    { onRequest: guard('api:write'), config: destinations.createDestination, schema: { body: CreateDestination } },
    async (request) => {
      const { metadataId, ...args } = request.body
      const kind = (deps.catalog.find(metadataId) ?? deps.catalog.findById(metadataId))?.slug ?? metadataId
      const created = await deps.commands.createDestination({ ...args, kind }, actorOf(request))
      return { data: { destination: toDestination(created, deps) }, check: await checkAfterSave(deps, created) }
    },
  )

  app.patch<{ Params: { id: string }; Body: Static<typeof UpdateDestination> }>(
    '/destinations/:id',
    { onRequest: guard('api:write'), config: destinations.updateDestination, schema: { body: UpdateDestination } },
    async (request) => {
      const { name, ...body } = request.body
      const changes = { ...body, id: request.params.id, ...(name == null ? {} : { name }) }
      const updated = await deps.commands.updateDestination(changes, actorOf(request))
      return { data: { destination: toDestination(updated, deps) }, check: await checkAfterSave(deps, updated) }
    },
  )

  app.delete<{ Params: { id: string } }>(
    '/destinations/:id',
    { onRequest: guard('api:write'), config: destinations.deleteDestination },
    async (request) => {
      await deps.commands.deleteDestination({ id: request.params.id }, actorOf(request))
      return { data: { status: 'SUCCESS' } }
    },
  )
}

function sourceOf(deps: ApiDeps, id: string): Source {
  const source = deps.config().sources.get(id)
  if (source === undefined) throw new ApiError(404, [{ type: 'not-found', message: 'The source does not exist.' }])
  return source
}

async function toSource(
  deps: ApiDeps,
  { id, slug, name, kind, enabled, writeKeys, labels = [] }: Source,
): Promise<sources.Source> {
  const { id: workspaceId } = await deps.workspace()
  return { id, slug, name, enabled, writeKeys, workspaceId, metadata: sourceMetadata(kind), settings: {}, labels }
}

export function toDestination(instance: DestinationInstance, deps: ApiDeps): destinations.Destination {
  const { id, name, enabled, sourceId, kind, subscriptions } = instance
  const entry = deps.catalog.find(kind)
  return {
    id,
    name,
    enabled,
    sourceId,
    metadata: entry === undefined ? missingMetadata(kind) : toMetadata(entry),
    settings: deps.maskedSettings(instance),
    consentCategories: instance.consentCategories ?? [],
    subscriptions: subscriptions.map((each) => ({
      id: each.id,
      name: each.name,
      actionSlug: each.action,
      trigger: each.trigger,
      enabled: each.enabled,
      settings: each.mapping,
    })),
  }
}
