/** A workspace in which everything that somebody can name carries one of the hostile texts, and what is in it by id. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BrowserSession } from '../browser-session.fixture.ts'
import { OWNER, startConsole, type TestConsole } from './console.fixture.ts'
import { NAMES, PAYLOADS } from './payloads.fixture.ts'

/** Answers every delivery with a refusal that carries the hostile text of the event. */
async function startRefuser() {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      const text = PAYLOADS.find((each) => body.includes(JSON.stringify(each).slice(1, -1))) ?? PAYLOADS[0]
      response.writeHead(400, { 'content-type': 'text/html' }).end(text)
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return { port: (server.address() as AddressInfo).port, stop: () => server.close() }
}

/** One hostile text in every field that an event has. */
export const hostileEvent = (text: string, place: number) => ({
  type: 'track',
  event: text,
  messageId: `hostile-${place}-${text}`,
  userId: text,
  anonymousId: text,
  properties: { [text]: text, list: [text, { [text]: text }], name: text, url: text },
  context: {
    userAgent: text,
    ip: text,
    locale: text,
    page: { url: text, title: text, referrer: text, path: text },
    campaign: { name: text },
    library: { name: text, version: text },
    traits: { email: text, name: text, website: text, avatar: text, [text]: text },
  },
  integrations: { [text]: true },
})

export interface HostileConsole extends TestConsole {
  /** By the beginning of a path as the router writes it, what stands in place of the parameter behind it. */
  readonly ids: Readonly<Record<string, string>>
  /** Sends events to its source. */
  send(...batch: readonly object[]): Promise<void>
  /** Sends all hostile texts once more, in new events. */
  sendAll(): Promise<void>
}

export async function startHostileConsole(): Promise<HostileConsole> {
  const refuser = await startRefuser()
  const at = await startConsole({ GRAPEVINE_EGRESS_ALLOW: `127.0.0.1:${refuser.port}` })
  const { url, setUpSecret } = at.server.running
  const owner = new BrowserSession(url)
  const call = async (method: string, path: string, body?: unknown) => {
    const { status, json } = await owner.call(method, `/api${path}`, body, { 'if-match': '*' })
    if (status >= 300) throw new Error(`${method} ${path} ${JSON.stringify(body)}: ${status} ${JSON.stringify(json)}`)
    return json.data
  }
  const text = (place: number) => NAMES[place % NAMES.length] ?? ''
  /** Those that fit into a condition without being written otherwise, and into a short title. */
  const short = NAMES.filter((each) => each.length <= 64 && !/["'\\\\]/.test(each))
  const shortText = (place: number) => short[place % short.length] ?? ''
  const { user } = await call('POST', '/join', { ...OWNER, token: setUpSecret, name: text(0) })

  const { source } = await call('POST', '/sources', { slug: 'hostile', name: text(1), metadataId: 'http' })
  await Promise.all(
    NAMES.filter((_, place) => place % 4 === 0).map((name, place) =>
      call('POST', '/sources', { slug: `hostile-${place}`, name, metadataId: 'http' }),
    ),
  )
  await Promise.all(NAMES.map((name) => call('POST', '/tokens', { name, scopes: ['api:read'] })))
  const groups = await Promise.all(
    NAMES.filter((_, place) => place % 4 === 0).map((name) => call('POST', '/groups', { name })),
  )
  await Promise.all(
    NAMES.slice(0, 20).map((value, place) =>
      call('POST', '/labels', { label: { key: `hostile${place}`, value: `v${place}`, description: value } }),
    ),
  )
  await call('POST', '/invites', { invites: [{ email: '"<img src=x onerror=window.pwned=1>"@xss.invalid' }] }).catch(
    () => call('POST', '/invites', { invites: [{ email: 'window.pwned=1@xss.invalid' }] }),
  )

  const settings = { url: `http://127.0.0.1:${refuser.port}/`, signingSecret: 'a-secret-of-the-test-that-is-long' }
  const made = { sourceId: source.id, metadataId: 'webhook', name: text(25), settings, enabled: true }
  const { destination } = await call('POST', '/destinations', made)
  const filters = []
  for (let place = 0; place < 8; place += 1) {
    const filter = { title: shortText(place), description: text(60 + place), enabled: false, sourceId: source.id }
    filters.push(
      await call('POST', `/destination/${destination.id}/filters`, {
        ...filter,
        if: `event = ${JSON.stringify(shortText(8 + place))}`,
        actions: [{ type: 'DROP' }],
      }),
    )
  }
  const mappings = []
  for (let place = 0; place < 20; place += 1)
    mappings.push(
      await call('POST', `/destinations/${destination.id}/subscriptions`, {
        name: text(34 + place),
        actionId: 'send',
        trigger: `event = ${JSON.stringify(shortText(16 + place))}`,
        enabled: false,
      }),
    )

  const { spaces } = await call('GET', '/spaces')
  const space = spaces[0].id
  await call('PATCH', `/spaces/${space}`, { sourceIds: [...spaces[0].sourceIds, source.id] })
  const audiences = []
  for (const place of [0, 26, 50])
    audiences.push(
      await call('POST', `/spaces/${space}/audiences`, {
        name: text(place),
        description: text(place + 1),
        definition: { query: `trait('email') = '${shortText(place)}'` },
      }),
    )
  const { computedTrait: trait } = await call('POST', `/spaces/${space}/computed-traits`, {
    name: text(27),
    description: text(63),
    definition: { query: "event('Order Completed').count()" },
  })

  const send = async (...batch: readonly object[]) => {
    for (let start = 0; start < batch.length; start += 25) {
      const response = await fetch(`${url}/v1/batch`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': '<script>window.pwned=1</script>' },
        body: JSON.stringify({ writeKey: source.writeKeys[0], batch: batch.slice(start, start + 25) }),
      })
      if (!response.ok) throw new Error(`the batch was answered ${response.status} ${await response.text()}`)
    }
  }
  let round = 0
  const sendAll = async () => {
    round += 1
    await send(...PAYLOADS.map((each, place) => hostileEvent(each, round * PAYLOADS.length + place)))
  }
  await sendAll()
  // Refused deliveries can be replayed once the first of them are dead.
  let replay: { readonly id: number | string } | undefined
  for (let tries = 0; tries < 40 && replay === undefined; tries += 1) {
    const made = await call('POST', '/replays', { destinationId: destination.id, kind: 'dead' }).catch(() => undefined)
    replay = made?.replay
    if (replay === undefined) await new Promise((resolve) => setTimeout(resolve, 250))
  }
  if (replay === undefined) throw new Error('no delivery was refused')

  const regulation = await call('POST', '/regulations', {
    regulationType: 'DELETE_ONLY',
    subjectType: 'USER_ID',
    subjectIds: [text(5)],
  }).catch(() => undefined)
  await at.browser.context.addCookies([{ name: 'grapevine', value: owner.cookie.split('=')[1] ?? '', url }])
  return {
    ...at,
    ids: {
      '/audiences/': audiences[0].audience.id,
      '/traits/': trait.id,
      '/destinations/': destination.id,
      '/destinations/$id/filters/': filters[0].filter.id,
      '/destinations/$id/mappings/': mappings[0].destinationSubscription.id,
      '/sources/': source.id,
      '/events/': `hostile-${PAYLOADS.length}-${text(0)}`,
      '/profiles/': `user_id:${text(0)}`,
      '/privacy/': regulation?.regulateId ?? 'none',
      '/replays/': String(replay.id),
      '/settings/users/': user.id,
      '/settings/groups/': groups[0].userGroup.id,
      '/help/': 'operations',
    },
    send,
    sendAll,
    [Symbol.asyncDispose]: async () => {
      await at[Symbol.asyncDispose]()
      refuser.stop()
    },
  }
}
