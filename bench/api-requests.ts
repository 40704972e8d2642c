/** What programs ask of the Public API: reads of every kind, and changes, each of which is undone again. */

export interface ApiRequest {
  /** What it is counted under, without ids. */
  readonly kind: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  readonly path: string
  readonly body?: unknown
}

/** What there is to ask about. */
export interface Subjects {
  readonly spaceId: string
  readonly sourceId: string
  /** An Extole Platform destination of that source. */
  readonly destinationId: string
  /** One of the space. */
  readonly spaceDestinationId: string
  /** One that everybody is in, and one that nobody is in. */
  readonly audienceId: string
  readonly spareAudienceId: string
  readonly deliveryIds: readonly string[]
  readonly messageIds: readonly string[]
  /** Of people who have a profile in the space. */
  readonly userIds: readonly string[]
}

/** A change that is undone: `create` answers what `after` needs, and the last of `after` leaves everything as it was. */
export interface Change {
  readonly create: (number: number) => ApiRequest
  readonly idOf: (data: Data, number: number) => string
  readonly after: (id: string, number: number) => readonly ApiRequest[]
}

/** `data` of an answer. */
export type Data = Readonly<Record<string, Readonly<Record<string, string>>>>

/** A secret as a webhook wants it. */
const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32).toString('base64')}`

const get = (kind: string, path: string): ApiRequest => ({ kind: `GET ${kind}`, method: 'GET', path })

const change = (
  kind: string,
  method: 'POST' | 'PATCH' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
): ApiRequest => ({ kind: `${method} ${kind}`, method, path, ...(body === undefined ? {} : { body }) })

/** One after the other, and from the start again. */
export function reads(subjects: Subjects): (number: number) => ApiRequest {
  const { spaceId, sourceId, destinationId, audienceId } = subjects
  const space = `/api/spaces/${spaceId}`
  const of = (all: readonly string[], number: number) => all[number % all.length] ?? ''
  const profile = (number: number) =>
    `/v1/spaces/${spaceId}/collections/users/profiles/user_id:${of(subjects.userIds, number)}`
  const all: readonly ((number: number) => ApiRequest)[] = [
    () => get('workspace', '/api'),
    () => get('sources', '/api/sources?pagination.count=20'),
    () => get('source', `/api/sources/${sourceId}`),
    () => get('destinations', '/api/destinations?pagination.count=20'),
    () => get('destination', `/api/destinations/${destinationId}`),
    () => get('subscriptions', `/api/destinations/${destinationId}/subscriptions?pagination.count=20`),
    () => get('destination filters', `/api/destination/${destinationId}/filters?pagination.count=20`),
    () => get('catalog of destinations', '/api/catalog/destinations?pagination.count=20'),
    () => get('destination of the catalog', '/api/catalog/destinations/extole-platform'),
    () => get('catalog of sources', '/api/catalog/sources?pagination.count=20'),
    () => get('ledger', '/api/ledger?pagination.count=50'),
    () => get('ledger of a destination', `/api/ledger?destinationId=${destinationId}&pagination.count=50`),
    (number) => get('ledger of a person', `/api/ledger?userId=${of(subjects.userIds, number)}&pagination.count=50`),
    (number) => get('delivery', `/api/ledger/${of(subjects.deliveryIds, number)}`),
    (number) => get('explain', `/api/explain/${of(subjects.messageIds, number)}`),
    () => get('spaces', '/api/spaces'),
    () => get('audiences', `${space}/audiences?pagination.count=20`),
    () => get('audience', `${space}/audiences/${audienceId}`),
    () => get('members', `${space}/audiences/${audienceId}/members?pagination.count=100`),
    () => get('identity rules', `${space}/identity-rules`),
    () => get('space filters', `/api/filters?integrationId=${spaceId}&pagination.count=20`),
    (number) => get('profile explain', `${space}/profiles/user_id:${of(subjects.userIds, number)}/explain`),
    (number) => get('traits of a profile', `${profile(number)}/traits?limit=50`),
    (number) => get('events of a profile', `${profile(number)}/events?limit=20`),
    (number) => get('ids of a profile', `${profile(number)}/external_ids`),
    () => get('status', '/api/status'),
    () => get('alerts', '/api/alerts'),
    () => get('audit events', '/api/audit-events?pagination.count=50'),
    () => get('audit events of a resource', `/api/audit-events?resourceId=${destinationId}&pagination.count=50`),
    () => get('openapi', '/api/openapi.json'),
    () => get('labels', '/api/labels'),
    () => get('users', '/api/users?pagination.count=20'),
    () => get('groups', '/api/groups?pagination.count=20'),
    () => get('tokens', '/api/tokens'),
    () => get('replays', '/api/replays'),
  ]
  return (number) => {
    const read = all[number % all.length]
    if (read === undefined) throw new Error('there are no reads')
    return read(Math.floor(number / all.length))
  }
}

export function changes(subjects: Subjects): readonly Change[] {
  const { spaceId, sourceId, destinationId, spaceDestinationId, audienceId, spareAudienceId } = subjects
  const audiences = `/api/spaces/${spaceId}/audiences`
  const audience = `${audiences}/${audienceId}`
  const spare = `${audiences}/${spareAudienceId}`
  const connection = `${spare}/destination-connections/${spaceDestinationId}`
  const mappings = `/api/destinations/${destinationId}/subscriptions`
  const filters = `/api/destination/${destinationId}/filters`
  return [
    {
      create: (number) =>
        change('filter', 'POST', filters, {
          title: `Bench ${number}`,
          if: 'event = "Nothing"',
          actions: [{ type: 'DROP' }],
          enabled: true,
        }),
      idOf: ({ filter }) => filter?.['id'] ?? '',
      after: (id) => [
        change('filter', 'PATCH', `${filters}/${id}`, { if: 'event = "Nothing at all"' }),
        change('filter', 'DELETE', `${filters}/${id}`),
      ],
    },
    {
      create: (number) =>
        change('mapping', 'POST', mappings, {
          name: `Bench ${number}`,
          actionId: 'track',
          trigger: 'event = "Nothing"',
          enabled: true,
          settings: {},
        }),
      idOf: ({ destinationSubscription }) => destinationSubscription?.['id'] ?? '',
      after: (id) => [
        change('mapping', 'PATCH', `${mappings}/${id}`, { input: { trigger: 'event = "Nothing at all"' } }),
        change('mapping', 'DELETE', `${mappings}/${id}`),
      ],
    },
    {
      create: (number) => change('label', 'POST', '/api/labels', { label: { key: 'bench', value: `n${number}` } }),
      idOf: (_, number) => `n${number}`,
      after: (value) => [
        change('labels of a source', 'POST', `/api/sources/${sourceId}/labels`, { labels: [{ key: 'bench', value }] }),
        change('label', 'DELETE', `/api/labels/bench/${value}`),
      ],
    },
    {
      create: (number) => change('source', 'POST', '/api/sources', { slug: `bench-${number}`, metadataId: 'node' }),
      idOf: ({ source }) => source?.['id'] ?? '',
      after: (id) => [
        change('source', 'PATCH', `/api/sources/${id}`, { name: 'Bench' }),
        change('write key', 'POST', `/api/sources/${id}/writekey`, {}),
        change('source', 'DELETE', `/api/sources/${id}`),
      ],
    },
    {
      create: (number) =>
        change('destination', 'POST', '/api/destinations', {
          sourceId,
          metadataId: 'webhook',
          name: `Bench ${number}`,
          enabled: false,
          settings: { url: 'https://example.com/', signingSecret: WEBHOOK_SECRET },
        }),
      idOf: ({ destination }) => destination?.['id'] ?? '',
      after: (id) => [
        change('destination', 'PATCH', `/api/destinations/${id}`, { name: 'Another name' }),
        change('destination', 'DELETE', `/api/destinations/${id}`),
      ],
    },
    {
      create: (number) => change('audience', 'PATCH', audience, { description: `Bench ${number}` }),
      idOf: () => audienceId,
      after: () => [change('audience', 'PATCH', audience, { description: 'As it was' })],
    },
    {
      create: () => change('definition', 'PATCH', spare, { definition: { query: "event('Nothing').count() >= 2" } }),
      idOf: () => spareAudienceId,
      after: () => [change('definition', 'PATCH', spare, { definition: { query: "event('Nothing').count() >= 1" } })],
    },
    {
      create: () => change('connection', 'PATCH', connection, { connectionSettings: { everyMinutes: 60 } }),
      idOf: () => spaceDestinationId,
      after: () => [change('connection', 'PATCH', connection, { connectionSettings: { everyMinutes: null } })],
    },
    {
      create: (number) =>
        change('space filter', 'POST', '/api/filters', {
          integrationId: spaceId,
          name: `Bench ${number}`,
          if: 'event = "Nothing"',
          enabled: true,
        }),
      idOf: ({ filter }) => filter?.['id'] ?? '',
      after: (id) => [change('space filter', 'DELETE', `/api/filters/${id}`)],
    },
    {
      create: (number) => change('token', 'POST', '/api/tokens', { name: `Bench ${number}`, scopes: ['api:read'] }),
      idOf: ({ token }) => token?.['id'] ?? '',
      after: (id) => [change('token', 'DELETE', `/api/tokens/${id}`)],
    },
    {
      create: (number) => change('group', 'POST', '/api/groups', { name: `Bench ${number}` }),
      idOf: ({ userGroup }) => userGroup?.['id'] ?? '',
      after: (id) => [change('group', 'DELETE', `/api/groups/${id}`)],
    },
  ]
}
