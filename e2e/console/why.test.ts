/** Journey 5: why did this user not get it? From an address to the filter, the refusal and the answer that say it. */
import { expect, vi } from 'vitest'
import { expectAccessible, type TestConsole } from './console.fixture.ts'
import { FRAME_MOVES_MS, journeys, look, SOON, sandbox, send } from './journey.fixture.ts'
import { untilFocused } from './keyboard.fixture.ts'

let at: TestConsole

const journey = journeys(async (started) => {
  at = started
  const { quickstart } = at.server
  const [source] = quickstart.sources
  const destination = quickstart.destinations.find(({ sourceId }) => sourceId === source?.id)
  await at.api('POST', `/destination/${destination?.id}/filters`, {
    sourceId: source?.id,
    title: 'No pings',
    if: "event = 'Ping'",
    actions: [{ type: 'DROP' }],
    enabled: true,
  })
  await send(at, (analytics) => {
    analytics.page({ anonymousId: 'visitor-7', messageId: 'm-page', name: 'Home' })
    analytics.identify({
      anonymousId: 'visitor-7',
      userId: 'ada',
      messageId: 'm-in',
      traits: { email: 'ada@example.com' },
    })
    analytics.track({ userId: 'ada', messageId: 'm-ping', event: 'Ping' })
    analytics.track({ userId: 'ada', messageId: 'm-good', event: 'Order Completed', properties: { total: 20 } })
  })
  const delivered = async () =>
    (await at.api('GET', '/ledger?messageId=m-good')).deliveries.map((each: { state: string }) => each.state)
  await vi.waitFor(async () => expect(await delivered()).toEqual(['delivered']), SOON)
  await faults({ path: '/v6/', status: 400, body: { code: 'event_blocked', message: 'A rule blocks <b>it</b>.' } })
  await send(at, (analytics) => analytics.track({ userId: 'ada', messageId: 'm-bad', event: 'Signed Up' }))
  const dead = async () => (await at.api('GET', '/ledger?state=dead')).deliveries.length
  await vi.waitFor(async () => expect(await dead()).toBe(1), SOON)
  await faults()
  // Segment's SDK refuses it before it is sent; another sender does not.
  const refused = { type: 'track', messageId: 'm-none', event: 'Nobody' }
  const body = JSON.stringify({ writeKey: source?.writeKey, batch: [refused] })
  await fetch(`${at.server.running.url}/v1/batch`, { method: 'POST', body })
})

const faults = (...rules: object[]) => sandbox(at, '/sandbox/faults', { rules })

const stepsOf = () => at.page.getByRole('tabpanel', { name: 'Steps' }).innerText()

journey('from an address to the profile: traits, ids, merges and events', async () => {
  const { page } = at
  await page.getByRole('link', { name: 'Profiles' }).click()
  const field = page.getByLabel('Email address, user id, anonymous id or any other id')
  await field.fill('nobody@example.com')
  await field.press('Enter')
  await page.getByText('Nobody in').waitFor()
  await page.getByText('Nobody has this id').waitFor()
  await look(at, 'profiles-nobody')
  await field.fill('ADA@example.com')
  await field.press('Enter')
  await page.getByText(/1 profile in .* as .*email/).waitFor()
  await look(at, 'profiles')
  await page.getByRole('link', { name: 'ada@example.com' }).click()

  await page.getByRole('heading', { name: 'ada@example.com', level: 1 }).waitFor()
  const events = page.getByRole('table', { name: 'Events' })
  await events.getByRole('row', { name: /Signed Up .*dead letter/ }).waitFor()
  await events.getByRole('row', { name: /Order Completed .*delivered/ }).waitFor()
  await events.getByRole('row', { name: /Ping .*filtered/ }).waitFor()
  await look(at, 'profile-events')

  await page.getByRole('tab', { name: /^Traits/ }).click()
  await page.getByRole('row', { name: /email ada@example.com/ }).waitFor()
  await look(at, 'profile-traits')
  await page.getByRole('tab', { name: /^Identifiers/ }).click()
  await page.getByRole('row', { name: /anonymous id visitor-7/ }).waitFor()
  await look(at, 'profile-identifiers')
  await page.getByRole('tab', { name: 'How it came to be' }).click()
  await page.getByText('created this profile with anonymous_id visitor-7').waitFor()
  await page.getByText('added user_id ada and email ada@example.com to this profile').waitFor()
  await look(at, 'profile-history')
  await page.reload()
  await page.getByText('created this profile with anonymous_id visitor-7').waitFor()
})

journey('two profiles that are one: the merge is explained', async () => {
  const { page } = at
  await send(at, (analytics) => {
    analytics.track({ anonymousId: 'tablet', event: 'Looked' })
    analytics.identify({ userId: 'grace', traits: {} })
    analytics.identify({ anonymousId: 'tablet', userId: 'grace', traits: { email: 'grace@example.com' } })
  })
  const merged = async () =>
    (await at.api('GET', `/spaces/${at.server.quickstart.spaceId}/profiles?search=grace@example.com`)).profiles
  await expect.poll(merged, { timeout: 10_000 }).toMatchObject([{ merges: 1 }])
  await at.go('/profiles/email:grace@example.com?tab=history')
  await page.getByText('1 profile merged into this one.').waitFor()
  const panel = page.getByRole('tabpanel', { name: 'How it came to be' })
  await expect
    .poll(() => panel.innerText())
    .toMatch(/merged profile use_\d+ \(found by (user_id grace|anonymous_id tablet)\) into this profile \(found by/)
})

journey('each event says what became of it, and why, with the exact request and answer', async () => {
  const { page } = at
  await at.go('/profiles/user_id:ada')
  await page.getByRole('link', { name: 'Ping' }).click()
  await page.getByText('The filter "No pings" dropped the event').waitFor()
  expect(await stepsOf()).toMatch(/Received by[\s\S]*Accepted[\s\S]*Filtered/)
  await look(at, 'event-filtered')

  await page.goBack()
  await page.getByRole('link', { name: 'Signed Up' }).click()
  await page.getByText('The destination refused it with status 400').waitFor()
  await page.getByRole('button', { name: 'Request and answer' }).click()
  await page.getByText('Answered 400', { exact: true }).waitFor()
  await page.getByText(/A rule blocks <b>it<\/b>/).waitFor()
  await expect.poll(() => page.getByLabel(/^Request of/).innerText()).toContain('POST')
  await look(at, 'event-dead')
  expect(page.url()).toContain('delivery=')
  // From the event back to whose it is, and to what took part.
  await page.getByRole('link', { name: 'of user id ada' }).click()
  await page.getByRole('heading', { name: 'ada@example.com', level: 1 }).waitFor()
  await page.goBack()
  await page.getByRole('link', { name: /^Extole Platform/ }).click()
  await page.getByRole('navigation', { name: 'Parts of the destination' }).waitFor()

  await at.go('/events/m-good')
  await page.getByText('One attempt, the last one answered 200.').waitFor()
  await page.getByRole('tab', { name: 'The event itself' }).click()
  await page.getByLabel('The event', { exact: true }).getByText('"total": 20').waitFor()

  await at.go('/events/m-none')
  await page.getByText('Refused').first().waitFor()
  await page.getByText('has neither userId nor anonymousId').waitFor()
  await look(at, 'event-refused')
})

journey('the ledger is searched, the search stands in the address, and a row leads to the event', async () => {
  const { page } = at
  // A destination whose name is on its way is not said to be deleted.
  const held = Promise.withResolvers<void>()
  await page.route('**/api/destinations', async (route) => {
    await held.promise
    await route.continue()
  })
  await at.go('/events')
  await page.getByRole('table', { name: 'Deliveries' }).waitFor()
  expect(await page.getByText('a destination that was deleted').count()).toBe(0)
  held.resolve()
  await page
    .getByRole('cell', { name: /Extole/ })
    .first()
    .waitFor()
  await page.unroute('**/api/destinations')
  const event = page.getByLabel('Event name')
  await event.fill('Signed Up')
  await event.press('Enter')
  await page.waitForURL(/event=Signed(\+|%20)Up/)
  // Who works by keyboard goes on where they were.
  expect(await event.evaluate((field) => field === document.activeElement)).toBe(true)
  await page.getByRole('combobox', { name: 'What became of it' }).click()
  await page.getByRole('option', { name: 'Dead letter' }).click()
  await page.getByRole('button', { name: 'Search' }).click()
  await page.waitForURL(/state=dead/)
  const rows = page.getByRole('table', { name: 'Deliveries' }).getByRole('row')
  await expect.poll(() => rows.count(), SOON).toBe(2)
  await look(at, 'ledger')
  await page.reload()
  await expect.poll(() => rows.count(), SOON).toBe(2)
  await expect.poll(() => page.getByLabel('Event name').inputValue()).toBe('Signed Up')
  await page.getByRole('button', { name: /Dark colours/ }).click()
  await page.waitForTimeout(FRAME_MOVES_MS)
  await expectAccessible(page)
  await at.picture('ledger-dark')
  await page.getByRole('link', { name: 'Signed Up' }).click()
  await page.getByRole('heading', { name: 'Signed Up' }).waitFor()
  expect(at.browser.errors).toEqual([])
})

journey('what is pasted is found: names, ids, a write key, a message, somebody, and what no list has', async () => {
  const { page } = at
  const { quickstart } = at.server
  const [source] = quickstart.sources
  const extole = quickstart.destinations.find(({ sourceId }) => sourceId === source?.id)
  const { destination } = await at.api('GET', `/destinations/${extole?.id}`)
  const { source: node } = await at.api('GET', `/sources/${source?.id}`)
  const dialog = page.getByRole('dialog', { name: 'Find anything' })
  const field = dialog.getByRole('combobox', { name: 'Find anything' })
  const chosen = dialog.getByRole('option', { selected: true })
  const search = async (text: string) => {
    await page.keyboard.press('ControlOrMeta+k')
    await field.fill(text)
  }
  const arrivesAt = async (path: string, title: string) => {
    await page.waitForURL(({ pathname }) => pathname === `/app${path}`)
    await untilFocused(page, page.getByRole('heading', { name: title, level: 1 }), title)
    expect(await dialog.count()).toBe(0)
  }
  await at.go('/settings/account')
  await page.getByRole('heading', { name: 'Your account' }).waitFor()
  const button = page.getByRole('button', { name: 'Find anything' })
  await button.click()
  await dialog.getByRole('option', { name: 'Add Destination' }).waitFor()
  await look(at, 'search')
  await page.keyboard.press('Escape')
  await untilFocused(page, button, 'the button that opened the search')

  // Nothing is chosen too early: the lists are on their way when the id is pasted and gone to.
  const held = Promise.withResolvers<void>()
  await page.route('**/api/destinations', async (route) => {
    await held.promise
    await route.continue()
  })
  await page.reload()
  await page.getByRole('heading', { name: 'Your account' }).waitFor()
  await search(extole?.id ?? '')
  await page.keyboard.press('Enter')
  await dialog.getByText('Waiting for destinations').waitFor()
  held.resolve()
  await arrivesAt(`/destinations/${extole?.id}`, destination.name)
  await page.unroute('**/api/destinations')

  await search(source?.writeKey ?? '')
  await page.keyboard.press('Enter')
  await arrivesAt(`/sources/${source?.id}`, node.name)
  await search('m-bad')
  await expect.poll(() => chosen.innerText()).toContain('Explain the event m-bad')
  await page.keyboard.press('Enter')
  await arrivesAt('/events/m-bad', 'One event')
  await search('ADA@example.com')
  await expect.poll(() => chosen.innerText()).toContain('Find a profile with ADA@example.com')
  await page.keyboard.press('Enter')
  await page.waitForURL(/profiles\?q=ADA/)
  await page.getByText(/1 profile in .* as .*email/).waitFor()
  await search('audit')
  await page.keyboard.press('Enter')
  await arrivesAt('/settings/audit', 'Audit log')
  // From within another part of the settings, whose frame stays.
  await search('new trait')
  await page.keyboard.press('Enter')
  await arrivesAt('/traits/new', 'New computed trait')

  // A list that fails makes the search poorer, and says so; the rest is found.
  await page.route('**/api/destinations', (route) => route.fulfill({ status: 500, json: {} }))
  await at.go('/settings/account')
  await page.getByRole('heading', { name: 'Your account' }).waitFor()
  await search('0123456789abcdef01234567')
  await dialog.getByText(/Not searched: destinations/).waitFor()
  await dialog.getByText(/No view has requests/).waitFor()
  await field.fill(node.name)
  await dialog.getByRole('option', { name: node.name }).first().waitFor()
  await page.unroute('**/api/destinations')
  await dialog.getByRole('button', { name: 'Try again' }).click()
  await field.fill('extole')
  await dialog
    .getByRole('option', { name: /^Extole/ })
    .first()
    .waitFor()
  await page.keyboard.press('ArrowUp')
  await expect.poll(() => chosen.innerText()).toContain('Find a profile with extole')
  await page.keyboard.press('ArrowDown')
  await look(at, 'search-names')
  await page.keyboard.press('Escape')
  // Nothing of it is kept.
  expect(await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage, ...history.state })')).not.toMatch(
    /ADA|extole/i,
  )
  expect(at.browser.errors.filter((error) => !/500/.test(error))).toEqual([])
})
