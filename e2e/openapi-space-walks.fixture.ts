/** Calls operations of the API so that they succeed: spaces and who is in them, and what becomes of events. */
import { expect } from 'vitest'
import type { DescribedApi } from './openapi-client.fixture.ts'
import type { Walk } from './openapi-walks.fixture.ts'
import type { TestServer } from './server.fixture.ts'

async function send({ running, quickstart }: TestServer, batch: readonly object[]): Promise<void> {
  const response = await fetch(`${running.url}/v1/batch`, {
    method: 'POST',
    body: JSON.stringify({ writeKey: quickstart.sources[0]?.writeKey, batch }),
  })
  expect(response.status).toBe(200)
}

const is = (userId: string, traits: object) => ({ type: 'identify', messageId: `${userId}-m`, userId, traits })

/** A destination of the first source that refuses all it is sent, by its id. */
async function refusing(api: DescribedApi, { quickstart }: TestServer): Promise<string> {
  const settings = { url: `${quickstart.extole.url}/nowhere`, signingSecret: `whsec_${btoa('x'.repeat(32))}` }
  const body = { sourceId: quickstart.sources[0]?.id, metadataId: 'webhook', name: 'Refusing', settings }
  return (await api.call('POST', '/api/destinations', body)).destination.id
}

export const SPACE_WALKS: Readonly<Record<string, Walk>> = {
  async 'spaces, their rules and profiles'(api, server) {
    const { space } = await api.call('POST', '/api/spaces', { slug: 'walked-space', sourceIds: [] })
    const path = `/api/spaces/${space.id}`
    const any = { 'if-match': '*' }
    await api.call('PATCH', path, { name: 'Walked', sourceIds: [server.quickstart.sources[0]?.id] }, any)
    await api.call('GET', path)
    await api.call('GET', '/api/spaces')
    await api.call('GET', `${path}/identity-rules`)
    const email = { type: 'email', collection: 'users', limit: { values: 2, period: 'weekly' }, blocked: [] }
    const blocked = [{ exact: 'nobody' }, { regex: '^0*$' }]
    await api.call('PUT', `${path}/identity-rules`, { types: [email], priority: ['email'], blocked }, any)
    await send(server, [is('erased', { email: 'erased@example.com' })])
    const explain = `${path}/profiles/user_id:erased/explain`
    await expect.poll(async () => (await api.ask('GET', explain)).status, { timeout: 10_000 }).toBe(200)
    await api.call('GET', `${path}/profiles?search=erased@example.com`)
    await api.call('GET', `${path}/profiles/user_id:erased`)
    await api.call('GET', `${path}/profiles/user_id:erased/events`)
    await api.call('GET', `${path}/profiles/user_id:erased/deletion-preview`)
    const { regulateId } = await api.call('DELETE', `${path}/profiles/user_id:erased`)
    const status = async () => (await api.ask('GET', `/api/regulations/${regulateId}`)).status
    await expect.poll(status, { timeout: 10_000 }).toBe(200)
  },

  async 'audiences, computed traits and where they go'(api, server) {
    const space = `/api/spaces/${server.quickstart.spaceId}`
    const definition = { query: "trait('walked') = true" }
    await send(
      server,
      Array.from({ length: 200 }, (_, n) => is(`walker-${n}`, { walked: true })),
    )
    await api.call('POST', `${space}/audiences/check`, { definition, name: 'Walkers' })
    const { audiencePreview } = await api.call('POST', `${space}/audiences/previews`, { definition })
    await api.call('GET', `${space}/audiences/previews/${audiencePreview.id}`)
    await api.call('GET', `${space}/audienceType/USERS/supported-destinations`)
    const options = { filterByExternalIds: ['user_id'], includeAnonymousUsers: true }
    const { audience } = await api.call('POST', `${space}/audiences`, { name: 'Walkers', definition, options })
    const path = `${space}/audiences/${audience.id}`
    await api.call('GET', `${path}/audience-references`)
    const size = async () => (await api.call('GET', path)).audience.size.count
    await expect.poll(size, { timeout: 20_000 }).toBe(200)
    await api.call('POST', `${space}/audiences/previews`, { definition, overlapWith: audience.key })
    await api.call('GET', `${path}/members?pagination.count=2`)
    await api.call('GET', `${path}/members/export`)
    const startTime = new Date(Date.now() - 600_000).toISOString()
    await api.call('GET', `${path}/size?granularity=MINUTE&startTime=${startTime}`)
    await api.call('GET', `${space}/audiences?search.type=NAME&search.query=walk`)

    const { computedTrait } = await api.call('POST', `${space}/computed-traits`, {
      name: 'Orders',
      definition: { query: "event('Order').count()", type: 'users' },
      destinationConnections: [],
    })
    const trait = `${space}/computed-traits/${computedTrait.id}`
    await api.call('GET', trait)
    await api.call('GET', `${space}/computed-traits`)
    await api.call('POST', `${space}/computed-traits/previews`, { definition: { query: "event('Order').count()" } })
    await api.call('PATCH', trait, { description: 'How many there were' })
    await api.call('DELETE', trait)
    await api.call('GET', `${space}/computed-traits/deleted`)
    const restored = async () => (await api.ask('POST', `${trait}/restore`)).status
    await expect.poll(restored, { timeout: 10_000 }).toBe(200)

    const connections = `${path}/destination-connections`
    const known = (await api.call('GET', connections)).connections[0].id
    await api.call('DELETE', `${connections}/${known}`)
    const idSyncConfiguration = [{ externalId: 'email', strategy: 'last', mapTo: 'mail' }]
    const connect = { destination: { id: known }, connectionSettings: { form: 'track' }, idSyncConfiguration }
    await api.call('POST', connections, connect)
    await api.call('PATCH', `${connections}/${known}`, { connectionSettings: { everyMinutes: 60 } })
    await api.call('GET', path)
    await api.call('PATCH', `${connections}/${known}`, { connectionSettings: { everyMinutes: null } })

    await api.call('POST', `${path}/reconcile`, { dryRun: true })
    // The last of several runs waits for the others, and can be cancelled meanwhile.
    const cancelled = async () => {
      const runs = await Promise.all(Array.from({ length: 10 }, () => api.call('POST', `${path}/sync`, {})))
      await api.call('GET', path)
      return (await api.ask('POST', `${path}/syncs/${runs.at(-1).sync.id}/cancel`)).status
    }
    await expect.poll(cancelled, { timeout: 20_000 }).toBe(200)
    const syncs = async () => (await api.call('GET', path)).audience.syncs
    await expect.poll(syncs, { timeout: 20_000 }).toEqual([])
    await api.call('PATCH', path, { definition: { query: "trait('walked') = false" } })
    await expect.poll(size, { timeout: 20_000 }).toBe(0)
    const undo = async () => (await api.ask('POST', `${path}/undo`, { dryRun: true })).status
    await expect.poll(undo, { timeout: 20_000 }).toBe(200)
    await api.call('POST', `${path}/undo`, {})

    const occasion = { activationType: 'Audience Entered', activationName: 'Welcome', performResync: true }
    const personalization = { profile: { properties: ['walked'] } }
    const body = { ...occasion, personalization, destinationMapping: { actionId: 'track' } }
    const { activation } = await api.call('POST', `${connections}/${known}/activations`, body)
    const activations = `${path}/activations`
    await api.call('GET', activations)
    await api.call('GET', `${activations}/${activation.id}`)
    await api.call('PATCH', `${activations}/${activation.id}`, { activationName: 'Hello' })
    await api.call('DELETE', `${activations}/${activation.id}`)
    await api.call('DELETE', `${path}?sendExits=true`)
  },

  async 'what a space has seen'(api, server) {
    const space = `/api/spaces/${server.quickstart.spaceId}`
    const seen = { type: 'track', messageId: 'seen-track', userId: 'seen', event: 'Seen', properties: { total: 20 } }
    await send(server, [seen, is('seen', { colour: 'red' })])
    const samples = async (path: string) => (await api.ask('GET', `${space}/${path}/sample-values`)).status
    await expect.poll(() => samples('events/Seen/properties/total'), { timeout: 10_000 }).toBe(200)
    await expect.poll(() => samples('traits/colour'), { timeout: 10_000 }).toBe(200)
    await api.call('GET', `${space}/events?pagination.count=1`)
    await api.call('GET', `${space}/events/Seen/properties`)
    await api.call('GET', `${space}/traits`)
  },

  async regulations(api) {
    const body = { regulationType: 'DELETE_ONLY', subjectType: 'USER_ID', subjectIds: ['walker-0'] }
    const { regulateId } = await api.call('POST', '/api/regulations', body)
    await api.call('POST', '/api/regulations/preview', { subjectIds: body.subjectIds })
    await api.call('GET', '/api/regulations')
    const status = async () => (await api.ask('GET', `/api/regulations/${regulateId}`)).status
    await expect.poll(status, { timeout: 10_000 }).toBe(200)
    await api.call('GET', `/api/regulations/${regulateId}/progress`)
  },

  async 'deliveries, replays and how everything is'(api, server) {
    const destinationId = await refusing(api, server)
    await send(server, [is('dead', { email: 'dead@example.com' }), { type: 'track', messageId: 'rejected-m' }])
    const dead = async () => {
      const { deliveries } = await api.call('GET', `/api/ledger?destinationId=${destinationId}&state=dead`)
      return deliveries[0]?.id
    }
    await expect.poll(dead, { timeout: 20_000 }).toBeDefined()
    // Dead letters that there were when the server looked first are not new.
    let more = 0
    const alerts = async () => {
      more += 1
      await send(server, [is(`dead-${more}`, {})])
      return JSON.stringify((await api.call('GET', '/api/alerts')).alerts)
    }
    await expect.poll(alerts, { timeout: 20_000, interval: 1_000 }).toContain('Refusing')
    await api.call('GET', '/api/ledger?pagination.count=1')
    await api.call('GET', `/api/ledger/${await dead()}`)
    await api.call('GET', '/api/explain/dead-m')
    await api.call('GET', '/api/explain/rejected-m')

    const selection = { destinationId, kind: 'dead', type: 'identify', from: '2020-01-01T00:00:00Z', userId: 'dead' }
    await api.call('POST', '/api/replays/preview', selection)
    const { replay } = await api.call('POST', '/api/replays', { ...selection, ratePerSecond: 1 })
    await api.call('GET', `/api/replays/${replay.id}`)
    await api.call('GET', '/api/replays')
    await api.call('POST', `/api/replays/${replay.id}/cancel`)
    await api.call('GET', '/api/explain/dead-m')

    await api.call('POST', `/api/destinations/${destinationId}/try-now`)
    await api.call('GET', '/api/status')
    await api.call('GET', '/api/live?after=0')
    await api.call('DELETE', `/api/destinations/${destinationId}`)
    const closed = async () => JSON.stringify((await api.call('GET', '/api/alerts')).closed)
    await expect.poll(closed, { timeout: 20_000, interval: 500 }).toContain('Refusing')
  },
}
