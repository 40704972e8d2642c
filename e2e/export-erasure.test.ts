/**
 * Exports and previews while people are erased: who is gone is in none that begins afterwards, and nobody else is missing
 * from any.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callSpace, startServer, type TestServer } from './server.fixture.ts'

const PEOPLE = 120
const ERASED = 12
const PAGE = 30

let server: TestServer

beforeAll(async () => {
  server = await startServer()
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

interface Page {
  readonly members: readonly { readonly externalIds: readonly { readonly type: string; readonly id: string }[] }[]
  readonly pagination: { readonly next?: string }
}

/** All pages of the members, as `grapevine audience export` reads them. */
async function exported(key: string): Promise<{ readonly startedMs: number; readonly users: readonly string[] }> {
  const startedMs = performance.now()
  const users: string[] = []
  let cursor = ''
  do {
    const query = `?pagination.count=${PAGE}${cursor === '' ? '' : `&pagination.cursor=${cursor}`}`
    const { status, data } = await callSpace(server, 'GET', `/audiences/${key}/members${query}`)
    expect(status).toBe(200)
    const { members, pagination } = data as unknown as Page
    users.push(
      ...members.flatMap(({ externalIds }) => externalIds.filter(({ type }) => type === 'user_id').map(({ id }) => id)),
    )
    cursor = pagination.next ?? ''
  } while (cursor !== '')
  return { startedMs, users }
}

async function asks<T>(method: string, path: string): Promise<T> {
  const headers = { authorization: `Bearer ${server.quickstart.publicApiToken}` }
  const response = await fetch(`${server.running.url}/api${path}`, { method, headers })
  expect(response.status).toBeLessThan(300)
  return ((await response.json()) as { data: T }).data
}

async function send(batch: readonly object[]): Promise<void> {
  const response = await fetch(`${server.running.url}/v1/batch`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${server.quickstart.sources[0]?.writeKey}:`)}` },
    body: JSON.stringify({ batch }),
  })
  expect(response.status).toBe(200)
}

/** Until it is finished. */
async function eraseUser(user: string): Promise<void> {
  const { spaceId } = server.quickstart
  const { regulateId } = await asks<{ regulateId: string }>('DELETE', `/spaces/${spaceId}/profiles/user_id:${user}`)
  const status = async () =>
    (await asks<{ regulation: { overallStatus: string } }>('GET', `/regulations/${regulateId}`)).regulation
      .overallStatus
  await expect.poll(status, { timeout: 20_000, interval: 20 }).toBe('FINISHED')
}

test('an export has nobody whose erasure was finished when it began, and everybody else once', async () => {
  const made = await callSpace(server, 'POST', '/audiences', {
    name: 'Pro',
    key: 'pro',
    definition: { query: "trait('plan') = 'pro'" },
    destinationConnections: [],
  })
  expect(made.status).toBe(200)
  const { id } = (made.data as unknown as { audience: { id: string } }).audience
  await send(Array.from({ length: PEOPLE }, (_, n) => ({ type: 'identify', userId: `u${n}`, traits: { plan: 'pro' } })))
  await expect.poll(async () => (await exported(id)).users.length, { timeout: 20_000 }).toBe(PEOPLE)

  const goneMs = new Map<string, number>()
  const asked = new Set<string>()
  const erase = async () => {
    for (let n = 0; n < ERASED; n += 1) {
      const user = `u${n * Math.floor(PEOPLE / ERASED)}`
      asked.add(user)
      await eraseUser(user)
      goneMs.set(user, performance.now())
    }
  }
  const exports: Awaited<ReturnType<typeof exported>>[] = []
  let isOver = false
  const erasing = erase().finally(() => {
    isOver = true
  })
  while (!isOver) exports.push(await exported(id))
  await erasing

  const others = Array.from({ length: PEOPLE }, (_, n) => `u${n}`).filter((user) => !asked.has(user))
  for (const { startedMs, users } of exports) {
    expect(users.filter((user) => startedMs > (goneMs.get(user) ?? Number.POSITIVE_INFINITY))).toEqual([])
    expect(users.filter((user) => !asked.has(user)).sort()).toEqual([...others].sort())
  }
  // Some began before and some after, or nothing was shown.
  expect(new Set(exports.map(({ users }) => users.length)).size).toBeGreaterThan(3)
  expect([...(await exported(id)).users].sort()).toEqual([...others].sort())
}, 120_000)

test('a preview shows nobody who was erased, made before or after, and an id that comes back is not who it was', async () => {
  const person = (name: string) => ({
    type: 'identify',
    userId: name,
    anonymousId: `phone-of-${name}`,
    traits: { plan: 'old', email: `${name}@example.com` },
  })
  const idsOf = (name: string) => [name, `phone-of-${name}`, `${name}@example.com`].sort()
  const query = "trait('plan') = 'old'"
  await send([person('stays'), person('goes')])
  // What was said under another name alone is of the same person, too.
  await send([{ type: 'track', anonymousId: 'phone-of-goes', event: 'Seen', context: { traits: { plan: 'old' } } }])
  await expect
    .poll(async () => (await preview(query)).shown, { timeout: 20_000 })
    .toEqual([...[idsOf('stays'), idsOf('goes')].flat()])
  const before = await preview(query)
  expect(before).toMatchObject({ size: 2, results: 2 })
  await eraseUser('goes')
  const kept = await preview(query, before.id)
  expect(kept).toMatchObject({ shown: idsOf('stays'), results: 1 })
  expect((await preview(query)).shown).toEqual(idsOf('stays'))

  await send([person('goes')])
  await expect.poll(async () => (await preview(query)).shown.length, { timeout: 20_000 }).toBe(6)
  expect((await preview(query, before.id)).shown).toEqual(idsOf('stays'))
}, 60_000)

/** @param id of one that was made before; without it one is made */
async function preview(query: string, id?: string) {
  const { status, data } = await (id === undefined
    ? callSpace(server, 'POST', '/audiences/previews', { definition: { query } })
    : callSpace(server, 'GET', `/audiences/previews/${id}`))
  expect(status).toBe(200)
  const found = data['audiencePreview'] as unknown as {
    readonly id: string
    readonly size: { readonly count: number }
    readonly results: readonly object[]
    readonly sample: readonly { readonly externalIds: readonly { readonly id: string }[] }[]
  }
  const shown = found.sample.flatMap(({ externalIds }) => externalIds.map((each) => each.id).sort())
  return { id: found.id, size: found.size.count, results: found.results.length, shown }
}
