/** Journey 3: a mapping is edited and a filter added, both looked at with what really came in before they are saved. */
import { expect } from 'vitest'
import { CHROMIUM, startBrowser } from '../browser/chromium.ts'
import { OWNER, type TestConsole } from './console.fixture.ts'
import { looksRight, sendEvents } from './destinations.fixture.ts'
import { journeys } from './journey.fixture.ts'

let at: TestConsole

const journey = journeys(async (started) => {
  at = started
})

const order = (id: string, properties: object) => ({
  type: 'track',
  event: 'Order Completed',
  userId: 'u1',
  messageId: id,
  properties,
})

journey(
  'the request of a recent event follows the mapping as it is typed, and a filter says what it would have dropped',
  async () => {
    const { page, server } = at
    page.setDefaultTimeout(10_000)
    const { destinationId } = server.quickstart
    await sendEvents(at, [
      order('m1', { order_id: 'o-1', total: 20, isTest: true }),
      {
        type: 'track',
        event: '<img src=x onerror=alert(1)>',
        userId: 'u1',
        messageId: 'm2',
        properties: { isTest: true },
      },
      order('m3', { order_id: 'o-3', total: 31 }),
      // The latest, which the mapping of track calls does not take: it is not what that is tried on first.
      { type: 'page', name: 'Home', userId: 'u1', messageId: 'm0' },
    ])
    await at.go(`/destinations/${destinationId}`)
    await page.getByRole('link', { name: 'Mappings' }).click()
    await page.getByRole('link', { name: 'Track' }).waitFor()
    await looksRight(at, 'mappings')
    await page.getByRole('link', { name: 'Track' }).click()

    const preview = page.getByRole('region', { name: 'Preview' })
    const request = preview.getByLabel('Request')
    await request.getByText('o-3').waitFor()
    await expect.poll(() => request.textContent()).toContain('"Order Completed"')
    await looksRight(at, 'mapping-editor')

    const trigger = page.getByLabel('Trigger')
    await trigger.fill('type = "track" and (')
    await page.getByText('It is no condition such as').first().waitFor()
    await preview.getByRole('alert').waitFor()
    await trigger.fill('event = "Signed Up"')
    await preview.getByText('The trigger does not match it.').waitFor()
    await trigger.fill('event = "Order Completed"')
    await page.getByRole('combobox', { name: 'Event Name: how it is filled' }).click()
    await page.getByRole('option', { name: 'Text' }).click()
    await page.getByRole('combobox', { name: 'Event Name: value' }).fill('purchase')
    await request.getByText('"purchase"').waitFor()

    // Somebody else is quicker: what was entered here is kept, and saved on top of theirs.
    await using other = await startBrowser(CHROMIUM ?? '')
    const theirs = await other.context.newPage()
    theirs.setDefaultTimeout(10_000)
    await theirs.goto(page.url())
    await theirs.getByLabel('E-mail address').fill(OWNER.email)
    await theirs.getByRole('textbox', { name: 'Password' }).fill(OWNER.password)
    await theirs.getByRole('button', { name: 'Sign in' }).click()
    await theirs.getByRole('textbox', { name: 'Name' }).first().fill('Orders of theirs')
    await theirs.getByLabel('Trigger').fill('event = "Theirs"')
    await theirs.getByRole('button', { name: 'Save mapping' }).click()
    await theirs.getByRole('link', { name: 'Orders of theirs' }).waitFor()
    expect(other.errors.filter((error) => !error.includes('401'))).toEqual([])
    await page.getByRole('button', { name: 'Save mapping' }).click()
    const clash = page.getByRole('alert').filter({ hasText: 'changed by somebody else since you opened it' })
    await clash.getByText(/The last change is by you, in another window, /).waitFor()
    await clash.getByRole('row', { name: /^Trigger .*"Theirs" event = "Order Completed"$/ }).waitFor()
    await clash.getByRole('row', { name: 'Name Track Orders of theirs Not changed by you' }).waitFor()
    await looksRight(at, 'mapping-clash')
    await clash.getByRole('button', { name: 'Keep mine' }).click()
    await clash.waitFor({ state: 'detached' })
    await expect.poll(() => trigger.inputValue()).toBe('event = "Order Completed"')
    expect(await page.getByRole('textbox', { name: 'Name' }).first().inputValue()).toBe('Orders of theirs')
    await page.getByRole('button', { name: 'Save mapping' }).click()
    await page.getByRole('row', { name: /event = "Order Completed"/ }).waitFor()
    const { subscriptions } = await at.api('GET', `/destinations/${destinationId}/subscriptions`)
    expect(subscriptions).toContainEqual(
      expect.objectContaining({
        name: 'Orders of theirs',
        trigger: 'event = "Order Completed"',
        settings: expect.objectContaining({ event_name: 'purchase' }),
      }),
    )

    await page.getByRole('link', { name: 'Filters' }).click()
    await page.getByText('Everything that the mappings take is sent.').waitFor()
    await page.getByRole('link', { name: 'Add filter' }).click()
    await page.getByLabel('Title').fill('No tests')
    await page.getByRole('textbox', { name: 'If' }).fill('properties.isTest =')
    await page.getByText(/^Cannot be read at character/).waitFor()
    await page.getByRole('textbox', { name: 'If' }).fill('properties.isTest = true')
    await page
      .getByText('Of the latest 4 events it would have dropped 2, changed 0 and let pass 2 as they are.')
      .waitFor()
    await page.getByRole('button', { name: /<img src=x/ }).click()
    await page.getByLabel('As it came in').first().waitFor()
    await looksRight(at, 'filter-editor')
    // What no field shows is said all the same.
    await page.getByRole('combobox', { name: 'What it does' }).click()
    await page.getByRole('option', { name: 'Take properties away' }).click()
    await page.getByLabel('Properties').fill('messageId')
    await page.getByRole('button', { name: 'Save filter' }).click()
    await page
      .locator('form')
      .getByRole('alert')
      .getByText(/must leave messageId: every event needs it/)
      .waitFor()
    await page.getByRole('combobox', { name: 'What it does' }).click()
    await page.getByRole('option', { name: 'Drop the event' }).click()
    await page.getByRole('button', { name: 'Save filter' }).click()
    await page.getByRole('link', { name: 'No tests' }).waitFor()
    await looksRight(at, 'filters')

    await sendEvents(at, [order('m4', { order_id: 'o-4', isTest: true })])
    await expect
      .poll(async () => (await at.api('GET', '/explain/m4').catch(() => undefined))?.events[0]?.destinations, {
        timeout: 10_000,
      })
      .toContainEqual(expect.objectContaining({ destinationId, filtered: 'FILTERED_BY_RULES' }))
    expect(at.browser.errors.filter((error) => !/422|412/.test(error))).toEqual([])
  },
)
