import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readQuickstart } from '../../src/app/quickstart-file.ts'
import { openState } from '../../src/app/state.ts'
import { SqliteLog } from '../../src/log/index.ts'
import { systemClock } from '../../src/ports/index.ts'
import { Person } from '../../src/unify/index.ts'
import { startServer } from '../server.fixture.ts'
import { loadHistory } from './load.ts'
import { scaleRun } from './run.ts'
import { historyOf, orders } from './shop.ts'

const PEOPLE = 60
const EVENTS = 600
const history = () => [...historyOf({ people: PEOPLE, events: EVENTS, endMs: Date.now() - 60_000 })]
const onFatal = (problem: unknown) => {
  throw new Error(String(problem))
}

test('a history has each person once as new, all of their events, and orders of three in four', () => {
  const all = history()
  expect(all).toHaveLength(EVENTS)
  expect(new Set(all.map(({ messageId }) => messageId)).size).toBe(EVENTS)
  const byPerson = Map.groupBy(all, ({ userId }) => userId)
  expect(byPerson.size).toBe(PEOPLE)
  for (const [userId, events] of byPerson) {
    expect(events.map(({ type }) => type)).toEqual(['identify', ...Array(EVENTS / PEOPLE - 1).fill('track')])
    const ordered = events.filter(({ event }) => event === 'Order Completed').length
    expect(ordered).toBe(orders(Number(userId?.slice('user-'.length))) ? 1 : 0)
  }
})

/** Fields of records, and the people with their ids and traits, of a server that does not run. */
async function contentOf(directory: string) {
  await using log = await SqliteLog.open({ directory: join(directory, 'log'), clock: systemClock, onFatal })
  const records = log.reader.read(0, 1_000).filter(({ kind }) => kind === 'event')
  const { db, pipeline } = await openState({
    directory,
    url: undefined,
    asyncStandbyAllowed: false,
    readOnly: true,
    onConnectionError: onFatal,
  })
  const space = readQuickstart(directory)?.spaceId
  const stored = await pipeline.people.profilesAfter({ space: 1, after: 0, limit: 1_000 })
  const people = stored.map(({ id, document }) => {
    const { identity, traits } = Person.decode(id, document)
    return {
      ids: identity.ids.map(({ type, value }) => `${type}:${value}`),
      traits: Object.fromEntries([...traits].map(([name, { value }]) => [name, value])),
    }
  })
  await db.close()
  return {
    space: typeof space,
    fields: records.map(({ body }) => Object.keys(JSON.parse(body)).toSorted()),
    people: people.toSorted((a, b) => (a.ids.join() < b.ids.join() ? -1 : 1)),
  }
}

test('what the loader leaves is what a server makes of the same events', async () => {
  const batch = history()
  const sent = mkdtempSync(join(tmpdir(), 'grapevine-scale-'))
  const loaded = mkdtempSync(join(tmpdir(), 'grapevine-scale-'))
  onTestFinished(() => {
    for (const directory of [sent, loaded]) rmSync(directory, { recursive: true })
  })
  for (const directory of [sent, loaded]) {
    await using server = await startServer({ GRAPEVINE_DATA: directory })
    if (directory === loaded) continue
    const { url } = server.running
    const writeKey = server.quickstart.sources[0]?.writeKey
    const body = JSON.stringify({ writeKey, batch: batch.map(({ receivedAt: _, ...event }) => event) })
    const response = await fetch(`${url}/v1/batch`, { method: 'POST', body })
    expect(response.status).toBe(200)
    const headers = { authorization: `Bearer ${server.quickstart.publicApiToken}` }
    const behind = async () => {
      const { data } = (await (await fetch(`${url}/api/status`, { headers })).json()) as { data: { log: object } }
      return data.log
    }
    await expect.poll(behind, { timeout: 20_000 }).toMatchObject({ behind: 0, end: expect.any(Number) })
  }
  const source = readQuickstart(loaded)?.sources[0]?.id ?? ''
  await loadHistory({ directory: loaded, sourceId: source, events: batch, total: EVENTS, onProgress: () => {} })
  const [one, other] = [await contentOf(sent), await contentOf(loaded)]
  expect(other.people).toHaveLength(PEOPLE)
  expect(other).toEqual(one)
}, 60_000)

test('a new audience reads a history and tells everybody, beside live events', async () => {
  const report = await scaleRun({ people: 400, events: 4_000, onProgress: () => {} })
  expect(report.violations).toEqual([])
  expect(report.members).toBe(300 + report.liveEvents)
}, 90_000)
