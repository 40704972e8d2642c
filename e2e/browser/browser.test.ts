/** A page with the snippet, in a real browser: what it sends arrives at Extole, and nobody else is asked for anything. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseConfig, type Running, serve } from '../../src/app/index.ts'
import { type Browser, CHROMIUM, startBrowser } from './chromium.ts'

const ROOT = join(import.meta.dirname, '../..')
const WITHOUT = CHROMIUM === undefined ? ' (not run: there is no Chromium on this machine)' : ''

let running: Running
let directory: string
let shop: Server
let shopUrl: string
let browser: Browser

/** As a person gets it. */
let snippet: string

beforeAll(async () => {
  if (CHROMIUM === undefined) return
  directory = mkdtempSync(join(tmpdir(), 'grapevine-browser-'))
  const environment = {
    GRAPEVINE_DATA: directory,
    GRAPEVINE_PORT: '0',
    GRAPEVINE_EXTOLE_SANDBOX_PORT: 'any',
    GRAPEVINE_LOG_LEVEL: 'warn',
  }
  running = await serve(parseConfig(environment), (_, message) => {
    throw new Error(message)
  })
  // The server answers from this process: the command must not block it.
  const command = [join(ROOT, 'src/main.ts'), 'snippet', '--data', directory]
  snippet = (await promisify(execFile)(process.execPath, command)).stdout
  shop = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(
      `<!doctype html><html><head><title>Shop</title><link rel="icon" href="data:,">${snippet}</head></html>`,
    )
  })
  await new Promise<void>((listening) => shop.listen(0, '127.0.0.1', listening))
  shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`
  browser = await startBrowser(CHROMIUM)
}, 60_000)

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await running?.[Symbol.asyncDispose]()
  shop?.close()
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
}, 60_000)

/** The data of the person with this user id at Extole, once it is there. */
async function atExtole(userId: string): Promise<Record<string, unknown>> {
  const { url, apiKey } = running.quickstart?.extole ?? { url: '', apiKey: '' }
  const get = async (path: string) =>
    (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${apiKey}` } })).json()
  for (;;) {
    const [person] = await get(`/v5/persons?person_keys=${encodeURIComponent(`partner_user_id:${userId}`)}`)
    if (person !== undefined) {
      const data: Record<string, { value: unknown }> = await get(`/v5/persons/${person.id}/data`)
      return Object.fromEntries(Object.entries(data).map(([name, { value }]) => [name, value]))
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** The events in the log, in order, once there are as many. */
async function inTheLog(count: number): Promise<Record<string, unknown>[]> {
  const token = running.quickstart?.publicApiToken ?? ''
  const response = await fetch(`${running.url}/api/live?after=0&outcome=accepted`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const events: Record<string, unknown>[] = []
  let rest = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('data: ')) events.push(JSON.parse(line.slice(6)).record)
    if (events.length >= count) break
  }
  return events
}

test.skipIf(CHROMIUM === undefined)(
  `a page with the snippet sends to Grapevine, which delivers to Extole, and asks nobody else for anything${WITHOUT}`,
  async () => {
    const page = await browser.context.newPage()
    // The query makes the SDK load a part of itself.
    await page.goto(`${shopUrl}/?ajs_aid=from-the-link&utm_source=mail`)
    // The snippet's own page call, of somebody who is not known yet.
    expect(await inTheLog(1)).toMatchObject([{ type: 'page', anonymousId: 'from-the-link' }])
    await page.evaluate(async () => {
      const { analytics } = window as unknown as { analytics: Record<string, (...args: unknown[]) => Promise<unknown>> }
      await analytics['identify']?.('browser-user', { email: 'ada@example.com', firstName: 'Ada', age: 36 })
      await analytics['track']?.('registration', { plan: 'gold' })
      await analytics['page']?.('Pricing', 'Plans')
      await analytics['group']?.('acme', { employees: 3 })
    })
    expect(await atExtole('browser-user')).toMatchObject({ first_name: 'Ada', age: 36, email: 'ada@example.com' })
    const events = await inTheLog(5)
    expect(events.map(({ type, event, name, userId }) => `${type} ${event ?? name} ${userId}`)).toEqual([
      'page undefined undefined',
      'identify undefined browser-user',
      'track registration browser-user',
      'page Plans browser-user',
      'group undefined browser-user',
    ])
    expect(events[4]).toMatchObject({
      anonymousId: 'from-the-link',
      context: { campaign: { source: 'mail' }, page: { title: 'Shop' } },
    })
    await page.close()
    const asked = new Set(browser.requests.map(({ method, url }) => `${method} ${new URL(url).origin}`))
    expect([...asked].sort()).toEqual([`GET ${shopUrl}`, `GET ${running.url}`, `POST ${running.url}`].sort())
    const parts = browser.requests.filter(({ url }) => url.includes('/analytics-next/bundles/'))
    expect(parts.length).toBeGreaterThan(0)
    expect(browser.errors).toEqual([])
  },
  60_000,
)
