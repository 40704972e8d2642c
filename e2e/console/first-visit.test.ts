/** Journey 1: from the printed link to the first event of a page of one's own. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  expectAccessible,
  expectNoSideways,
  joinAsOwner,
  SIZES,
  startConsole,
  type TestConsole,
  WITHOUT_BROWSER,
} from './console.fixture.ts'

const SHOWN_WITHIN_MS = 1_000

let at: TestConsole

beforeAll(async () => {
  if (WITHOUT_BROWSER === '') at = await startConsole()
}, 60_000)

afterAll(async () => {
  await at?.[Symbol.asyncDispose]()
}, 60_000)

/** A page of somebody's own, with what they copied in its head. */
async function servePage(head: string): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(`<!doctype html><html><head><title>Shop</title><link rel="icon" href="data:,">${head}</head></html>`)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

test.skipIf(WITHOUT_BROWSER !== '')(
  `the link that the start prints leads to an account and the overview${WITHOUT_BROWSER}`,
  async () => {
    const { page } = at
    await joinAsOwner(at)
    await page.getByText('It adds up').waitFor()
    const first = page.getByRole('region', { name: 'Send the first event' })
    await first.getByRole('link', { name: 'Open the debugger' }).waitFor()
    await first.getByRole('link', { name: 'Add Destination' }).waitFor()
    for (const size of SIZES) {
      await page.setViewportSize(size)
      await expectAccessible(page)
      await expectNoSideways(page)
      await at.picture(`overview-${size.width}`)
    }
    await page.setViewportSize(SIZES[0])
    expect(at.browser.errors).toEqual([])
  },
)

test.skipIf(WITHOUT_BROWSER !== '')(
  `the snippet that was copied from the console, pasted into a page, shows in the debugger within a second${WITHOUT_BROWSER}`,
  async () => {
    const { page, browser, server } = at
    await browser.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.running.url })
    await page.getByRole('link', { name: 'Set up JavaScript' }).click()
    await page.getByRole('button', { name: 'Copy snippet' }).click()
    await page.getByRole('button', { name: 'snippet copied' }).waitFor()
    const snippet = String(await page.evaluate('navigator.clipboard.readText()'))
    expect(snippet).toContain(server.running.url)
    await page.getByRole('link', { name: 'Debugger', exact: true }).click()
    await page.getByText('Live', { exact: true }).waitFor()

    await using shop = await servePage(snippet)
    const visit = await browser.context.newPage()
    await visit.goto(shop.url)
    await page.getByRole('option', { name: 'page' }).first().waitFor()
    const track = (event: string) =>
      visit.evaluate((name) => {
        const { analytics } = window as unknown as { analytics: { track(name: string, properties: object): void } }
        analytics.track(name, { total: 42 })
      }, event)
    // The SDK is loaded: from here on it is the way of one event, from the call in the page to the screen.
    const startMs = Date.now()
    await track('Order Completed')
    await page.getByRole('option', { name: 'Order Completed' }).waitFor()
    const tookMs = Date.now() - startMs
    console.log(`an event of the page was in the debugger after ${tookMs} ms`)
    expect(tookMs).toBeLessThan(SHOWN_WITHIN_MS)

    const event = page.getByRole('region', { name: 'Event' })
    // The very first event goes nowhere, and the reason is a sentence.
    await page.getByRole('option', { name: 'page' }).first().click()
    await event.getByText('The destination takes no calls of this type.').waitFor()
    await page.getByRole('option', { name: 'Order Completed' }).click()
    await event.getByText('delivered').first().waitFor()
    await event.getByText('Shop').waitFor()
    for (const size of SIZES) {
      await page.setViewportSize(size)
      await expectAccessible(page)
      await expectNoSideways(page)
      await at.picture(`debugger-${size.width}`)
    }
    await page.setViewportSize(SIZES[0])
    await page.getByRole('link', { name: 'Overview' }).click()
    const accepted = page.getByRole('region', { name: 'Nothing is lost' }).locator('[data-term=accepted]').first()
    await accepted.filter({ hasText: /^2/ }).waitFor()
    // Whoever has sent one is not told how to send the first.
    expect(await page.getByText('Send the first event').count()).toBe(0)
    await track('Order Refunded')
    await accepted.filter({ hasText: /^3/ }).waitFor()
    await visit.close()
    expect(at.browser.errors).toEqual([])
  },
  40_000,
)
