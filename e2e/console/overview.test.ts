/** The overview: counters that move, charts over time as pictures and as figures, and a range that a colleague sees too. */
import { expect } from 'vitest'
import { expectAccessible, expectNoSideways, SIZES, type TestConsole } from './console.fixture.ts'
import { journeys } from './journey.fixture.ts'

const TIMEOUT_MS = 20_000
const FRAME_MOVES_MS = 300

let at: TestConsole

const journey = journeys(async (started) => {
  at = started
})

let sent = 0
async function send(count: number): Promise<void> {
  const { running, quickstart } = at.server
  const batch = Array.from({ length: count }, () => {
    sent += 1
    return { type: 'track', userId: `u${sent}`, event: 'conversion', properties: { email: `u${sent}@example.com` } }
  })
  const answer = await fetch(`${running.url}/v1/batch`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${quickstart.sources[0]?.writeKey}:`)}` },
    body: JSON.stringify({ batch }),
  })
  expect(answer.status).toBe(200)
}

/** The charts; icons and legends are drawn with pictures, too. */
const CHART = { name: /^(Throughput|Latency|Failures): / }

const received = () => at.page.locator('[data-term="received"] p').first().textContent()

journey('counters move by themselves, and charts show every range', async () => {
  const { page } = at
  await send(20)
  await expect.poll(received, { timeout: TIMEOUT_MS }).toBe('20')
  await send(5)
  await expect.poll(received, { timeout: TIMEOUT_MS }).toBe('25')
  await page.getByRole('button', { name: 'By source and destination' }).click()
  expect(new URL(page.url()).searchParams.get('sums')).toBe('each')
  await page.getByRole('cell', { name: 'Extole Platform, from Node' }).first().waitFor()
  await page.getByText('25 delivered + 0 dead + 0 erased + 0 cancelled + 0 pending').waitFor()

  const charts = page.getByRole('region', { name: 'Over time' })
  // While figures of another time are on their way, those there are do not stand under its name.
  const held = Promise.withResolvers<void>()
  await page.route('**/api/events/volume*', async (route) => {
    await held.promise
    await route.continue()
  })
  await charts.getByText('24 h', { exact: true }).click()
  await page.waitForURL(/range=24h/)
  await page.waitForTimeout(FRAME_MOVES_MS)
  expect(await charts.getByText(/ in 24 h/).count()).toBe(0)
  held.resolve()
  await charts.getByText(/ received, .* in 24 h/).waitFor()
  await page.unroute('**/api/events/volume*')
  // Nothing is drawn that an alert would push down.
  const known = Promise.withResolvers<void>()
  await page.route('**/api/alerts', async (route) => {
    await known.promise
    await route.continue()
  })
  await page.reload()
  await page.getByText('Loading alerts').waitFor({ state: 'attached' })
  expect(await page.locator('[data-term="received"]').count()).toBe(0)
  known.resolve()
  await charts.getByText(/ received, .* in 24 h/).waitFor()
  await page.unroute('**/api/alerts')
  const pictures = charts.getByRole('img', CHART)
  for (const [range, label] of [
    ['10m', '10 min'],
    ['24h', '24 h'],
    ['7d', '7 d'],
    ['30d', '30 d'],
    ['1h', '1 h'],
  ]) {
    await charts.getByText(label ?? '', { exact: true }).click()
    await charts.getByText(`25 events received, 25 deliveries made in ${label}.`).waitFor({ timeout: TIMEOUT_MS })
    await expect.poll(() => pictures.count()).toBe(3)
    // What is the default is not in the address.
    expect(new URL(page.url()).searchParams.get('range')).toBe(range === '1h' ? null : range)
  }
  expect(await pictures.nth(1).getAttribute('aria-label')).toMatch(/^Latency: Half within \d.* of their arrival/)
  expect(await pictures.nth(2).getAttribute('aria-label')).toBe('Failures: No dead letters in 1 h.')
  await page.locator('svg .recharts-area-curve').first().waitFor()
  for (const size of SIZES) {
    await page.setViewportSize(size)
    await expectAccessible(page)
    await expectNoSideways(page)
    await charts.scrollIntoViewIfNeeded()
    await at.picture(`charts-${size.width}`)
  }
  await page.setViewportSize(SIZES[0])
  expect(at.browser.errors).toEqual([])
})

journey('an address shows a colleague the same: range, destination, and figures in place of charts', async () => {
  const { page, server } = at
  await at.go(`/?range=10m&view=table&destination=${server.quickstart.destinationId}`)
  const charts = page.getByRole('region', { name: 'Over time' })
  await charts.getByRole('table').waitFor()
  await expect.poll(() => charts.getByRole('row').count()).toBe(11)
  expect(await charts.getByRole('img', CHART).count()).toBe(0)
  const cells = await charts.locator('tbody tr td:nth-of-type(1)').allTextContents()
  expect(cells.reduce((sum, each) => sum + Number(each), 0)).toBe(25)
  await expect.poll(() => charts.getByLabel('Destination shown').inputValue()).toBe(server.quickstart.destinationId)
  await expectAccessible(page)
  await at.picture('charts-table-1280')
  await charts.getByText('Charts', { exact: true }).click()
  await charts.getByRole('img', CHART).first().waitFor()
  expect(new URL(page.url()).searchParams.get('view')).toBe(null)
  // What is no range and no destination is not shown as an error.
  await at.go('/?range=3y&destination=nobody')
  await charts.getByText('25 events received, 25 deliveries made in 1 h.').waitFor({ timeout: TIMEOUT_MS })
  expect(at.browser.errors).toEqual([])
})
