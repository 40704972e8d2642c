/** Segment's destinations are installed while the server runs, as a person who reads the catalog's notice does it. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isCatalogMissing, notRunWithout, SEGMENT_CATALOG } from '../destinations/segment-catalog/installed.fixture.ts'
import { aDataDirectory, environment, eventually, quickstartOf, SERVE_TEST_MS, send, started } from './serve.fixture.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))

async function aRecorder() {
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    bodies.push(await text(request))
    response.end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { bodies, host: `localhost:${port}` }
}

describe.skipIf(isCatalogMissing)(`an installation while the server runs${notRunWithout}`, () => {
  test(
    'a destination of Segment is added and delivers without a restart',
    async () => {
      const directory = aDataDirectory()
      const { bodies, host } = await aRecorder()
      const running = await started({ ...environment(directory), GRAPEVINE_EGRESS_ALLOW: host })
      const { publicApiToken, sources } = quickstartOf(running)
      const call = async (method: string, path: string, body?: object) => {
        const answer = await fetch(`${running.url}/api${path}`, {
          method,
          headers: { authorization: `Bearer ${publicApiToken}`, 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        return (await answer.json()) as { data: Record<string, Record<string, unknown>>; notices?: string[] }
      }
      const before = await call('GET', '/catalog/destinations')
      expect(before.notices?.join()).toContain('Run `grapevine catalog install`.')
      const create = { sourceId: sources[0]?.id, metadataId: 'actions-webhook', settings: {} }
      expect(await call('POST', '/destinations', create)).not.toHaveProperty('data')

      // Installed before, by npm: what the command has to do here is to tell the server.
      symlinkSync(SEGMENT_CATALOG, join(directory, 'segment-catalog'))
      const { stdout } = await promisify(execFile)(process.execPath, [MAIN, 'catalog', 'install', '--data', directory])
      expect(stdout).toContain(`The server at ${running.url} has read its catalog again.`)

      const after = await call('GET', '/catalog/destinations')
      expect(after).toMatchObject({ notices: [], data: { pagination: { totalEntries: expect.any(Number) } } })
      const { destination } = (await call('POST', '/destinations', create)).data
      await call('POST', `/destinations/${destination?.['id']}/subscriptions`, {
        name: 'Sold',
        actionId: 'send',
        trigger: 'type = "track" and event = "Sold"',
        enabled: true,
        settings: { url: `http://${host}/`, method: 'POST', data: { '@path': '$.' } },
      })
      expect(await send(running, 'track', { userId: 'u1', messageId: 'm1', event: 'Sold' })).toBe(200)
      const [body = ''] = await eventually(
        async () => (bodies.length > 0 ? bodies : undefined),
        'a request of the webhook',
      )
      expect(JSON.parse(body)).toMatchObject({ messageId: 'm1', event: 'Sold', userId: 'u1' })
    },
    SERVE_TEST_MS,
  )
})
