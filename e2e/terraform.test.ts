/**
 * The requests of Segment's Terraform provider in its order (segment contract 8.4): apply, a second plan, a change, destroy.
 * A plan has no drift when what is read is what was written, as far as the user wrote it.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from './server.fixture.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer()
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

async function call(method: string, path: string, body?: unknown) {
  const headers = {
    authorization: `Bearer ${server.quickstart.publicApiToken}`,
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/vnd.segment.v1+json' }),
  }
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(`${server.running.url}/api${path}`, { method, headers, ...sent })
  const { data, errors } = await response.json()
  return { status: response.status, data, errors }
}

/** Paths of values that are null: the provider takes a null where a list belongs for a crash. */
function nullsIn(value: unknown, path = ''): string[] {
  if (value === null) return [path]
  if (typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, each]) => nullsIn(each, `${path}.${key}`))
}

test('what is applied is read again without drift, changed, and gone once destroyed', async () => {
  // Data sources.
  expect((await call('GET', '/')).data.workspace.id).toEqual(expect.any(String))
  const sourceKind = (await call('GET', '/catalog/sources/IqDTy1TpoU')).data.sourceMetadata
  const kind = (await call('GET', '/catalog/destinations/5e79ef31929aef3bdfbc53a5')).data.destinationMetadata
  expect(nullsIn({ ...kind, actions: [], presets: [] })).toEqual([])
  expect(kind.actions.flatMap(({ fields }: { fields: unknown }) => fields).every(Boolean)).toBe(true)

  // segment_source: made, named, labelled.
  const madeSource = await call('POST', '/sources', {
    slug: 'tf',
    enabled: true,
    metadataId: sourceKind.id,
    settings: {},
  })
  expect(madeSource.status).toBe(201)
  const sourcePath = `/sources/${madeSource.data.source.id}`
  await call('PATCH', sourcePath, { name: 'From Terraform', enabled: true, slug: 'tf', settings: {} })
  const label = { key: 'team', value: 'growth' }
  expect((await call('POST', '/labels', { label })).status).toBe(201)
  expect((await call('PUT', `${sourcePath}/labels`, { labels: [label] })).data.labels).toMatchObject([label])

  // segment_destination
  const settings = { apiKey: 'a-secret-of-terraform', apiBaseUrl: server.quickstart.extole.url }
  const draft = { sourceId: madeSource.data.source.id, metadataId: kind.id, name: 'Extole', enabled: false, settings }
  const { destination } = (await call('POST', '/destinations', draft)).data
  const destinationPath = `/destinations/${destination.id}`

  // segment_destination_filter
  const rule = {
    sourceId: draft.sourceId,
    title: 'No staging',
    if: 'event = "Staging"',
    enabled: true,
    actions: [{ type: 'DROP_PROPERTIES', fields: { 'context.traits': ['ssn'] } }],
  }
  const { filter } = (await call('POST', `/destination/${destination.id}/filters`, rule)).data
  const filterPath = `/destination/${destination.id}/filters/${filter.id}`

  // segment_destination_subscription: made, and changed at once.
  const mapping = { name: 'Refunds', trigger: 'event = "Refund"', enabled: true, settings: { event_name: 'refund' } }
  const made = await call('POST', `${destinationPath}/subscriptions`, { ...mapping, actionId: 'track', modelId: null })
  const mappingPath = `${destinationPath}/subscriptions/${made.data.destinationSubscription.id}`
  const input = { ...mapping, reverseETLModelId: null, reverseETLSchedule: null }
  expect((await call('PATCH', mappingPath, { input })).status).toBe(200)

  // The second plan, and a third.
  for (let plan = 2; plan <= 3; plan += 1) {
    const { source } = (await call('GET', sourcePath)).data
    expect(source).toMatchObject({
      slug: 'tf',
      name: 'From Terraform',
      enabled: true,
      metadata: sourceKind,
      settings: {},
    })
    expect(source.labels).toMatchObject([label])
    const read = (await call('GET', destinationPath)).data.destination
    expect(read).toMatchObject({ name: 'Extole', enabled: false, sourceId: draft.sourceId, metadata: kind })
    expect(read.settings.apiBaseUrl).toBe(settings.apiBaseUrl)
    expect(Object.keys(read.settings)).toEqual(expect.arrayContaining(Object.keys(settings)))
    expect(read.settings.apiKey).toBe('••••••••••form')
    expect((await call('GET', filterPath)).data.filter).toEqual(filter)
    expect(filter).toMatchObject(rule)
    expect((await call('GET', mappingPath)).data.subscription).toMatchObject({ ...mapping, actionId: 'track' })
  }

  // A change: the masked secret comes back, and no name.
  const changed = await call('PATCH', destinationPath, {
    name: null,
    enabled: false,
    settings: { apiKey: '••••••••••form' },
  })
  expect([changed.status, changed.data.destination.name]).toEqual([200, 'Extole'])
  expect(changed.data.destination.settings.apiKey).toBe('••••••••••form')
  expect((await call('PATCH', filterPath, { enabled: false })).data.filter.enabled).toBe(false)

  // Destroy, in the order of what depends on what. What is gone is 404, and falls out of the state.
  for (const path of [mappingPath, filterPath, destinationPath, sourcePath]) {
    expect(await call('DELETE', path)).toMatchObject({ status: 200, data: { status: 'SUCCESS' } })
    expect(await call('GET', path)).toMatchObject({ status: 404, errors: [{ type: 'not-found' }] })
  }
}, 30_000)

test('a setting that a source could not keep is refused, and not lost', async () => {
  const draft = { slug: 'tf-settings', enabled: true, metadataId: 'node', settings: { website: 'https://example.com' } }
  expect(await call('POST', '/sources', draft)).toMatchObject({ status: 422, errors: [{ type: 'input-validation' }] })
})
