/** Segment's own client of its Public API, unmodified, and the whole product: only the address is another. */
import { Analytics } from '@segment/analytics-node'
import * as sdk from '@segment/public-api-sdk-typescript'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callSpace, startServer, type TestServer } from './server.fixture.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer()
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

/** What Extole is sent. */
interface Received {
  readonly event_name: string
  readonly data: Readonly<Record<string, unknown>>
}

interface Client {
  accessToken: string | (() => string)
}

function client<Api extends Client>(Api: new (basePath: string) => Api, { running, quickstart } = server): Api {
  const api = new Api(`${running.url}/api`)
  api.accessToken = quickstart.publicApiToken
  return api
}

/** What the client makes of an answer that is no success. */
async function failure(asked: Promise<unknown>): Promise<{ status: number | undefined; errors: unknown }> {
  const error = await asked.then(
    () => {
      throw new Error('it was answered')
    },
    (reason: unknown) => reason,
  )
  // Compiled for engines without classes, its errors are no instances of their class.
  const { statusCode, body } = error as Partial<sdk.HttpError>
  if (statusCode === undefined) throw error
  return { status: statusCode, errors: body.errors }
}

const named = (type: string) => [expect.objectContaining({ type, message: expect.any(String) })]

test('the workspace is read, and an echo answers', async () => {
  const { body, response } = await client(sdk.WorkspacesApi).getWorkspace()
  expect(body.data?.workspace).toEqual({ id: expect.any(String), slug: expect.any(String), name: expect.any(String) })
  expect(response.headers['x-ratelimit-consumed']).toMatch(/^\d+$/)
  expect(response.headers['x-ratelimit-remaining']).toMatch(/^\d+$/)
  const inMs = Date.parse(String(response.headers['x-ratelimit-reset'])) - Date.now()
  expect(Math.abs(inMs - 30_000)).toBeLessThan(32_000)
  const testing = client(sdk.TestingApi)
  const { data } = (await testing.echo('hello', 20)).body
  expect(data).toMatchObject({ method: 'get', message: 'hello' })
  expect(JSON.stringify(data)).not.toContain(server.quickstart.publicApiToken)
  expect(await failure(testing.echo('no', 0, true))).toEqual({ status: 400, errors: [{ type: 'echo', message: 'no' }] })
  expect((await failure(testing.echo('no', 0, false, true))).errors).toHaveLength(2)
  expect((await failure(testing.echo('no', 0, false, false, true))).status).toBe(500)
  expect((await failure(testing.echo('no', 0, true, false, false, 418))).status).toBe(418)
})

test('a source and an Extole Platform destination from the catalog, a mapping and a filter live a whole life', async () => {
  const catalog = client(sdk.CatalogApi)
  const kinds = (await catalog.getSourcesCatalog({ count: 200 })).body.data?.sourcesCatalog ?? []
  const kind = kinds.find(({ slug }) => slug === 'javascript')
  expect(kind).toMatchObject({ id: 'IqDTy1TpoU', isCloudEventSource: false, options: [] })
  expect((await catalog.getSourceMetadata(kind?.id ?? '')).body.data?.sourceMetadata).toEqual(kind)
  const { destinationsCatalog = [] } = (await catalog.getDestinationsCatalog({ count: 200 })).body.data ?? {}
  const extole = destinationsCatalog.find(({ slug }) => slug === 'extole-platform')
  expect(extole?.id).toBe('5e79ef31929aef3bdfbc53a5')
  expect((await catalog.getDestinationMetadata(extole?.id ?? '')).body.data?.destinationMetadata).toEqual(extole)

  const sources = client(sdk.SourcesApi)
  const made = await sources.createSource({ slug: 'shop', enabled: true, metadataId: kind?.id ?? '' })
  expect(made.response.statusCode).toBe(201)
  const source = made.body.data?.source
  expect(source).toMatchObject({
    slug: 'shop',
    enabled: true,
    metadata: kind,
    writeKeys: [expect.any(String)],
    labels: [],
  })
  const sourceId = source?.id ?? ''
  expect((await sources.updateSource(sourceId, { name: 'Shop' })).body.data?.source.name).toBe('Shop')
  expect((await sources.createWriteKeyForSource(sourceId)).body.data?.source.writeKeys).toHaveLength(2)
  await sources.removeWriteKeyFromSource(sourceId, source?.writeKeys[0] ?? '')
  expect((await sources.getSource(sourceId)).body.data).toMatchObject({
    source: { name: 'Shop' },
    trackingPlanId: null,
  })

  const destinations = client(sdk.DestinationsApi)
  const settings = { apiKey: 'a-secret-that-nobody-sees', apiBaseUrl: server.quickstart.extole.url }
  const draft = { sourceId, metadataId: extole?.id ?? '', name: 'Extole', enabled: false, settings }
  const destination = (await destinations.createDestination(draft)).body.data?.destination
  expect(destination).toMatchObject({
    name: 'Extole',
    enabled: false,
    sourceId,
    metadata: extole,
    settings: { apiBaseUrl: settings.apiBaseUrl, apiKey: '••••••••••sees' },
  })
  const id = destination?.id ?? ''
  const read = (await destinations.getDestination(id)).body.data?.destination
  expect(read).toEqual(destination)
  const changed = await destinations.updateDestination(id, { name: 'Extole EU', settings: read?.settings ?? {} })
  expect(changed.body.data?.destination).toMatchObject({ name: 'Extole EU', settings: read?.settings })
  const connected = await sources.listConnectedDestinationsFromSource(sourceId, { count: 10 })
  expect(connected.body.data?.destinations.map((each) => each.id)).toEqual([id])

  const mapping = { name: 'Refunds', actionId: 'track', trigger: 'event = "Refund"', enabled: true, settings: {} }
  const { destinationSubscription } = (await destinations.createDestinationSubscription(id, mapping)).body.data ?? {}
  expect(destinationSubscription).toMatchObject({ ...mapping, actionSlug: 'track', destinationId: id })
  const subscriptionId = destinationSubscription?.id ?? ''
  const asRead = (await destinations.getSubscriptionFromDestination(id, subscriptionId)).body.data?.subscription
  expect(asRead).toEqual(destinationSubscription)
  const renamed = await destinations.updateSubscriptionForDestination(id, subscriptionId, {
    input: { name: 'Returns' },
  })
  expect(renamed.body.data?.subscription).toEqual({ ...asRead, name: 'Returns' })

  const filters = client(sdk.DestinationFiltersApi)
  const DROP = sdk.DestinationFilterActionV1.TypeEnum.DROP
  const rule = { sourceId, if: 'event = "Staging"', actions: [{ type: DROP }], title: 'No staging', enabled: true }
  const filter = (await filters.createFilterForDestination(id, rule)).body.data?.filter
  expect(filter).toMatchObject({ ...rule, destinationId: id })
  const filterId = filter?.id ?? ''
  expect((await filters.getFilterInDestination(id, filterId)).body.data?.filter).toEqual(filter)
  const retitled = await filters.updateFilterForDestination(id, filterId, { title: 'None of staging' })
  expect(retitled.body.data?.filter.title).toBe('None of staging')
  const listed = (await filters.listFiltersFromDestination(id, { count: 10 })).body.data
  expect(listed).toMatchObject({ filters: [{ id: filterId }], pagination: { totalEntries: 1 } })
  const preview = { filter: { if: 'all', actions: [{ type: DROP }] }, payload: { type: 'track', event: 'x' } }
  expect((await filters.previewDestinationFilter(preview)).body.data?.result).toBeNull()

  expect((await filters.removeFilterFromDestination(id, filterId)).body.data?.status).toBe('SUCCESS')
  expect((await destinations.removeSubscriptionFromDestination(id, subscriptionId)).body.data?.status).toBe('SUCCESS')
  expect(await failure(sources.deleteSource(sourceId))).toEqual({ status: 409, errors: named('conflict') })
  expect((await destinations.deleteDestination(id)).body.data?.status).toBe('SUCCESS')
  expect((await sources.deleteSource(sourceId)).body.data?.status).toBe('SUCCESS')
  expect(await failure(sources.getSource(sourceId))).toEqual({ status: 404, errors: named('not-found') })
}, 30_000)

test('an audience of a new source reaches Extole by a new destination: made, fed, told, looked at and taken down', async () => {
  const { quickstart, running } = server
  const { spaceId, extole } = quickstart
  const [sources, destinations, audiences] = [
    client(sdk.SourcesApi),
    client(sdk.DestinationsApi),
    client(sdk.AudiencesApi),
  ]
  const catalog = (await client(sdk.CatalogApi).getDestinationsCatalog({ count: 200 })).body.data?.destinationsCatalog
  const metadataId = catalog?.find(({ slug }) => slug === 'extole-platform')?.id ?? ''
  const made = await sources.createSource({ slug: 'life', enabled: true, metadataId: 'IqDTy1TpoU' })
  const { id: sourceId = '', writeKeys = [] } = made.body.data?.source ?? {}
  const settings = { apiKey: extole.apiKey, apiBaseUrl: extole.url }
  const connectTo = async (to: string, name: string) => {
    const draft = { sourceId: to, metadataId, name, enabled: true, settings }
    return (await destinations.createDestination(draft)).body.data?.destination.id ?? ''
  }
  // What the source sends goes to one, what the space tells of its people to the other.
  const [direct, ofSpace] = [await connectTo(sourceId, 'Events'), await connectTo(spaceId, 'Audiences')]
  const { subscriptions = [] } =
    (await destinations.listSubscriptionsFromDestination(ofSpace, { count: 10 })).body.data ?? {}
  const track = subscriptions.find(({ actionSlug }) => actionSlug === 'track')?.id ?? ''
  const input = { name: 'Entries', trigger: 'type = "track" and event = "Audience Entered"' }
  const mapped = await destinations.updateSubscriptionForDestination(ofSpace, track, { input })
  expect(mapped.body.data?.subscription).toMatchObject({ ...input, enabled: true })
  const actions = [{ type: sdk.DestinationFilterActionV1.TypeEnum.DROP }]
  const staging = { sourceId, if: 'event = "Staging"', actions, title: 'No staging', enabled: true }
  await client(sdk.DestinationFiltersApi).createFilterForDestination(direct, staging)

  // This version of the SDK has no calls that feed a space, and none that make, connect or activate an audience.
  const fed = await fetch(`${running.url}/api/spaces/${spaceId}`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${quickstart.publicApiToken}`,
      'content-type': 'application/json',
      'if-match': '*',
    },
    body: JSON.stringify({ sourceIds: [...quickstart.sources.map(({ id }) => id), sourceId] }),
  })
  expect(fed.status).toBe(200)
  const definition = { query: "event('Life Order').count() >= 1" }
  const drafted = { name: 'Lively', definition, destinationConnections: [] }
  const { data } = await callSpace(server, 'POST', '/audiences', drafted)
  const { id: audienceId } = data['audience'] as unknown as { id: string }
  const connections = `/audiences/${audienceId}/destination-connections`
  expect((await callSpace(server, 'POST', connections, { destination: { id: ofSpace } })).status).toBe(200)
  const activated = await callSpace(server, 'POST', `${connections}/${ofSpace}/activations`, {
    activationType: 'Audience Entered',
    activationName: 'Welcome',
    performResync: false,
    personalization: { profile: { properties: ['plan'] } },
    destinationMapping: { actionId: 'track' },
  })
  expect(activated.status).toBe(200)

  const analytics = new Analytics({ writeKey: writeKeys[0] ?? '', host: running.url, flushInterval: 50 })
  const who = { userId: 'lively', context: { traits: { email: 'lively@example.com' } } }
  analytics.identify({ userId: 'lively', traits: { email: 'lively@example.com', plan: 'gold' } })
  analytics.track({ ...who, event: 'Staging' })
  analytics.track({ ...who, event: 'Life Order', properties: { total: 20 } })
  await analytics.closeAndFlush()
  const arrived = async () => {
    const headers = { authorization: `Bearer ${extole.apiKey}` }
    const answer = await fetch(`${extole.url}/sandbox/requests?limit=500`, { headers })
    const { requests } = (await answer.json()) as { requests: { body: string }[] }
    return requests.filter(({ body }) => body.includes('lively')).map(({ body }): Received => JSON.parse(body))
  }
  const names = async () => (await arrived()).map(({ event_name }) => event_name).toSorted()
  await expect.poll(names, { timeout: 20_000 }).toEqual(['Audience Entered', 'Life Order', 'identify'])
  const entered = (await arrived()).find(({ event_name }) => event_name === 'Audience Entered')
  expect(entered?.data).toMatchObject({ partner_user_id: 'lively', lively: true, plan: 'gold' })

  const overview = client(sdk.DeliveryOverviewApi)
  const range = [new Date(Date.now() - 7_200_000).toISOString(), new Date(Date.now() + 60_000).toISOString()] as const
  const counted = async (step: 'delivered' | 'filtered', to: readonly [string, string]) => {
    const groupBy = ['eventName']
    const at = [...to, ...range, 'hour', { count: 10 }, groupBy] as const
    const { body } =
      step === 'delivered'
        ? await overview.getEgressSuccessMetricsFromDeliveryOverview(...at)
        : await overview.getFilteredAtDestinationMetricsFromDeliveryOverview(...at)
    return (body.data?.dataset ?? []).map(({ eventName, total }) => `${eventName} ${total}`)
  }
  await expect.poll(() => counted('delivered', [sourceId, direct]), { timeout: 20_000 }).toContain('Life Order 1')
  await expect.poll(() => counted('filtered', [sourceId, direct]), { timeout: 20_000 }).toEqual(['Staging 1'])
  await expect.poll(() => counted('delivered', [spaceId, ofSpace]), { timeout: 20_000 }).toEqual(['Audience Entered 1'])

  const shown = (await audiences.getAudience(spaceId, audienceId)).body.data?.audience
  expect(shown).toMatchObject({ id: audienceId, spaceId, name: 'Lively', key: 'lively', enabled: true, status: 'Live' })
  const listed: string[] = []
  for (let cursor: string | undefined; ; ) {
    const asked = cursor === undefined ? { count: 1 } : { count: 1, cursor }
    const page = (await audiences.listAudiences(spaceId, asked)).body.data
    listed.push(...(page?.audiences ?? []).map(({ id }) => id))
    cursor = page?.pagination.next ?? undefined
    if (cursor === undefined) break
  }
  expect(listed).toContain(audienceId)
  const off = await audiences.updateAudienceForSpace(spaceId, audienceId, { enabled: false })
  expect(off.body.data?.audience).toMatchObject({ enabled: false, status: 'Disabled' })
  expect((await audiences.removeAudienceFromSpace(spaceId, audienceId)).body.data?.status).toBe('SUCCESS')
  expect(await failure(audiences.getAudience(spaceId, audienceId))).toEqual({ status: 404, errors: named('not-found') })
  for (const id of [direct, ofSpace]) await destinations.deleteDestination(id)
}, 60_000)

test('lists are read in pages to their end, each entry once', async () => {
  const destinations = client(sdk.DestinationsApi)
  const { id = '' } = (await destinations.listDestinations({ count: 1 })).body.data?.destinations[0] ?? {}
  for (let n = 0; n < 5; n += 1) {
    const draft = { name: `Page ${n}`, actionId: 'track', trigger: `event = "${n}"`, enabled: false, settings: {} }
    await destinations.createDestinationSubscription(id, draft)
  }
  const seen: string[] = []
  for (let cursor: string | undefined; ; ) {
    const asked = cursor === undefined ? { count: 2 } : { count: 2, cursor }
    const { data } = (await destinations.listSubscriptionsFromDestination(id, asked)).body
    seen.push(...(data?.subscriptions ?? []).map((each) => each.id))
    cursor = data?.pagination?.next ?? undefined
    if (cursor === undefined) {
      expect(new Set(seen).size).toBe(data?.pagination?.totalEntries)
      break
    }
  }
  expect(seen.length).toBeGreaterThanOrEqual(7)
  expect(await failure(destinations.listDestinations({ count: 0 }))).toEqual({
    status: 422,
    errors: [
      { type: 'input-validation', field: 'pagination.count', message: 'pagination.count must be from 1 to 200' },
    ],
  })
})

test('each problem is one that the client understands', async () => {
  const sources = client(sdk.SourcesApi)
  const stranger = client(sdk.SourcesApi)
  stranger.accessToken = 'nobody'
  const draft = { slug: 'second', enabled: true, metadataId: 'node' }
  await sources.createSource(draft)
  const large = { ...draft, slug: 'large', settings: { text: 'x'.repeat(5 * 1024 ** 2) } }
  expect(await failure(stranger.listSources({ count: 1 }))).toEqual({ status: 401, errors: named('unauthorized') })
  expect(await failure(sources.getSource('nobody'))).toEqual({ status: 404, errors: named('not-found') })
  expect(await failure(sources.createSource(draft))).toEqual({ status: 409, errors: named('conflict') })
  expect(await failure(sources.createSource(large))).toEqual({ status: 413, errors: named('bad-request') })
  expect(await failure(sources.createSource({ ...draft, slug: '' }))).toMatchObject({ status: 422 })
  const plans = client(sdk.TrackingPlansApi)
  expect(await failure(plans.getTrackingPlan('tp_1'))).toEqual({ status: 501, errors: named('not-implemented') })
  const warehouses = client(sdk.WarehousesApi)
  expect((await failure(warehouses.listWarehouses({ count: 1 }))).status).toBe(501)
})

test('a token that asks too often is told when to ask again', async () => {
  await using hurried = await startServer({ GRAPEVINE_API_RATE_MAX: '3' })
  const sources = client(sdk.SourcesApi, hurried)
  const statuses = []
  for (let n = 0; n < 3; n += 1) statuses.push((await sources.listSources({ count: 1 })).response.statusCode)
  expect(statuses).toEqual([200, 200, 200])
  expect(await failure(sources.listSources({ count: 1 }))).toEqual({
    status: 429,
    errors: [
      {
        type: 'RequestError',
        message: 'Too many requests',
        data: { remainingPoints: 0, msBeforeNext: expect.any(Number), consumedPoints: 4 },
      },
    ],
  })
}, 60_000)

test('bodies may come in the media types of Segment', async () => {
  const { running, quickstart } = server
  for (const type of ['application/vnd.segment.v1+json', 'application/vnd.segment.v1alpha+json; charset=utf-8']) {
    const headers = { authorization: `Bearer ${quickstart.publicApiToken}`, accept: type, 'content-type': type }
    const body = JSON.stringify({ filter: { if: 'all', actions: [] }, payload: {} })
    const answer = await fetch(`${running.url}/api/destination/filters/preview`, { method: 'POST', headers, body })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([422, expect.stringMatching(/json/)])
  }
})
