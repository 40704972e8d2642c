import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  aDataDirectory,
  api,
  environment,
  eventually,
  quickstartOf,
  SERVE_TEST_MS,
  send,
  started,
} from './serve.fixture.ts'

/** The example of docs/destinations.md, as it stands there. */
function exampleOfDocs(): string {
  const page = readFileSync(new URL('../../docs/destinations.md', import.meta.url), 'utf8')
  const [, code] = /^```ts\n(.*?)^```$/ms.exec(page) ?? []
  if (code === undefined) throw new Error('docs/destinations.md has no example')
  return code
}

interface Seen {
  readonly method: string | undefined
  readonly authorization: string | undefined
  readonly body: unknown
}

test(
  'the example of the documentation delivers, and a broken file beside it is told and harms nobody',
  async () => {
    const seen: Seen[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        const { method, headers } = request
        seen.push({ method, authorization: headers.authorization, body: JSON.parse(body) })
        response.end()
      })
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo

    const folder = aDataDirectory()
    writeFileSync(join(folder, 'crm.ts'), exampleOfDocs())
    writeFileSync(join(folder, 'broken.ts'), 'export default { name: "Broken", mode: "cloud", actions: { a: {} } }')
    writeFileSync(join(folder, 'webhook.mjs'), 'export default {}')
    const running = await started({
      ...environment(aDataDirectory()),
      GRAPEVINE_DESTINATIONS: folder,
      GRAPEVINE_EGRESS_ALLOW: `127.0.0.1:${port}`,
      GRAPEVINE_LOG_LEVEL: 'error',
    })

    const { data, notices } = (await api(running, '/api/catalog/destinations?pagination.count=200')) as {
      data: { destinationsCatalog: { slug: string; origin: string }[] }
      notices: string[]
    }
    const own = data.destinationsCatalog.filter(({ origin }) => origin === 'own')
    expect(own.map(({ slug }) => slug)).toEqual(['crm'])
    expect(notices).toContainEqual(
      expect.stringMatching(/broken\.ts is not used: .*actions\.a\.title.*Correct the file/),
    )
    expect(notices).toContainEqual(expect.stringMatching(/webhook\.mjs is not used: .*already.*another name/))

    const { sources, publicApiToken } = quickstartOf(running)
    const created = await fetch(`${running.url}/api/destinations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${publicApiToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        sourceId: sources[0]?.id,
        metadataId: 'crm',
        settings: { url: `http://127.0.0.1:${port}/orders`, token: 'a-token-of-the-crm' },
      }),
    })
    expect([created.status, await created.text()]).toEqual([200, expect.not.stringContaining('a-token-of-the-crm')])

    await send(running, 'track', { userId: 'u1', event: 'Page Seen', properties: { total: 1 } })
    await send(running, 'track', { userId: 'u1', event: 'Order Completed', properties: { total: 12.5 } })
    await eventually(async () => (seen.length > 0 ? seen : undefined), 'the order')
    expect(seen).toEqual([
      { method: 'POST', authorization: 'Bearer a-token-of-the-crm', body: { who: 'u1', total: 12.5 } },
    ])
  },
  SERVE_TEST_MS,
)
