/** Every call of Segment's SDK against the whole product: it works with the SDK's own types, or says why it is not there. */
import { readFileSync } from 'node:fs'
import * as sdk from '@segment/public-api-sdk-typescript'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BrowserSession } from './browser-session.fixture.ts'
import { misshapen, sdkCalls, sdkMethods } from './sdk-declarations.fixture.ts'
import { callSpace, startServer, type TestServer } from './server.fixture.ts'

interface Client {
  accessToken: string | (() => string)
}
interface Answer {
  readonly response: { readonly statusCode?: number; readonly body?: unknown }
  readonly body: unknown
}

/** Answered 501 with a reason, which the docs list. */
const LEFT_OUT = [
  'APICallsApi.getDailyPerSourceAPICallsUsage',
  'APICallsApi.getDailyWorkspaceAPICallsUsage',
  'CatalogApi.getWarehouseMetadata',
  'CatalogApi.getWarehousesCatalog',
  'DeletionAndSuppressionApi.createCloudSourceRegulation',
  'DeletionAndSuppressionApi.createSourceRegulation',
  'DeletionAndSuppressionApi.listRegulationsFromSource',
  'DeletionAndSuppressionApi.listSuppressions',
  'EdgeFunctionsApi.createEdgeFunctions',
  'EdgeFunctionsApi.disableEdgeFunctions',
  'EdgeFunctionsApi.generateUploadURLForEdgeFunctions',
  'EdgeFunctionsApi.getLatestFromEdgeFunctions',
  'FunctionsApi.createFunction',
  'FunctionsApi.createFunctionDeployment',
  'FunctionsApi.createInsertFunctionInstance',
  'FunctionsApi.deleteFunction',
  'FunctionsApi.deleteInsertFunctionInstance',
  'FunctionsApi.getFunction',
  'FunctionsApi.getFunctionVersion',
  'FunctionsApi.getInsertFunctionInstance',
  'FunctionsApi.listFunctionVersions',
  'FunctionsApi.listFunctions',
  'FunctionsApi.listInsertFunctionInstances',
  'FunctionsApi.restoreFunctionVersion',
  'FunctionsApi.updateFunction',
  'FunctionsApi.updateInsertFunctionInstance',
  'MonthlyTrackedUsersApi.getDailyPerSourceMTUUsage',
  'MonthlyTrackedUsersApi.getDailyWorkspaceMTUUsage',
  'ProfilesSyncApi.createProfilesWarehouse',
  'ProfilesSyncApi.listProfilesWarehouseInSpace',
  'ProfilesSyncApi.listSelectiveSyncsFromWarehouseAndSpace',
  'ProfilesSyncApi.removeProfilesWarehouseFromSpace',
  'ProfilesSyncApi.updateProfilesWarehouseForSpaceWarehouse',
  'ProfilesSyncApi.updateSelectiveSyncForWarehouseAndSpace',
  'ReverseETLApi.createReverseETLManualSync',
  'ReverseETLApi.createReverseEtlModel',
  'ReverseETLApi.deleteReverseEtlModel',
  'ReverseETLApi.getReverseETLSyncFromModel',
  'ReverseETLApi.getReverseEtlModel',
  'ReverseETLApi.listReverseEtlModels',
  'ReverseETLApi.updateReverseEtlModel',
  'SelectiveSyncApi.getAdvancedSyncScheduleFromWarehouse',
  'SelectiveSyncApi.listSelectiveSyncsFromWarehouseAndSource',
  'SelectiveSyncApi.listSyncsFromWarehouse',
  'SelectiveSyncApi.listSyncsFromWarehouseAndSource',
  'SelectiveSyncApi.replaceAdvancedSyncScheduleForWarehouse',
  'SelectiveSyncApi.updateSelectiveSyncForWarehouse',
  'SourcesApi.listConnectedWarehousesFromSource',
  'SourcesApi.listSchemaSettingsInSource',
  'SourcesApi.updateSchemaSettingsInSource',
  'SpacesApi.batchQueryMessagingSubscriptionsForSpace',
  'SpacesApi.replaceMessagingSubscriptionsInSpaces',
  'TrackingPlansApi.addSourceToTrackingPlan',
  'TrackingPlansApi.createTrackingPlan',
  'TrackingPlansApi.deleteTrackingPlan',
  'TrackingPlansApi.getTrackingPlan',
  'TrackingPlansApi.listRulesFromTrackingPlan',
  'TrackingPlansApi.listSourcesFromTrackingPlan',
  'TrackingPlansApi.listTrackingPlans',
  'TrackingPlansApi.removeRulesFromTrackingPlan',
  'TrackingPlansApi.removeSourceFromTrackingPlan',
  'TrackingPlansApi.replaceRulesInTrackingPlan',
  'TrackingPlansApi.updateRulesInTrackingPlan',
  'TrackingPlansApi.updateTrackingPlan',
  'TransformationsApi.createTransformation',
  'TransformationsApi.deleteTransformation',
  'TransformationsApi.getTransformation',
  'TransformationsApi.listTransformations',
  'TransformationsApi.updateTransformation',
  'WarehousesApi.addConnectionFromSourceToWarehouse',
  'WarehousesApi.createValidationInWarehouse',
  'WarehousesApi.createWarehouse',
  'WarehousesApi.deleteWarehouse',
  'WarehousesApi.getConnectionStateFromWarehouse',
  'WarehousesApi.getWarehouse',
  'WarehousesApi.listConnectedSourcesFromWarehouse',
  'WarehousesApi.listWarehouses',
  'WarehousesApi.removeSourceConnectionFromWarehouse',
  'WarehousesApi.updateWarehouse',
]

const CALLS = sdkCalls()
const called = new Set<string>()
const wrong: string[] = []
let server: TestServer

beforeAll(async () => {
  server = await startServer()
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

/** A client of the SDK, unmodified, of which every answer is held against the shapes that the SDK declares. */
function client<Api extends Client>(Api: new (basePath: string) => Api): Api {
  const api = new Api(`${server.running.url}/api`)
  api.accessToken = server.quickstart.publicApiToken
  return new Proxy(api, {
    get(target, method, receiver) {
      const own: unknown = Reflect.get(target, method, receiver)
      const name = `${Api.name}.${String(method)}`
      const call = CALLS.get(name)
      if (call === undefined || typeof own !== 'function') return own
      return async (...args: unknown[]) => {
        const answer = (await own.apply(target, args)) as Answer
        called.add(name)
        wrong.push(...misshapen(answer.response.body, call.answer).map((each) => `${name}: ${each}`))
        return answer
      }
    },
  })
}

test('every call of the SDK is decided: it works, or it is left out', () => {
  expect([...CALLS.keys()].toSorted()).toEqual([...sdkMethods()].toSorted())
  expect(CALLS.size).toBeGreaterThan(150)
  expect(LEFT_OUT.filter((each) => !CALLS.has(each))).toEqual([])
})

test('what is left out is answered 501, with a reason that the docs list', async () => {
  const docs = readFileSync('docs/public-api.md', 'utf8').replace(/^.*## What is left out/s, '')
  const sample = (type: string) =>
    type === 'string' ? 'x' : type === 'PaginationInput' ? { count: 1 } : type.startsWith('Array') ? [] : {}
  for (const name of LEFT_OUT) {
    const { api, method, parameters } = CALLS.get(name) ?? { api: '', method: '', parameters: [] }
    const Api = (sdk as unknown as Record<string, new (basePath: string) => Client>)[api]
    if (Api === undefined) throw new Error(`no ${api}`)
    const one = client(Api) as Client & Record<string, (...args: unknown[]) => Promise<unknown>>
    const error = await one[method]?.(...parameters.map(({ type }) => sample(type))).then(
      () => undefined,
      (reason: Partial<sdk.HttpError>) => reason,
    )
    expect([name, error?.statusCode]).toEqual([name, 501])
    expect(docs).toContain(error?.body.errors[0].message)
  }
}, 60_000)

test('sources, destinations, mappings, filters and labels are as the SDK declares them', async () => {
  const [sources, destinations, filters] = [
    client(sdk.SourcesApi),
    client(sdk.DestinationsApi),
    client(sdk.DestinationFiltersApi),
  ]
  const [catalog, labels] = [client(sdk.CatalogApi), client(sdk.LabelsApi)]
  await client(sdk.WorkspacesApi).getWorkspace()
  await client(sdk.TestingApi).echo('hello')
  await catalog.getSourcesCatalog({ count: 200 })
  await catalog.getSourceMetadata('IqDTy1TpoU')
  await catalog.getDestinationsCatalog({ count: 200 })
  await catalog.getDestinationMetadata('5e79ef31929aef3bdfbc53a5')
  const label = { key: 'team', value: 'growth', description: 'Whose it is' }
  await labels.createLabel({ label })
  await labels.listLabels()
  const made = await sources.createSource({ slug: 'covered', enabled: true, metadataId: 'IqDTy1TpoU' })
  const sourceId = made.body.data?.source.id ?? ''
  await sources.addLabelsToSource(sourceId, { labels: [label] })
  const replaced = await sources.replaceLabelsInSource(sourceId, { labels: [{ key: 'team', value: 'growth' }] })
  expect(replaced.body.data?.labels).toMatchObject([{ key: 'team', value: 'growth' }])
  expect((await sources.getSource(sourceId)).body.data?.source.labels).toMatchObject([label])
  await sources.updateSource(sourceId, { name: 'Covered' })
  await sources.listSources({ count: 10 })
  const { body } = await sources.createWriteKeyForSource(sourceId)
  await sources.removeWriteKeyFromSource(sourceId, body.data?.source.writeKeys[1] ?? '')
  const settings = { apiKey: 'a-secret-that-nobody-sees', apiBaseUrl: server.quickstart.extole.url }
  const draft = { sourceId, metadataId: '5e79ef31929aef3bdfbc53a5', name: 'Extole', enabled: false, settings }
  const id = (await destinations.createDestination(draft)).body.data?.destination.id ?? ''
  await destinations.getDestination(id)
  await destinations.listDestinations({ count: 10 })
  await destinations.updateDestination(id, { enabled: false })
  await sources.listConnectedDestinationsFromSource(sourceId, { count: 10 })
  const mapping = { name: 'Refunds', actionId: 'track', trigger: 'event = "Refund"', enabled: true, settings: {} }
  const subscribed = await destinations.createDestinationSubscription(id, mapping)
  const subscription = subscribed.body.data?.destinationSubscription.id ?? ''
  await destinations.getSubscriptionFromDestination(id, subscription)
  await destinations.listSubscriptionsFromDestination(id, { count: 10 })
  await destinations.updateSubscriptionForDestination(id, subscription, { input: { enabled: false } })
  const actions = [{ type: sdk.DestinationFilterActionV1.TypeEnum.DROP }]
  const rule = { sourceId, if: 'event = "Staging"', actions, title: 'No staging', enabled: true }
  const filter = (await filters.createFilterForDestination(id, rule)).body.data?.filter.id ?? ''
  await filters.getFilterInDestination(id, filter)
  await filters.listFiltersFromDestination(id, { count: 10 })
  await filters.updateFilterForDestination(id, filter, { title: 'None of staging' })
  await filters.previewDestinationFilter({ filter: { if: 'all', actions }, payload: { type: 'track', event: 'x' } })
  await filters.removeFilterFromDestination(id, filter)
  await destinations.removeSubscriptionFromDestination(id, subscription)
  await destinations.deleteDestination(id)
  await sources.deleteSource(sourceId)
  await labels.deleteLabel('team', 'growth')
  expect(wrong.splice(0)).toEqual([])
}, 60_000)

test('people, groups, invitations and the audit trail are as the SDK declares them', async () => {
  const [users, groups] = [client(sdk.IAMUsersApi), client(sdk.IAMGroupsApi)]
  const roles = (await client(sdk.IAMRolesApi).listRoles({ count: 10 })).body.data?.roles ?? []
  const roleId = roles.find(({ name }) => name === 'Workspace Viewer')?.id ?? ''
  const workspace = (await client(sdk.WorkspacesApi).getWorkspace()).body.data?.workspace.id ?? ''
  const resources = [{ id: workspace, type: sdk.PermissionResourceV1.TypeEnum.WORKSPACE }]
  const permissions = [{ roleId, resources }]
  const emails = ['ada@example.com', 'bob@example.com']
  await users.createInvites({ invites: emails.map((email) => ({ email, permissions: [{ roleId }] })) })
  await users.listInvites({ count: 10 })
  await users.deleteInvites([emails[1] ?? ''])
  const { tokens } = (await (
    await fetch(`${server.running.url}/api/invites`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.quickstart.publicApiToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ invites: [{ email: 'eve@example.com' }] }),
    }).then((response) => response.json())
  ).data) as { tokens: { token: string }[] }
  const draft = { token: tokens[0]?.token, name: 'Eve', password: 'a long enough password' }
  expect((await new BrowserSession(server.running.url).call('POST', '/api/join', draft)).status).toBeLessThan(300)
  const { data } = (await users.listUsers({ count: 10 })).body
  const eve = data?.users.find(({ email }) => email === 'eve@example.com')?.id ?? ''
  await users.getUser(eve)
  await users.addPermissionsToUser(eve, { permissions })
  await users.replacePermissionsForUser(eve, { permissions })
  const group = (await groups.createUserGroup({ name: 'Crew' })).body.data?.userGroup.id ?? ''
  await groups.addPermissionsToUserGroup(group, { permissions })
  await groups.replacePermissionsForUserGroup(group, { permissions })
  await groups.addUsersToUserGroup(group, { emails: ['eve@example.com', 'ada@example.com'] })
  await groups.getUserGroup(group)
  await groups.listUserGroups({ count: 10 })
  await groups.listUsersFromUserGroup(group, { count: 10 })
  await groups.listInvitesFromUserGroup(group, { count: 10 })
  await users.listUserGroupsFromUser(eve, { count: 10 })
  await groups.replaceUsersInUserGroup(group, { emails: ['eve@example.com'] })
  await groups.removeUsersFromUserGroup(group, ['eve@example.com'])
  await groups.updateUserGroup(group, { name: 'Team' })
  await groups.deleteUserGroup(group)
  await users.deleteUsers([eve])
  await client(sdk.AuditTrailApi).listAuditEvents({ count: 100 })
  expect(wrong.splice(0)).toEqual([])
}, 60_000)

test('spaces, audiences, computed traits and deletions are as the SDK declares them', async () => {
  const { spaceId } = server.quickstart
  await client(sdk.SpacesApi).listSpaces({ count: 10 })
  await client(sdk.SpacesApi).getSpace(spaceId)
  const make = async (collection: string, one: string, query: string) => {
    const made = await callSpace(server, 'POST', `/${collection}`, { name: `Covered ${one}`, definition: { query } })
    return (made.data[one] as unknown as { id: string }).id
  }
  const [audiences, traits] = [client(sdk.AudiencesApi), client(sdk.ComputedTraitsApi)]
  const audience = await make('audiences', 'audience', "event('Order').count() >= 1")
  await audiences.getAudience(spaceId, audience)
  await audiences.listAudiences(spaceId, { count: 10 })
  await audiences.updateAudienceForSpace(spaceId, audience, { enabled: false })
  await audiences.removeAudienceFromSpace(spaceId, audience)
  const trait = await make('computed-traits', 'computedTrait', "event('Order').count()")
  await traits.getComputedTrait(spaceId, trait)
  await traits.listComputedTraits(spaceId, { count: 10 })
  await traits.updateComputedTraitForSpace(spaceId, trait, { enabled: false })
  await traits.removeComputedTraitFromSpace(spaceId, trait)
  const deletions = client(sdk.DeletionAndSuppressionApi)
  const { RegulationTypeEnum, SubjectTypeEnum } = sdk.CreateWorkspaceRegulationV1Input
  const asked = { subjectType: SubjectTypeEnum.USER_ID, subjectIds: ['ada', 'bob'] }
  const ask = (regulationType: sdk.CreateWorkspaceRegulationV1Input.RegulationTypeEnum) =>
    deletions.createWorkspaceRegulation({ ...asked, regulationType })
  const regulateId = (await ask(RegulationTypeEnum.DELETE_ONLY)).body.data?.regulateId ?? ''
  const statusNow = async () => {
    const headers = { authorization: `Bearer ${server.quickstart.publicApiToken}` }
    const answer = await fetch(`${server.running.url}/api/regulations/${regulateId}`, { headers })
    const { data } = (await answer.json()) as { data?: { regulation: { overallStatus: string } } }
    return data?.regulation.overallStatus
  }
  await expect.poll(statusNow, { timeout: 20_000 }).toBe('FINISHED')
  await deletions.getRegulation(regulateId)
  const listed = async (status?: 'FINISHED' | 'RUNNING', types?: ('DELETE_ONLY' | 'UNSUPPRESS')[]) =>
    (await deletions.listWorkspaceRegulations({ count: 10 }, status, types)).body.data?.regulations.map(({ id }) => id)
  expect(await listed()).toEqual([regulateId])
  expect(await listed('FINISHED', ['DELETE_ONLY', 'UNSUPPRESS'])).toEqual([regulateId])
  expect(await listed('RUNNING')).toEqual([])
  expect(await listed(undefined, ['UNSUPPRESS'])).toEqual([])
  await expect(ask(RegulationTypeEnum.SUPPRESS_ONLY)).rejects.toMatchObject({ statusCode: 422 })
  // A deletion begins at once: there is nothing that this call could take back, and no such method here.
  await expect(deletions.deleteRegulation(regulateId)).rejects.toMatchObject({ statusCode: 405 })
  called.add('DeletionAndSuppressionApi.deleteRegulation')
  expect(wrong.splice(0)).toEqual([])
}, 60_000)

test('counts over time are as the SDK declares them', async () => {
  const { quickstart, running } = server
  const [source] = quickstart.sources
  const sourceId = source?.id ?? ''
  const sent = await fetch(`${running.url}/v1/track`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${source?.writeKey}:`)}` },
    body: JSON.stringify({ userId: 'counted', event: 'Counted' }),
  })
  expect(sent.status).toBe(200)
  const overview = client(sdk.DeliveryOverviewApi)
  const start = new Date(Date.now() - 7_200_000).toISOString()
  const end = new Date(Date.now() + 60_000).toISOString()
  const page = { count: 10 }
  const received = async () => {
    const { body } = await overview.getIngressSuccessMetricsFromDeliveryOverview(sourceId, start, end, 'hour', page)
    return body.data?.total
  }
  await expect.poll(received, { timeout: 20_000 }).toBeGreaterThanOrEqual(1)
  const grouped = ['eventName']
  await overview.getIngressSuccessMetricsFromDeliveryOverview(sourceId, start, end, 'hour', page, grouped)
  await overview.getIngressFailedMetricsFromDeliveryOverview(sourceId, start, end, 'hour', page)
  await overview.getFilteredAtSourceMetricsFromDeliveryOverview(sourceId, start, end, 'hour', page)
  const at = [sourceId, quickstart.destinationId, start, end, 'hour', page, grouped] as const
  await overview.getFilteredAtDestinationMetricsFromDeliveryOverview(...at)
  await overview.getEgressFailedMetricsFromDeliveryOverview(...at)
  await overview.getEgressSuccessMetricsFromDeliveryOverview(...at)
  await client(sdk.EventsApi).getEventsVolumeFromWorkspace('HOUR', start, end, grouped)
  await client(sdk.DestinationsApi).listDeliveryMetricsSummaryFromDestination(quickstart.destinationId, sourceId)
  expect(wrong.splice(0)).toEqual([])
}, 60_000)

test('each call that is not left out was made', () => {
  expect([...CALLS.keys()].filter((name) => !called.has(name) && !LEFT_OUT.includes(name))).toEqual([])
})
