/** Calls operations of the API so that they succeed, on a server with the quickstart: the configuration. */
import { expect } from 'vitest'
import type { DescribedApi } from './openapi-client.fixture.ts'
import type { TestServer } from './server.fixture.ts'

export type Walk = (api: DescribedApi, server: TestServer) => Promise<void>

export const CONFIGURATION_WALKS: Readonly<Record<string, Walk>> = {
  async 'the workspace, its sources and labels'(api) {
    await api.call('GET', '/api')
    await api.call('GET', '/api/openapi.json')
    await api.call('GET', '/api/echo?message=hello')
    await api.call('GET', '/api/echo?message=hello&statusCode=202')
    await api.call('GET', '/api/catalog/sources?pagination.count=2')
    await api.call('GET', '/api/catalog/sources/javascript')
    const { source } = await api.call('POST', '/api/sources', {
      slug: 'walked',
      metadataId: 'own-word',
      name: 'Walked',
    })
    const path = `/api/sources/${source.id}`
    const label = { key: 'team', value: 'growth', description: 'Who asks for it' }
    await api.call('POST', '/api/labels', { label })
    await api.call('POST', '/api/labels', { label: { key: 'team', value: 'core' } })
    await api.call('GET', '/api/labels')
    await api.call('POST', `${path}/labels`, { labels: [label] })
    await api.call('PUT', `${path}/labels`, { labels: [{ key: 'team', value: 'core' }] })
    await api.call('DELETE', '/api/labels/team/growth')
    await api.call('PATCH', path, { name: 'Walked again' })
    await api.call('GET', path)
    await api.call('GET', '/api/sources?pagination.count=1')
    const { source: rotated } = await api.call('POST', `${path}/writekey`)
    await api.call('DELETE', `${path}/writekey/${rotated.writeKeys[0]}`)
    await api.call('DELETE', path)
  },

  async 'the catalog, destinations and mappings'(api, { quickstart }) {
    await api.call('GET', '/api/catalog/destinations?pagination.count=200')
    await api.call('GET', '/api/catalog/destinations/webhook')
    await api.call('POST', '/api/catalog/refresh')
    const { source } = await api.call('POST', '/api/sources', { slug: 'with-destinations', metadataId: 'http' })
    const settings = {
      url: `${quickstart.extole.url}/hook`,
      signingSecret: `whsec_${btoa('a secret of the walk, long enough')}`,
    }
    const body = { sourceId: source.id, metadataId: 'webhook', name: 'Hook', settings, consentCategories: ['ads'] }
    const { destination } = await api.call('POST', '/api/destinations', body)
    const path = `/api/destinations/${destination.id}`
    await api.call('GET', '/api/destinations')
    await api.call('GET', path)
    await api.call('PATCH', path, { enabled: false, consentCategories: [] })
    await api.call('PATCH', path, { enabled: true })
    await api.call('GET', `/api/sources/${source.id}/connected-destinations`)
    await api.call('POST', '/api/destinations/test', { metadataId: 'webhook', settings })
    await api.call('POST', `${path}/test`, { settings })

    const event = { type: 'track', userId: 'walker', event: 'Order Completed', properties: { total: 20 } }
    await api.call('POST', `/api/sources/${source.id}/test-event`, { event })
    await api.call('POST', `${path}/test-event`, { event, send: true })
    const mapping = { actionId: 'send', trigger: 'type = "track"' }
    await api.call('POST', `${path}/mappings/test`, { event, mapping })
    await api.call('POST', `${path}/mappings/test`, { event: { ...event, type: 'identify' }, mapping })

    const made = { name: 'Orders', ...mapping, enabled: true, settings: {} }
    const { destinationSubscription } = await api.call('POST', `${path}/subscriptions`, made)
    const one = `${path}/subscriptions/${destinationSubscription.id}`
    await api.call('GET', `${path}/subscriptions?pagination.count=1`)
    await api.call('GET', one)
    await api.call('PATCH', one, { input: { enabled: false } })

    const time = `startTime=${new Date(Date.now() - 60_000).toISOString()}&endTime=${new Date().toISOString()}`
    const overview = `granularity=MINUTE&${time}&sourceId=${source.id}`
    for (const step of ['successfully-received', 'failed-on-ingest', 'filtered-at-source']) {
      await api.call('GET', `/api/delivery-overview/${step}?${overview}&pagination.count=1`)
    }
    for (const step of ['filtered-at-destination', 'failed-delivery', 'successful-delivery']) {
      await api.call('GET', `/api/delivery-overview/${step}?${overview}&destinationConfigId=${destination.id}`)
    }
    await api.call('GET', `/api/events/volume?granularity=HOUR&${time}&groupBy=source,eventName`)
    await api.call('GET', `${path}/latency?granularity=MINUTE&${time}`)
    await api.call('GET', `/api/deliveries/volume?granularity=MINUTE&${time}&destinationId=${destination.id}`)
    await api.call('GET', `${path}/delivery-metrics?sourceId=${source.id}`)
    await api.call('DELETE', one)
    await api.call('DELETE', path)

    const names = `/api/destinations/${quickstart.destinationId}/event-names`
    const ifMatch = { 'if-match': '*' }
    await api.call('PUT', names, { eventNames: { 'Signed Up': 'registration' } }, ifMatch)
    await api.call('GET', names)
    await api.call('PUT', names, { eventNames: {} }, ifMatch)
  },

  async filters(api, { quickstart }) {
    const path = `/api/destination/${quickstart.destinationId}/filters`
    const actions = [
      { type: 'SAMPLE', percent: 0.5, path: 'userId' },
      { type: 'DROP_PROPERTIES', fields: { properties: ['card'] } },
    ]
    const body = { title: 'Half', if: 'event = "Nothing"', actions, enabled: true, description: 'Of nothing' }
    const { filter } = await api.call('POST', path, body)
    await api.call('GET', path)
    await api.call('GET', `${path}/${filter.id}`)
    await api.call('PATCH', `${path}/${filter.id}`, { title: 'A half', description: null })
    await api.call('DELETE', `${path}/${filter.id}`)
    const payload = { type: 'track', event: 'Order Completed', properties: { card: '4111' } }
    const of = (condition: string, action: object) => ({ filter: { if: condition, actions: [action] }, payload })
    await api.call('POST', '/api/destination/filters/preview', of('type = "track"', actions[1] ?? {}))
    await api.call('POST', '/api/destination/filters/preview', of('type = "track"', { type: 'DROP' }))
    const { filter: tested } = of('all', { type: 'DROP' })
    await api.call('POST', `/api/destinations/${quickstart.destinationId}/filters/test`, { filter: tested })
    await api.call('GET', `/api/sources/${quickstart.sources[0]?.id}/latest-events?count=1`)
    await api.call('GET', `/api/sources/${quickstart.sources[0]?.id}/write-keys`)

    const ofSpace = { integrationId: quickstart.spaceId, name: 'No tests', if: 'properties.test = true' }
    const { filter: kept } = await api.call('POST', '/api/filters', { ...ofSpace, description: 'Tests' })
    await api.call('GET', `/api/filters?integrationId=${quickstart.spaceId}`)
    await api.call('GET', `/api/filters/${kept.id}`)
    await api.call('PATCH', `/api/filters/${kept.id}`, { enabled: false, description: null })
    await api.call('DELETE', `/api/filters/${kept.id}`)
  },

  async backups(api) {
    const ended = () =>
      expect.poll(async () => (await api.call('GET', '/api/backups')).job.state, { timeout: 30_000 }).toBe('FINISHED')
    const { job } = await api.call('POST', '/api/backups')
    await ended()
    const { backups } = await api.call('GET', '/api/backups')
    expect(backups).toMatchObject([{ name: job.name, cause: 'request', check: { problems: [] } }])
    await api.call('POST', `/api/backups/${job.name}/check`)
    await ended()
    await api.call('DELETE', `/api/backups/${job.name}`)
    await api.call('POST', '/api/backups')
    await api.call('POST', '/api/backups/cancel')
    const state = async () => (await api.call('GET', '/api/backups')).job.state
    await expect.poll(state, { timeout: 30_000 }).toBe('CANCELLED')
  },
}
