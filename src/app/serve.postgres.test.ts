import { describe, expect, onTestFinished, test } from 'vitest'
import { POSTGRES, postgresMissing, useTestPostgres } from '../state/postgres/test-server.ts'
import {
  aDataDirectory,
  api,
  environment,
  eventsAt,
  personAt,
  quickstartOf,
  SERVE_TEST_MS,
  send,
  settledStatus,
  started,
} from './serve.fixture.ts'

describe.skipIf(postgresMissing)(`embedded log, state on ${POSTGRES}`, () => {
  const postgres = useTestPostgres()
  const aDatabase = async () => {
    const database = await postgres.newDatabase()
    onTestFinished(() => database.drop())
    return database.url
  }
  const settings = (directory: string, url: string) => ({
    ...environment(directory),
    GRAPEVINE_STATE_URL: url,
    GRAPEVINE_UNSAFE_ASYNC_STANDBY: 'true',
  })

  test(
    'no backup is made, by itself neither: the answer says what to do instead',
    async () => {
      const running = await started({
        ...settings(aDataDirectory(), await aDatabase()),
        GRAPEVINE_BACKUP_EVERY: '1h',
      })
      const headers = { authorization: `Bearer ${quickstartOf(running).publicApiToken}` }
      const refused = await fetch(`${running.url}/api/backups`, { method: 'POST', headers })
      expect(refused.status).toBe(409)
      expect(await refused.text()).toContain('run pg_dump')
      const unavailable = expect.stringContaining('docs/operations.md')
      expect(await api(running, '/api/backups')).toMatchObject({
        data: { unavailable, failure: null, job: null, backups: [] },
      })
      expect(await api(running, '/api/alerts')).toMatchObject({ data: { alerts: [] } })
    },
    SERVE_TEST_MS,
  )

  test(
    'events arrive, and after a restart nothing is delivered twice',
    async () => {
      const everything = settings(aDataDirectory(), await aDatabase())
      const events = Array.from({ length: 20 }, (_, index) => ({
        userId: `u${index % 4}`,
        messageId: `m${index}`,
        event: 'registration',
        properties: { email: `u${index % 4}@example.com` },
      }))
      const first = await started(everything)
      for (const event of events) expect(await send(first, 'track', event)).toBe(200)
      expect(await eventsAt(first, events.length)).toHaveLength(events.length)
      expect(await personAt(first, 'u3')).toMatchObject({ email: 'u3@example.com' })
      const before = await settledStatus(first)
      expect(before).toMatchObject({ delivered: events.length, dead: 0 })
      const ledger = await api(first, '/api/ledger')
      await first[Symbol.asyncDispose]()

      const second = await started(everything)
      expect(quickstartOf(second).sources).toEqual(quickstartOf(first).sources)
      expect(await settledStatus(second)).toEqual(before)
      expect(await api(second, '/api/ledger')).toEqual(ledger)
      for (const event of events) expect(await send(second, 'track', event)).toBe(200)
      expect(await send(second, 'track', { userId: 'u0', messageId: 'new', event: 'registration' })).toBe(200)
      const requests = await eventsAt(second, 1)
      const after = await settledStatus(second)
      expect(after).toMatchObject({ delivered: events.length + 1, dead: 0 })
      expect(requests).toHaveLength(1)
      expect(await eventsAt(second, 1)).toHaveLength(1)
    },
    SERVE_TEST_MS,
  )

  test(
    'a database without a synchronous standby is refused with 25, unless that is accepted and shown',
    async () => {
      const url = await aDatabase()
      const refused = { ...settings(aDataDirectory(), url), GRAPEVINE_UNSAFE_ASYNC_STANDBY: 'false' }
      await expect(started(refused)).rejects.toMatchObject({ exitCode: 25 })
      const running = await started(settings(aDataDirectory(), url))
      const health = await (await fetch(`${running.url}/health/ready`)).json()
      expect(health).toMatchObject({ status: 'ready', warnings: expect.arrayContaining(['async_standby']) })
    },
    SERVE_TEST_MS,
  )
})
