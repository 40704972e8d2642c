/** Journey 6: Extole is down, then refuses some, then is back; and at the end nothing is lost. */
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { expectAccessible, expectNoSideways, OWNER, SIZES, type TestConsole } from './console.fixture.ts'
import { extoleAnswers, SLIDE_MS } from './destinations.fixture.ts'
import { journeys } from './journey.fixture.ts'

/** Enough for the breaker, which looks at 20 requests. */
const WHILE_DOWN = 40
const REFUSED = 8
/** Batches of ten that come while it is down. */
const LATE = 5
const TIMEOUT_MS = 20_000

let at: TestConsole
let users = 0

const journey = journeys(async (started) => {
  at = started
})

async function send(count: number): Promise<void> {
  const { running, quickstart } = at.server
  const batch = Array.from({ length: count }, () => {
    users += 1
    return { type: 'track', userId: `u${users}`, event: 'conversion', properties: { email: `u${users}@example.com` } }
  })
  const answer = await fetch(`${running.url}/v1/batch`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${quickstart.sources[0]?.writeKey}:`)}` },
    body: JSON.stringify({ batch }),
  })
  expect(answer.status).toBe(200)
}

/** A summand of the equation on the overview. */
const term = (page: Page, name: string) => page.locator(`[data-term="${name}"]`).last().locator('p').first()

async function look(name: string): Promise<void> {
  // Every view is looked at by axe at each size elsewhere; here as it is when something is wrong.
  await expectAccessible(at.page)
  for (const size of SIZES) {
    await at.page.setViewportSize(size)
    await at.page.waitForTimeout(SLIDE_MS)
    await expectNoSideways(at.page)
    await at.picture(`${name}-${size.width}`)
  }
  await at.page.setViewportSize(SIZES[0])
}

journey('Extole fails, refuses and comes back, and each is seen for what it is', async () => {
  const { page, server } = at
  const { destinationId } = server.quickstart
  await send(5)
  await expect.poll(() => term(page, 'delivered').textContent(), { timeout: TIMEOUT_MS }).toBe('5')

  await extoleAnswers(at, { path: '/v6/', status: 503 })
  await send(WHILE_DOWN)
  await page.getByText('Not answering').first().waitFor({ timeout: TIMEOUT_MS })
  await page.getByText('breaker open').first().waitFor()
  await page.getByText(`${WHILE_DOWN} deliveries wait; none is given up meanwhile.`).waitFor()
  // Is it them, the network or the name? And how late are we?
  await page.getByText(/^Last answer: 503 from 127\.0\.0\.1:\d+, /).waitFor()
  await page.getByText(/^1 of 3 destinations gets nothing now \(not answering\), and \d+ deliveries wait\.$/).waitFor()
  await page.getByText(/The oldest waits for \d/).waitFor()
  await page
    .getByText('It shares host and key with another destination of this name, whose requests fail.')
    .first()
    .waitFor()
  await page.getByRole('img', { name: /^Failures: No dead letters in 1 h\. Tried again: 503: \d+\.$/ }).waitFor()
  await look('extole-down-overview')
  await page.locator(`a[href="/app/destinations/${destinationId}/delivery"]`).first().click()
  const now = page.getByRole('region', { name: 'Now' })
  await now.getByText('breaker open').waitFor()
  await now.getByText(/One delivery is tried (now|in \d)/).waitFor()
  // Whoever does not want to wait for the next try has it now; it is still down.
  await now.getByRole('button', { name: 'Try now' }).click()
  await page.getByText('The next try is being made.').waitFor()
  for (let second = 0; second < LATE; second += 1) {
    await send(10)
    await page.waitForTimeout(700)
  }
  await now.getByText(/The backlog grows by about \d+ deliver/).waitFor({ timeout: TIMEOUT_MS })
  await look('extole-down-delivery')

  // It is back, and takes eight of them for wrong.
  const body = { code: 'event_blocked', message: 'Blocked due to client specific rules' }
  await extoleAnswers(at, { path: '/v6/', status: 400, times: REFUSED, body })
  // Nobody has to press anything: the breaker's own try comes within seconds.
  await now.getByText(`${REFUSED} dead letters`).waitFor({ timeout: TIMEOUT_MS })
  const letters = page.getByRole('region', { name: 'Dead letters' })
  await letters.getByText(`${REFUSED} letters`).waitFor({ timeout: TIMEOUT_MS })
  await expect
    .poll(() => page.locator('[data-step="failed-delivery"]').textContent(), { timeout: TIMEOUT_MS })
    .toContain(`${REFUSED}: The destination refused it with status 400.`)
  // The one sentence that is wanted, before any click.
  await letters.getByText('Answered 400: Blocked due to client specific rules').waitFor()
  await letters.getByRole('button', { name: 'Samples of rejected_400' }).click()
  await letters
    .getByLabel(/^Answer to/)
    .first()
    .waitFor()
  expect(page.url()).toContain('reason=rejected_400')
  expect(
    await letters
      .getByLabel(/^Answer to/)
      .first()
      .textContent(),
  ).toContain('event_blocked')
  expect(
    await letters
      .getByLabel(/^Request of/)
      .first()
      .textContent(),
  ).toContain('conversion')
  await look('dead-letters')
  // From there to every step of the event, and back to the samples.
  await letters
    .getByRole('link', { name: /^track conversion$/ })
    .first()
    .click()
  await page.waitForURL(/\/events\//)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.goBack()
  // Whoever reads something else then is told, and led to what is to be done.
  await page.getByRole('link', { name: /^\d alerts?$/ }).click({ timeout: TIMEOUT_MS })
  await page.getByText('See why they were refused, mend the cause, then replay them.').waitFor()
  await look('dead-letters-alert')
  await page.getByRole('link', { name: 'See why: Extole Platform, from Node' }).click()
  await letters.getByText(`${REFUSED} letters`).waitFor()
  await expect.poll(() => page.evaluate('scrollY')).toBeGreaterThan(0)

  await letters.getByRole('link', { name: 'Replay these' }).click()
  await page.getByRole('heading', { name: /^Replay to / }).waitFor()
  expect(await page.getByRole('button', { name: 'Begin the replay' }).isDisabled()).toBe(true)
  await page.getByLabel('Deliveries a second').fill('1')
  await page.getByRole('button', { name: 'Preview' }).click()
  const preview = page.getByRole('region', { name: 'Preview' })
  await preview.getByText(`${REFUSED} dead letters would be delivered again.`).waitFor()
  await preview.getByText(`rejected_400: ${REFUSED}`).waitFor()
  expect(
    await preview
      .getByLabel(/^Request of/)
      .first()
      .textContent(),
  ).toContain('conversion')
  await look('replay-preview')

  await page.getByRole('button', { name: `Replay ${REFUSED} deliveries` }).click()
  await page.getByText(/Deliveries: [1-7] of 8/).waitFor({ timeout: TIMEOUT_MS })
  await page.getByText(/about \d+ s more/).waitFor()
  await at.picture('replay-progress-1280')
  await page.getByRole('button', { name: 'Cancel the replay' }).click()
  await page.getByText(/those that were not tried are dead letters again/).waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the replay' }).click()
  await page.getByText('Cancelled', { exact: true }).waitFor({ timeout: TIMEOUT_MS })

  await page.getByRole('link', { name: /^Delivery of / }).click()
  await page.getByRole('link', { name: /^Replay \d dead letter/ }).click()
  await page.getByRole('button', { name: 'Preview' }).click()
  await page.getByRole('button', { name: /^Replay \d deliver/ }).click()
  await page.getByText('Finished', { exact: true }).waitFor({ timeout: TIMEOUT_MS })
  await look('replay-result')

  await page.getByRole('link', { name: 'Overview' }).click()
  const all = String(5 + WHILE_DOWN + LATE * 10)
  await expect.poll(() => term(page, 'delivered').textContent(), { timeout: TIMEOUT_MS }).toBe(all)
  expect(await term(page, 'dead').textContent()).toBe('0')
  expect(await term(page, 'pending').textContent()).toBe('0')
  await page.getByText('It adds up').waitFor()
  await page.getByRole('link', { name: 'Replays' }).click()
  await page.getByRole('table').getByText('Finished').waitFor()
  await page.getByRole('table').getByText('Cancelled').waitFor()
  await look('replays')
  expect(at.browser.errors).toEqual([])
})

journey('a key that Extole refuses is told with what to do, and everything flows when it is mended', async () => {
  const { page, server } = at
  const { destinationId } = server.quickstart
  await extoleAnswers(at, { path: '/v6/', status: 401, body: { code: 'invalid_access_token' } })
  await send(3)
  await at.go(`/destinations/${destinationId}/delivery`)
  const now = page.getByRole('region', { name: 'Now' })
  await now.getByText('Its key is refused', { exact: true }).waitFor({ timeout: TIMEOUT_MS })
  await now.getByText('on hold: unauthorized').waitFor()
  await now.getByText(/Enter a valid key in its settings/).waitFor()
  await now.getByText(/One delivery is tried in \d+ s/).waitFor()
  await now.getByText(/invalid_access_token/).waitFor()
  await look('on-hold')
  await at.go('/')
  await page.getByText('3 destinations are on hold').waitFor({ timeout: TIMEOUT_MS })
  await page.getByRole('button', { name: 'Dark colours' }).click()
  await look('on-hold-overview-dark')
  // It was mended at Extole: nobody has to wait for the next try, and nobody has to change a setting.
  await extoleAnswers(at)
  await at.go(`/destinations/${destinationId}/delivery`)
  await now.getByRole('button', { name: 'Try now' }).click()
  await now.getByText('Working').waitFor({ timeout: TIMEOUT_MS })
  const { events } = await at.api('GET', `/audit-events?resourceId=${destinationId}&pagination.count=1`)
  expect(events).toMatchObject([{ type: 'Destination Tried Now', actorEmail: OWNER.email }])
  await at.go('/')
  await expect.poll(() => term(page, 'pending').textContent(), { timeout: TIMEOUT_MS }).toBe('0')
  await page.getByText('It adds up').waitFor()
  await at.api('PATCH', `/destinations/${destinationId}`, { enabled: false })
  await expect(at.api('POST', `/destinations/${destinationId}/try-now`, {})).rejects.toThrow(/409 .*switched off/)
  expect(at.browser.errors).toEqual([])
})
