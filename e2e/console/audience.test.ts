/** Journeys 7 and 8: an audience and a computed trait, built with mouse and keyboard, and true at Extole. */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { expectAccessible, type TestConsole } from './console.fixture.ts'
import { atExtole, journeys, look, send } from './journey.fixture.ts'

const KEY = 'order_completed_last_30days'
/** People who did nothing: enough of them that their history is still being read when one looks. */
const CROWD = 20_000
const BATCH = 500
let at: TestConsole

const journey = journeys(async (started) => {
  at = started
  await sendOrders('ada', [20, 30])
  await sendOrders('bob', [5])
  await sendCrowd()
})

/** They come from a source whose destination is switched off: the space alone tells of them. */
async function sendCrowd(): Promise<void> {
  const { running, quickstart } = at.server
  const [, source] = quickstart.sources
  for (const { id, sourceId } of quickstart.destinations)
    if (sourceId === source?.id) await at.api('PATCH', `/destinations/${id}`, { enabled: false })
  for (let from = 0; from < CROWD; from += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, n) => {
      return { type: 'identify', userId: `crowd-${from + n}`, traits: { plan: 'free' } }
    })
    const body = JSON.stringify({ writeKey: source?.writeKey, batch })
    const { status } = await fetch(`${running.url}/v1/batch`, { method: 'POST', body })
    expect(status).toBe(200)
  }
}

/** With Segment's own SDK, as a shop's server would. */
const sendOrders = (userId: string, totals: readonly number[]) =>
  send(
    at,
    (analytics) => {
      analytics.identify({ userId, traits: { email: `${userId}@example.com` } })
      for (const total of totals)
        analytics.track({ userId, event: 'Order Completed', properties: { total, currency: 'EUR' } })
    },
    1,
  )

const untilAtExtole = (userId: string, name: string, value: unknown) =>
  expect.poll(() => atExtole(at, userId, name), { timeout: 10_000, interval: 50 }).toBe(value)

/** The label of what the keyboard is on. */
const focused = () =>
  at.page.evaluate("document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.innerText ?? ''")

journey('an audience is built, previewed, saved and told to Extole, and its end too', async () => {
  const { page } = at
  await page.getByRole('link', { name: 'Audiences' }).click()
  await page.getByText('There are no audiences yet').waitFor()

  await page.getByRole('link', { name: 'New audience' }).first().click()
  await page.getByLabel('Name').fill('Order Completed Last 30days')
  await page.getByText(KEY).waitFor()
  // With the keyboard alone: the menu, the event's name, how often, and the window.
  await page.getByRole('button', { name: 'Add a condition' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'Event' }).press('Enter')
  await expect.poll(focused).toBe('Whether')
  const builder = page.getByRole('group', { name: 'Builder' })
  await builder.getByLabel('Event').fill('Order')
  await page.getByRole('option', { name: 'Order Completed' }).click()
  await builder.getByRole('combobox', { name: 'Time window' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('option', { name: 'within the last' }).click()
  const text = page.getByLabel('As text')
  await expect.poll(() => text.inputValue()).toBe("event('Order Completed').within(30 days).count() >= 1")

  // A mistake in the text is told at its place, and the builder draws again when it is mended.
  await text.fill("event('Order Completed').wihtin(30 days).count() >= 1")
  await page.getByText('Line 1, column 26: wihtin cannot follow an event.').waitFor()
  await expect.poll(() => page.locator('mark').textContent()).toBe('wihtin')
  await page.getByText('The text has a mistake').waitFor()
  await at.picture('audience-mistake')
  await text.fill(
    "event('Order Completed').where(property('total') > 10).within(30 days).count() >= 1 OR literal(3) <= event('Order Completed').count()",
  )
  await page.getByText('Only as text').waitFor()
  await expect.poll(() => builder.getByLabel('Property').inputValue()).toBe('total')
  await look(at, 'audience-builder')
  await builder.getByRole('button', { name: 'Remove this condition' }).last().focus()
  await page.keyboard.press('Enter')
  await expect.poll(focused).toBe('Add a condition')
  const written = "event('Order Completed').where(property('total') > 10).within(30 days).count() >= 1"
  await expect.poll(() => text.inputValue()).toBe(written)

  // A number that is taken away is missed, at the field and in the text, and nothing is saved without it.
  const times = builder.getByLabel('Value').first()
  await times.fill('')
  await builder.getByText('A number', { exact: true }).waitFor()
  await page.getByText(/^Line 1, column \d+: A number is missing here\.$/).waitFor()
  expect(await page.getByRole('button', { name: 'Preview' }).isDisabled()).toBe(true)
  await times.fill('1')
  await expect.poll(() => text.inputValue()).toBe(written)

  await page.getByRole('button', { name: 'Preview' }).click()
  await page.getByText(/^1 of 20,00\d profiles would be in\.$/).waitFor()
  await page.getByRole('cell', { name: /ada@example.com/ }).waitFor()
  await at.picture('audience-preview')
  await page.getByRole('button', { name: 'Create the audience' }).click()

  // History is read and everybody worked out, with what is left of it; the first sync goes with it.
  const row = page.getByRole('row', { name: /Extole Platform/ })
  // All at once: it does not wait for whoever looks.
  await Promise.all(
    [
      page.getByText(/^(Records of history read|Profiles worked out): [\d,]+ of [\d,]+$/),
      page.getByText(/^about .* more$/),
      row.getByText(/begins when history is read|told as profiles are worked out/),
      page.getByRole('button', { name: 'Resync all', disabled: true }),
    ].map((each) => each.waitFor()),
  )
  await at.picture('audience-backfill')
  await page.getByText('Live', { exact: true }).waitFor()
  await row.getByText('up to date with every event').waitFor()
  await page.getByRole('cell', { name: /ada@example.com/ }).waitFor()
  expect(await page.getByRole('cell', { name: /bob@example.com/ }).count()).toBe(0)
  await untilAtExtole('ada', KEY, true)
  await sendOrders('bob', [50])
  await page.getByRole('cell', { name: /bob@example.com/ }).waitFor()
  await untilAtExtole('bob', KEY, true)
  await page
    .getByRole('img', { name: /^Members over time: 2 now, 2 more than 1 h ago: 2 came in, 0 left\.$/ })
    .waitFor()
  await look(at, 'audience')
  await page.getByText('Table', { exact: true }).click()
  await page.getByRole('table', { name: 'Size over time' }).getByRole('row').nth(1).getByText('2').first().waitFor()
  expect(page.url()).toContain('view=table')

  // Who a member is stands one click away, and an address of a space that is gone shows nobody of another one.
  await page
    .getByRole('row', { name: /bob@example.com/ })
    .getByRole('link')
    .click()
  await page.waitForURL('**/profiles/*')
  await page.getByRole('heading', { level: 1, name: /^bob/ }).waitFor()
  await page.goBack()
  await page.getByRole('table', { name: 'Members' }).waitFor()
  const here = new URL(page.url())
  await at.go('/audiences?space=no-such')
  await page.getByRole('heading', { name: 'This space is not there' }).waitFor()
  await at.go(`${here.pathname.replace(/^\/app/, '')}${here.search}`)
  await page.getByRole('table', { name: 'Members' }).waitFor()

  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download CSV' }).click()
  const file = await download
  expect(file.suggestedFilename()).toBe(`${KEY}.csv`)
  const lines = readFileSync(await file.path(), 'utf8')
    .trim()
    .split('\r\n')
  expect(lines).toHaveLength(3)
  expect(lines[1]).toMatch(/^use_\d+,(ada|bob),\1@example.com,/)
  await page.getByText(`2 profiles in ${KEY}.csv.`).waitFor()

  await page.getByRole('button', { name: 'Reconcile' }).click()
  await page.getByText('Destinations know what holds of all 2 profiles.').waitFor()
  await page.getByRole('button', { name: 'Close', exact: true }).last().click()
  await page.getByRole('button', { name: 'Resync all' }).click()
  await page.getByRole('button', { name: 'Tell 1 destination of 2 profiles' }).click()
  await page.getByText('Destinations are told of 2 profiles once more.').waitFor()
  await row.getByText('up to date with every event').waitFor()
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByLabel('Collected, every so many minutes').check()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('every 15 minutes').waitFor()

  await page.getByRole('button', { name: 'Disable' }).click()
  await page.getByRole('button', { name: 'Disable and tell of 2 profiles' }).click()
  await page.getByText('Disabled', { exact: true }).waitFor()
  await untilAtExtole('ada', KEY, false)
  await untilAtExtole('bob', KEY, false)
  await page.getByText('0 now, as many as 1 h ago: 2 came in, 2 left.').waitFor({ timeout: 10_000 })

  // It was too soon: destinations get what they had been told before, once.
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText(/This takes back the exits, begun .* told before of 2 profiles\./).waitFor()
  await page.getByRole('button', { name: 'Take back 2 profiles' }).click()
  await untilAtExtole('ada', KEY, true)
  await untilAtExtole('bob', KEY, true)
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText(/^There is nothing to undo:/).waitFor()
  await page.getByRole('button', { name: 'Close', exact: true }).last().click()

  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Delete the audience' }).click()
  await page.getByText('There are no audiences yet').waitFor()
  await page.getByRole('link', { name: 'Deleted' }).click()
  await page.getByRole('row', { name: new RegExp(KEY) }).waitFor()
  await look(at, 'audiences-deleted')
  await page.getByRole('button', { name: 'Restore' }).click()
  await page.getByRole('heading', { name: 'Order Completed Last 30days' }).waitFor()
  // That an undo had to wait, and that there was nothing to undo, are answers.
  expect(at.browser.errors.splice(0).filter((error) => !error.includes('409 (Conflict)'))).toEqual([])
})

journey(
  'conditions of traits, of other audiences, of groups and of later events are drawn, and written as text',
  async () => {
    const { page } = at
    await page.getByRole('link', { name: 'Audiences' }).click()
    await page.getByRole('link', { name: 'New audience' }).first().click()
    const builder = page.getByRole('group', { name: 'Builder' })
    const choose = async (name: string, option: string) => {
      await builder.getByRole('combobox', { name, exact: true }).last().click()
      await page.getByRole('option', { name: option, exact: true }).click()
    }
    const add = async (button: string, what: string) => {
      await builder.getByRole('button', { name: button }).last().click()
      await page.getByRole('menuitem', { name: what, exact: true }).click()
    }
    const text = page.getByLabel('As text')

    await add('Add a condition', 'Audience')
    await choose('Membership', 'is not in')
    await add('Add a condition', 'Trait')
    await builder.getByLabel('Trait', { exact: true }).fill('email')
    await choose('Comparison', 'ends with one of')
    await builder.getByLabel('Values').click()
    // A value that the trait had lately.
    await page.getByRole('option', { name: 'ada@example.com' }).waitFor()
    await builder.getByLabel('Values').fill('@example.com')
    await builder.getByLabel('Values').press('Enter')
    await expect
      .poll(() => text.inputValue())
      .toBe(`trait('${KEY}') = false AND trait('email').ends_with('@example.com')`)

    // A group in the group, with the keyboard alone: added, read as all or any, filled and taken away.
    const press = async (name: string, item: string) => {
      await builder.getByRole('button', { name }).last().focus()
      await page.keyboard.press('Enter')
      await page.getByRole('menuitem', { name: item, exact: true }).press('Enter')
    }
    await press('Add a condition', 'Group')
    await expect.poll(() => page.evaluate("document.activeElement?.getAttribute('type')")).toBe('radio')
    await page.keyboard.press('ArrowLeft')
    // The menu fades away.
    await expect.poll(() => page.getByRole('menu').count()).toBe(0)
    const inside = builder.getByRole('button', { name: 'Add a condition' }).first()
    await inside.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Event', exact: true }).press('Enter')
    await expect.poll(focused).toBe('Whether')
    await builder.getByLabel('Event').last().fill('Order Completed')
    await builder.getByLabel('Event').last().press('Tab')
    const both = `trait('${KEY}') = false AND trait('email').ends_with('@example.com')`
    await expect.poll(() => text.inputValue()).toBe(`${both} AND event('Order Completed').count() >= 1`)
    await builder.getByRole('button', { name: 'Remove this group' }).last().focus()
    await page.keyboard.press('Enter')
    await expect.poll(focused).toBe('Add a condition')
    await expect.poll(() => text.inputValue()).toBe(both)

    await text.fill("event('Order Completed').count() >= 1")
    await add('Narrow down', 'Later event')
    await builder.getByLabel('Event').last().fill('Order Completed')
    await builder.getByLabel('Event').last().press('Tab')
    await choose('Whether', 'Did not perform')
    await expect
      .poll(() => text.inputValue())
      .toBe("event('Order Completed').where(event('Order Completed').within(parent: 1 day).count() = 0).count() >= 1")
    await builder.getByRole('button', { name: 'Not', exact: true }).last().click()
    await expect.poll(() => text.inputValue()).toMatch(/^NOT event/)
    await look(at, 'audience-later-event')
    await page.getByRole('link', { name: 'Overview' }).click()
    await page.getByRole('button', { name: 'Leave', exact: true }).click()
    expect(at.browser.errors).toEqual([])
  },
)

journey('a computed trait is made with its form, and Extole gets the value', async () => {
  const { page } = at
  await page.getByRole('link', { name: 'Traits' }).click()
  await page.getByRole('link', { name: 'New computed trait' }).first().click()
  await page.getByLabel('Name').fill('Total Spent')
  await page.getByRole('button', { name: /^Aggregation/ }).click()
  const builder = page.getByRole('group', { name: 'Builder' })
  await builder.getByLabel('Event').fill('Order Completed')
  await builder.getByLabel('Property').fill('total')
  await builder.getByLabel('Property').press('Tab')
  await expect
    .poll(() => page.getByLabel('As text').inputValue())
    .toBe("event('Order Completed').sum(property('total'))")
  const text = page.getByLabel('As text')
  await text.fill("event('Order Completed').sum(property('total'")
  await page.getByText(/^Line 1, column \d+: /).waitFor()
  await page.getByText('The text has a mistake').waitFor()
  await text.fill("event('Order Completed').sum(property('total'))")
  await expect.poll(() => builder.getByLabel('Property').inputValue()).toBe('total')
  await page.getByRole('button', { name: 'Dark colours' }).click()
  await look(at, 'trait-new')
  await page.getByRole('button', { name: 'Preview' }).click()
  await page.getByText(/of 20,00\d profiles would have a value/).waitFor()
  await page.getByRole('row', { name: /ada@example.com 50/ }).waitFor()
  await page.getByRole('button', { name: 'Create the computed trait' }).click()
  await page.getByRole('heading', { name: 'Total Spent' }).waitFor()
  await Promise.all([
    page.getByText(/^(Records of history read|Profiles worked out): [\d,]+ of [\d,]+$/).waitFor(),
    page.getByText(/^about .* more$/).waitFor(),
  ])
  await page.getByText('Live', { exact: true }).waitFor()
  const values = page.getByRole('table', { name: 'Values' })
  await values
    .getByRole('row', { name: /ada@example.com/ })
    .getByRole('cell', { name: '50', exact: true })
    .waitFor()
  await page
    .getByRole('img', { name: /^Profiles with a value over time: 2 now, .* 2 got a value, 0 lost it\.$/ })
    .waitFor()
  await untilAtExtole('ada', 'total_spent', 50)
  const row = page.getByRole('row', { name: /Extole Platform/ })
  await row.getByText('up to date with every event').waitFor()
  await page.getByRole('button', { name: 'Reconcile' }).click()
  await page.getByText('Destinations know what holds of all 2 profiles.').waitFor()
  await page.getByRole('button', { name: 'Close', exact: true }).last().click()
  await row.getByRole('button', { name: 'Resync' }).click()
  await page.getByRole('button', { name: 'Tell Extole Platform of 2 profiles' }).click()
  await page.getByText('Extole Platform is told of everybody who is in once more.').waitFor()
  await look(at, 'trait')
  // A further destination for the space: its way begins here, with the space chosen.
  await page.getByText('All destinations of the space are connected.').waitFor()
  await page.getByRole('link', { name: 'Add Destination' }).click()
  await page.getByLabel('Search the catalog').fill('extole platform')
  await page.getByRole('button', { name: 'Choose Extole Platform' }).click()
  await page.getByRole('heading', { name: 'Spaces' }).waitFor()
  expect(await page.getByRole('radio', { checked: true }).inputValue()).toBe(at.server.quickstart.spaceId)
  await look(at, 'add-destination-space')
  await page.getByRole('link', { name: 'Traits' }).click()
  await page.getByRole('link', { name: 'Total Spent' }).click()
  await page.getByRole('heading', { name: 'Total Spent' }).waitFor()
  await page.getByRole('button', { name: 'Disable' }).click()
  await page.getByRole('button', { name: 'Disable and tell of 2 profiles' }).click()
  await page.getByText('Disabled', { exact: true }).waitFor()
  await untilAtExtole('ada', 'total_spent', null)
  await page.getByRole('link', { name: 'Traits' }).click()
  await page.getByRole('link', { name: 'Total Spent' }).waitFor()
  await look(at, 'traits')
  expect(at.browser.errors).toEqual([])
})

journey('what is not saved is not lost by accident, and a colleague is not overwritten', async () => {
  const { page } = at
  await page.getByRole('link', { name: 'Audiences' }).click()
  await page.getByRole('link', { name: 'Order Completed Last 30days' }).click()
  await page.getByRole('link', { name: 'Change' }).click()
  await page.getByLabel('Description').fill('Who ordered lately')
  await page.getByRole('link', { name: 'Audiences' }).click()
  await page.getByText('What you changed here is not saved').waitFor()
  await page.getByRole('button', { name: 'Stay' }).click()
  const path = `/spaces/${at.server.quickstart.spaceId}/audiences`
  const { audiences } = await at.api('GET', path)
  await at.api('PATCH', `${path}/${audiences[0].id}`, { description: 'Who a colleague calls so' })
  await page.getByRole('button', { name: 'Save' }).click()
  await page
    .getByRole('alert')
    .getByText(/changed/)
    .waitFor()
  await page.getByRole('link', { name: 'Audiences' }).click()
  await page.getByRole('button', { name: 'Leave', exact: true }).click()
  await look(at, 'audiences')
  await page.getByRole('link', { name: 'Order Completed Last 30days' }).click()
  await page.getByText('Who a colleague calls so').waitFor()
  expect(at.browser.errors).toEqual([expect.stringContaining('412 (Precondition Failed)')])
})

journey('a viewer sees audiences, and neither people nor anything that changes them', async () => {
  const { page, server } = at
  const body = JSON.stringify({ invites: [{ email: 'eve@example.com', permissions: [{ roleId: 'viewer' }] }] })
  const token = await page.evaluate(async (sent) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch('/api/invites', { method: 'POST', headers, body: sent })
    return (await answer.json()).data.tokens[0].token
  }, body)
  // Another page: an address that differs in its end only is not loaded anew.
  await page.goto('about:blank')
  await joinAsInvited(`${server.running.url}/app/join#token=${token}`)
  await page.getByRole('link', { name: 'Audiences' }).click()
  await page.getByRole('link', { name: 'Order Completed Last 30days' }).click()
  await page.getByText('Who they are is for people with the right pii:read').waitFor()
  expect(await page.getByText('ada@example.com').count()).toBe(0)
  expect(await page.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true)
  expect(await page.getByRole('link', { name: 'Change' }).count()).toBe(0)
  await look(at, 'audience-viewer')
})

async function joinAsInvited(address: string): Promise<void> {
  await at.page.goto(address)
  await at.page.getByLabel('Name').fill('Eve')
  await at.page.getByLabel('E-mail address').fill('eve@example.com')
  await at.page.getByRole('textbox', { name: 'Password' }).fill('correct horse battery')
  await at.page.getByRole('button', { name: 'Make the account' }).click()
  await at.page.getByRole('heading', { name: 'Overview' }).waitFor()
}
