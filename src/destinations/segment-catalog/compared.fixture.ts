/** Destinations of different kinds, with what each needs to send one event. */
import type { Outcome } from '../outcome.ts'

export interface Recorded {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

export interface Compared {
  readonly slug: string
  /** What Segment's framework threw. */
  readonly problem: string | null
  readonly segment: readonly Recorded[]
  readonly ours: readonly Recorded[]
  readonly outcome: Outcome
}

const TRACK = {
  type: 'track',
  event: 'Report Run',
  messageId: 'm-1',
  userId: 'u1',
  anonymousId: 'a1',
  timestamp: '2026-11-20T10:00:00.000Z',
  receivedAt: '2026-11-20T10:00:01.000Z',
  sentAt: '2026-11-20T10:00:00.500Z',
  originalTimestamp: '2026-11-20T10:00:00.000Z',
  properties: { report: 'Zürich', total: 12.5, rows: [1, 2], email: 'ada@example.com' },
  traits: {},
  context: { ip: '192.0.2.7', userAgent: 'curl/8', locale: 'de-CH', traits: { email: 'ada@example.com' } },
}
const IDENTIFY = {
  ...TRACK,
  type: 'identify',
  event: undefined,
  properties: {},
  traits: { email: 'ada@example.com', firstName: 'Ada', lastName: 'Lovelace', plan: 'premium' },
}

export const CASES: readonly {
  readonly slug: string
  readonly action: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly mapping?: Readonly<Record<string, unknown>>
  readonly event: Readonly<Record<string, unknown>>
}[] = [
  {
    slug: 'actions-webhook',
    action: 'send',
    settings: { sharedSecret: 'a shared secret' },
    mapping: { url: 'https://hooks.example.com/in?a=b', headers: { 'X-Own': 'yes' } },
    event: TRACK,
  },
  {
    slug: 'actions-braze-cloud',
    action: 'updateUserProfile',
    settings: { api_key: 'braze-key', app_id: 'app', endpoint: 'https://rest.iad-01.braze.com' },
    event: IDENTIFY,
  },
  {
    slug: 'actions-braze-cloud',
    action: 'trackEvent',
    settings: { api_key: 'braze-key', app_id: 'app', endpoint: 'https://rest.iad-01.braze.com' },
    event: TRACK,
  },
  {
    slug: 'actions-hubspot-cloud',
    action: 'upsertContact',
    settings: { portalId: '1', oauth: { access_token: 'hubspot-token' } },
    event: IDENTIFY,
  },
  { slug: 'actions-klaviyo', action: 'upsertProfile', settings: { api_key: 'klaviyo-key' }, event: IDENTIFY },
  {
    slug: 'actions-klaviyo',
    action: 'trackEvent',
    settings: { api_key: 'klaviyo-key' },
    mapping: { profile: { email: { '@path': '$.properties.email' } } },
    event: TRACK,
  },
  {
    slug: 'actions-mixpanel',
    action: 'trackEvent',
    settings: { projectToken: 'token', apiSecret: 'mixpanel-secret', apiRegion: 'US 🇺🇸', strictMode: '1' },
    event: TRACK,
  },
  {
    slug: 'actions-amplitude',
    action: 'logEventV2',
    settings: { apiKey: 'amplitude-key', secretKey: 'amplitude-secret', endpoint: 'north_america' },
    event: TRACK,
  },
  {
    slug: 'actions-amplitude',
    action: 'identifyUser',
    settings: { apiKey: 'amplitude-key', secretKey: 'amplitude-secret', endpoint: 'north_america' },
    event: IDENTIFY,
  },
  {
    slug: 'actions-customerio',
    action: 'createUpdatePerson',
    settings: { siteId: 'site', apiKey: 'customerio-key', accountRegion: 'US 🇺🇸' },
    event: IDENTIFY,
  },
  {
    slug: 'actions-iterable',
    action: 'trackEvent',
    settings: { apiKey: 'iterable-key', dataCenterLocation: 'united_states' },
    event: TRACK,
  },
  {
    slug: 'actions-slack',
    action: 'postToChannel',
    settings: {},
    mapping: {
      url: 'https://hooks.slack.com/services/T/B/x',
      channel: '#sales',
      text: { '@template': '{{event}} by {{userId}}' },
    },
    event: TRACK,
  },
  {
    slug: 'actions-google-analytics-4',
    action: 'customEvent',
    settings: { measurementId: 'G-1', apiSecret: 'ga-secret' },
    mapping: { data_stream_type: 'Web', lowercase: true },
    event: TRACK,
  },
  {
    slug: 'actions-intercom-cloud',
    action: 'identifyContact',
    settings: { oauth: { access_token: 'intercom-token' } },
    mapping: { role: 'user' },
    event: IDENTIFY,
  },
  {
    slug: 'actions-posthog',
    action: 'event',
    settings: {
      api_key: 'posthog-key',
      project_id: '1',
      endpoint: 'https://us.i.posthog.com',
      historical_migration: false,
      geoip_disable: false,
    },
    event: TRACK,
  },
  { slug: 'actions-loops', action: 'sendEvent', settings: { apiKey: 'loops-key' }, event: TRACK },
  {
    slug: 'actions-sendgrid',
    action: 'updateUserProfile',
    settings: { sendGridApiKey: 'SG.key', endpoint: 'https://api.sendgrid.com' },
    event: IDENTIFY,
  },
]
