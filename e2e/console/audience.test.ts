/** Journeys 7 and 8: an audience and a computed trait, built with mouse and keyboard, and true at Extole. */
import { Analytics } from '@segment/analytics-node'
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

const KEY = 'order_completed_last_30days'
const FRAME_MOVES_MS = 300
let at: TestConsole

beforeAll(async () => {
  if (WITHOUT_BROWSER !== '') return
  at = await startConsole()
  await joinAsOwner(at)
  await sendOrders('ada@example.com', 'ada', [20, 30])
  await sendOrders('bob@example.com', 'bob', [5])
}, 120_000)

afterAll(async () => {
  await at?.[Symbol.asyncDispose]()
}, 120_000)

const journey = (name: string, steps: () => Promise<void>) =>
  test.skipIf(WITHOUT_BROWSER !== '')(`${name}${WITHOUT_BROWSER}`, steps, 120_000)

/** With Segment's own SDK, as a shop's server would. */
async function sendOrders(email: string, userId: string, totals: readonly number[]): Promise<void> {
  const { running, quickstart } = at.server
  const analytics = new Analytics({ writeKey: quickstart.sources[1]?.writeKey ?? '', host: running.url, flushAt: 1 })
  analytics.identify({ userId, traits: { email } })
  for (const total of totals)
    analytics.track({ userId, event: 'Order Completed', properties: { total, currency: 'EUR' } })
  await analytics.closeAndFlush()
}

async function atExtole(userId: string, name: string): Promise<unknown> {
  const { url, apiKey } = at.server.quickstart.extole
  const get = async (path: string) =>
    (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${apiKey}` } })).json() as Promise<never>
  const [person] = (await get(`/v5/persons?person_keys=partner_user_id:${userId}`)) as { id: string }[]
  if (person === undefined) return undefined
  const data = (await get(`/v5/persons/${person.id}/data`)) as Record<string, { name: string; value: unknown }>
  return Object.values(data).find((each) => each.name === name)?.value
}

const untilAtExtole = (userId: string, name: string, value: unknown) =>
  expect.poll(() => atExtole(userId, name), { timeout: 10_000, interval: 50 }).toBe(value)

/** At both sizes. */
async function look(name: string): Promise<void> {
  for (const size of SIZES) {
    await resize(size)
    await at.picture(`${name}-${size.width}`)
    await expectNoSideways(at.page)
    await expectAccessible(at.page)
  }
  await resize(SIZES[0])
}

async function resize(size: (typeof SIZES)[number]): Promise<void> {
  await at.page.setViewportSize(size)
  // The frame moves to its other form.
  await at.page.waitForTimeout(FRAME_MOVES_MS)
}

journey('an audience is built, previewed, saved and told to Extole, and its end too', async () => {
  const { page } = at
  await page.getByRole('link', { name: 'Audiences' }).click()
  await page.getByText('There are no audiences yet').waitFor()
  await look('audiences-empty')

  await page.getByRole('link', { name: 'New audience' }).first().click()
  await page.getByLabel('Name').fill('Order Completed Last 30days')
  await page.getByText(KEY).waitFor()
  // With the keyboard alone: the menu, the event's name, how often, and the window.
  await page.getByRole('button', { name: 'Add a condition' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'Event' }).press('Enter')
  const builder = page.getByRole('group', { name: 'Builder' })
  await builder.getByLabel('Event').fill('Order')
  await page.getByRole('option', { name: 'Order Completed' }).click()
  await builder.getByRole('combobox', { name: 'Time window' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('option', { name: 'within the last' }).click()
  const text = page.getByLabel('As text')
  expect(await text.inputValue()).toBe("event('Order Completed').within(30 days).count() >= 1")

  // A mistake in the text is told at its place, and the builder draws again when it is mended.
  await text.fill("event('Order Completed').wihtin(30 days).count() >= 1")
  await page.getByText('Line 1, column 26: wihtin cannot follow an event.').waitFor()
  expect(await page.locator('mark').textContent()).toBe('wihtin')
  await page.getByText('The text has a mistake').waitFor()
  await at.picture('audience-mistake')
  await text.fill(
    "event('Order Completed').where(property('total') > 10).within(30 days).count() >= 1 OR literal(3) <= event('Order Completed').count()",
  )
  await page.getByText('Only as text').waitFor()
  expect(await builder.getByLabel('Property').inputValue()).toBe('total')
  await look('audience-builder')
  await builder.getByRole('button', { name: 'Remove this condition' }).last().click()
  expect(await text.inputValue()).toBe(
    "event('Order Completed').where(property('total') > 10).within(30 days).count() >= 1",
  )

  await page.getByRole('button', { name: 'Preview' }).click()
  await page.getByText('of 2 profiles would be in').waitFor()
  await page.getByRole('cell', { name: /ada@example.com/ }).waitFor()
  await at.picture('audience-preview')
  await page.getByRole('button', { name: 'Create the audience' }).click()

  await page.getByRole('heading', { name: 'Order Completed Last 30days' }).waitFor()
  await page.getByText('Live', { exact: true }).waitFor()
  await page.getByRole('cell', { name: /ada@example.com/ }).waitFor()
  expect(await page.getByRole('cell', { name: /bob@example.com/ }).count()).toBe(0)
  await untilAtExtole('ada', KEY, true)
  await sendOrders('bob@example.com', 'bob', [50])
  await page.getByRole('cell', { name: /bob@example.com/ }).waitFor({ timeout: 10_000 })
  await untilAtExtole('bob', KEY, true)
  await look('audience')

  await page.getByRole('button', { name: 'Reconcile' }).click()
  await page.getByText('Destinations know what holds of all 2 profiles.').waitFor()
  await page.getByRole('button', { name: 'Close', exact: true }).last().click()
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

  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Delete the audience' }).click()
  await page.getByText('There are no audiences yet').waitFor()
  await page.getByRole('link', { name: 'Deleted' }).click()
  await page.getByRole('row', { name: new RegExp(KEY) }).waitFor()
  await look('audiences-deleted')
  await page.getByRole('button', { name: 'Restore' }).click()
  await page.getByRole('heading', { name: 'Order Completed Last 30days' }).waitFor()
  expect(at.browser.errors).toEqual([])
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
    expect(await text.inputValue()).toBe(`trait('${KEY}') = false AND trait('email').ends_with('@example.com')`)

    await text.fill("event('Order Completed').count() >= 1")
    await add('Narrow down', 'Later event')
    await builder.getByLabel('Event').last().fill('Order Completed')
    await builder.getByLabel('Event').last().press('Tab')
    await choose('Whether', 'Did not perform')
    expect(await text.inputValue()).toBe(
      "event('Order Completed').where(event('Order Completed').within(parent: 1 day).count() = 0).count() >= 1",
    )
    await builder.getByRole('button', { name: 'Not', exact: true }).last().click()
    expect(await text.inputValue()).toMatch(/^NOT event/)
    await look('audience-later-event')
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
  expect(await page.getByLabel('As text').inputValue()).toBe("event('Order Completed').sum(property('total'))")
  await page.getByRole('button', { name: 'Dark colours' }).click()
  await look('trait-new')
  await page.getByRole('button', { name: 'Create the computed trait' }).click()
  await page.getByRole('heading', { name: 'Total Spent' }).waitFor()
  await page.getByText('Live', { exact: true }).waitFor()
  await page
    .getByRole('row', { name: /ada@example.com/ })
    .getByRole('cell', { name: '50', exact: true })
    .waitFor()
  await untilAtExtole('ada', 'total_spent', 50)
  await look('trait')
  await page.getByRole('link', { name: 'Traits' }).click()
  await page.getByRole('link', { name: 'Total Spent' }).waitFor()
  await look('traits')
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
  await look('audiences')
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
  await look('audience-viewer')
})

async function joinAsInvited(address: string): Promise<void> {
  await at.page.goto(address)
  await at.page.getByLabel('Name').fill('Eve')
  await at.page.getByLabel('E-mail address').fill('eve@example.com')
  await at.page.getByRole('textbox', { name: 'Password' }).fill('correct horse battery')
  await at.page.getByRole('button', { name: 'Make the account' }).click()
  await at.page.getByRole('heading', { name: 'Overview' }).waitFor()
}
