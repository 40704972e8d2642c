/** Journey 2: the steps of Segment's page on Extole, from the key in the Tech Center to the person at Extole. */
import { createServer } from 'node:net'
import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isCatalogMissing, SEGMENT_CATALOG } from '../../src/destinations/segment-catalog/installed.fixture.ts'
import { joinAsOwner, startConsole, type TestConsole, WITHOUT_BROWSER } from './console.fixture.ts'
import { extoleAnswers, looksRight } from './destinations.fixture.ts'

let at: TestConsole
/** Nobody listens there. */
let deadAddress = ''

beforeAll(async () => {
  if (WITHOUT_BROWSER !== '') return
  deadAddress = `127.0.0.1:${await deadPort()}`
  at = await startConsole({
    GRAPEVINE_EGRESS_ALLOW: deadAddress,
    ...(isCatalogMissing ? {} : { GRAPEVINE_SEGMENT_CATALOG: SEGMENT_CATALOG }),
  })
}, 60_000)

afterAll(async () => {
  await at?.[Symbol.asyncDispose]()
}, 60_000)

/** Makes a key in the sandbox's Tech Center as a person does. @param left scopes that are left ticked */
async function keyOfTechCenter(name: string, left: readonly string[]): Promise<string> {
  const { url } = at.server.quickstart.extole
  await at.browser.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url })
  const page = await at.browser.context.newPage()
  await page.goto(url)
  await page.getByRole('link', { name: 'Tech Center' }).click()
  await page.getByLabel('Name').fill(name)
  for (const scope of ['USER_SUPPORT', 'CLIENT_ADMIN']) {
    if (!left.includes(scope)) await page.getByLabel(scope).uncheck()
  }
  await page.getByRole('button', { name: 'Make the key' }).click()
  await page.getByRole('button', { name: 'Copy' }).click()
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  const key: string = await page.evaluate(() => navigator.clipboard.readText())
  await page.close()
  return key
}

/** A port of this machine that nobody listens on. */
async function deadPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

const isFocused = (what: Locator) => what.evaluate((each) => each === document.activeElement)

test.skipIf(WITHOUT_BROWSER !== '')(
  `a key from the Tech Center becomes a destination that is tried, switched on and sent to${WITHOUT_BROWSER}`,
  async () => {
    const { page, server } = at
    page.setDefaultTimeout(10_000)
    const key = await keyOfTechCenter('Console', ['USER_SUPPORT', 'CLIENT_ADMIN'])
    const weakKey = await keyOfTechCenter('Files', ['CLIENT_ADMIN'])
    await joinAsOwner(at)

    await page.getByRole('link', { name: 'Destinations', exact: true }).click()
    await page.getByRole('heading', { name: 'Destinations' }).waitFor()
    await page
      .getByRole('row', { name: /Extole/ })
      .first()
      .waitFor()
    // What a space tells comes from that space, by its name.
    await page.getByRole('row').getByRole('link', { name: 'Space', exact: true }).waitFor()
    await looksRight(at, 'destinations')

    await page.getByRole('link', { name: 'Add Destination' }).click()
    // All that there is is counted; with Segment's own they are more than a hundred.
    await page
      .getByRole('status')
      .getByText(/^\d+ destinations$/)
      .waitFor()
    const counted = await page
      .getByRole('status')
      .getByText(/^\d+ destinations$/)
      .textContent()
    expect(Number.parseInt(counted ?? '', 10)).toBeGreaterThan(isCatalogMissing ? 1 : 100)
    await expect.poll(() => page.getByRole('article').count()).toBe(Number.parseInt(counted ?? '', 10))
    await at.picture('add-destination-catalog-all')
    // By the keyboard alone.
    const words = page.getByLabel('Search the catalog')
    await words.pressSequentially('platform')
    // What is typed before a word stands before it: the caret stays where it is.
    await words.press('Home')
    await words.pressSequentially('extole ')
    await expect.poll(() => words.inputValue()).toBe('extole platform')
    await page.getByRole('status').getByText('1 destination', { exact: true }).waitFor()
    expect(new URL(page.url()).searchParams.get('q')).toBe('extole platform')
    await looksRight(at, 'add-destination-catalog')
    // Letters are no pages to go back through.
    await page.goBack()
    await page.getByRole('heading', { name: 'Destinations' }).waitFor()
    await page.goForward()
    await expect.poll(() => words.inputValue()).toBe('extole platform')
    await words.focus()
    const choose = page.getByRole('button', { name: 'Choose Extole Platform' })
    for (let tabs = 0; tabs < 5 && !(await isFocused(choose)); tabs += 1) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')

    await page.getByRole('radio').first().check()
    await looksRight(at, 'add-destination-source')
    await page.getByRole('button', { name: 'Confirm Source', exact: true }).click()

    const name = page.getByRole('textbox', { name: 'Name', exact: true })
    await expect.poll(() => name.inputValue()).toBe('Extole Platform 2')
    await name.fill('Extole Platform')
    const help = page.getByRole('link', { name: "Extole's help on access tokens" })
    expect(await help.getAttribute('href')).toContain('https://success.extole.com/')
    expect(await page.getByRole('link', { name: 'Contact Extole Support' }).getAttribute('href')).toMatch(/^mailto:/)
    // A colleague who is sent the address stands at the same step.
    expect(new URL(page.url()).searchParams.get('step')).toBe('settings')

    await page.getByRole('button', { name: 'Save destination' }).click()
    await page.getByText('Enter the API Key.').waitFor()
    await page.getByRole('button', { name: /More settings/ }).click()
    const says = async (settings: { key?: string; url?: string }, text: RegExp) => {
      if (settings.key !== undefined)
        await page.getByRole('textbox', { name: 'API Key', exact: true }).fill(settings.key)
      if (settings.url !== undefined) await page.getByRole('textbox', { name: 'API URL' }).fill(settings.url)
      await page.getByRole('button', { name: 'Test connection' }).click()
      await page.getByText(text).waitFor()
    }
    const { url } = server.quickstart.extole
    await page.getByRole('button', { name: 'Use the local sandbox' }).click()
    expect(await page.getByRole('textbox', { name: 'API URL' }).inputValue()).toBe(url)
    expect(await page.getByRole('link', { name: 'Tech Center of the local sandbox' }).getAttribute('href')).toBe(url)
    await says({ key: 'no-such-key' }, /Extole does not know this API Key\. Copy it again in full, or create a new one/)
    await looksRight(at, 'add-destination-refused')
    await says({ key: weakKey }, /needs USER_SUPPORT\. Create a key with that scope/)
    await says(
      { key, url: `http://${deadAddress}` },
      /The host 127\.0\.0\.1:\d+ refused the connection\. Check the URL and its port/,
    )
    await says({ url }, /The credentials work/)
    await looksRight(at, 'add-destination-works')

    // A name that is taken is refused where it stands, and what was entered is not left by accident.
    await page.getByRole('button', { name: 'Save destination' }).click()
    await page.getByText('Another destination of this source has this name').waitFor()
    await page.getByRole('button', { name: 'Source', exact: true }).click()
    await page.getByRole('button', { name: 'Stay' }).click()
    await name.fill('Extole of the shop')
    await page.getByRole('button', { name: 'Save destination' }).click()
    await page.getByText('It gets events from when you switch it on').waitFor()
    await looksRight(at, 'add-destination-enable')
    await page.getByRole('button', { name: 'Switch on', exact: true }).click()
    await page.getByText('It is on: it gets the next event of its source.').waitFor()
    await page.getByRole('button', { name: 'Go on to a test event' }).click()

    await page.getByRole('button', { name: 'Show the request' }).click()
    const request = page.getByRole('region', { name: /^Mapping/ }).getByLabel('Request')
    await request.waitFor()
    await expect.poll(() => request.textContent()).toContain('test-user@example.com')
    expect(await request.textContent()).not.toContain(key)
    await page.getByRole('button', { name: 'Send test event' }).click()
    await page.getByText('200', { exact: true }).waitFor()
    await looksRight(at, 'add-destination-test')

    const [person] = await Promise.all([
      at.browser.context.waitForEvent('page'),
      page.getByRole('link', { name: 'See the person in the sandbox' }).click(),
    ])
    await expect
      .poll(
        async () => {
          await person.reload()
          return person.locator('body').textContent()
        },
        { timeout: 10_000 },
      )
      .toContain('Tess')
    await person.close()

    await page.getByRole('link', { name: 'To the destination' }).click()
    await page.getByRole('heading', { name: 'Extole of the shop' }).waitFor()
    await looksRight(at, 'destination-overview')
    await page
      .getByRole('navigation', { name: 'Parts of the destination' })
      .getByRole('link', { name: 'Settings' })
      .click()
    await name.fill('Extole Platform')
    await page.getByRole('button', { name: 'Save settings' }).click()
    await page.getByText('Another destination of this source has this name').waitFor()
    const created = (await at.api('GET', '/destinations')).destinations
    expect(created.filter((each: { name: string }) => each.name === 'Extole of the shop')).toMatchObject([
      { enabled: true },
    ])
    expect(at.browser.errors.filter((error) => !/404|409/.test(error))).toEqual([])
  },
  90_000,
)

test.skipIf(WITHOUT_BROWSER !== '')(
  `a destination takes the settings of another, is tried with an event that came, switched off, and deleted by its name${WITHOUT_BROWSER}`,
  async () => {
    const { page } = at
    const all = (await at.api('GET', '/destinations')).destinations
    const shop = all.find(({ name }: { name: string }) => name === 'Extole of the shop')
    const other = all.find(({ id }: { id: string }) => id !== shop.id)
    await at.api('PATCH', `/destinations/${other.id}`, { name: 'Original', settings: { container: 'copied' } })

    await at.go(`/destinations/${shop.id}/settings`)
    await page.getByRole('combobox', { name: 'Copy settings from' }).click()
    await page.getByRole('option', { name: 'Original' }).click()
    await page.getByRole('button', { name: 'Save settings' }).click()
    await page.getByText('The settings are saved and in force.').waitFor()
    const { destination } = await at.api('GET', `/destinations/${shop.id}`)
    expect(destination.settings).toMatchObject({ container: 'copied' })
    expect(destination.settings.apiKey).toBe(shop.settings.apiKey)

    const { writeKeys } = (await at.api('GET', `/sources/${shop.sourceId}`)).source
    await extoleAnswers(at, { path: '/v6/', status: 503 })
    const event = { type: 'track', event: 'Really Happened', userId: 'real', writeKey: writeKeys[0] }
    await fetch(`${at.server.running.url}/v1/track`, { method: 'POST', body: JSON.stringify(event) })
    const latest = async () => (await at.api('GET', `/sources/${shop.sourceId}/latest-events?count=1`)).events
    await expect.poll(latest, { timeout: 10_000 }).toHaveLength(1)
    await page.getByRole('link', { name: 'Event tester' }).click()
    await page.getByRole('combobox', { name: 'Begin with' }).click()
    await page.getByRole('option', { name: /Really Happened/ }).click()
    await page.getByText('This one really happened').waitFor()
    await page.getByRole('button', { name: 'Show the request' }).click()
    const request = page.getByRole('region', { name: /^Mapping/ }).getByLabel('Request')
    await request.getByText('Really Happened').waitFor()
    await looksRight(at, 'event-tester')

    await page.getByRole('button', { name: 'Switch off' }).click()
    await page
      .getByRole('dialog')
      .getByText(/(is kept and goes|are kept and go) on when it is switched on again/)
      .waitFor()
    await page.getByRole('button', { name: 'Switch it off' }).click()
    await page.getByText('Switched off').first().waitFor()

    await page.getByRole('link', { name: 'Settings' }).last().click()
    await page.getByRole('button', { name: 'Delete the destination' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(/[1-9] deliver(y that waits is|ies that wait are) cancelled/).waitFor()
    const confirm = dialog.getByRole('button', { name: 'Delete Extole of the shop' })
    await dialog.getByLabel('Type Extole of the shop to confirm').fill('Extole')
    await expect.poll(() => confirm.isDisabled()).toBe(true)
    await dialog.getByLabel('Type Extole of the shop to confirm').fill('Extole of the shop')
    await looksRight(at, 'delete-destination')
    await confirm.click()
    await page.getByRole('heading', { name: 'Destinations' }).waitFor()
    await page.getByRole('link', { name: 'Extole of the shop' }).waitFor({ state: 'detached' })
    const left = (await at.api('GET', '/destinations')).destinations
    expect(left.map(({ id }: { id: string }) => id)).not.toContain(shop.id)
    await extoleAnswers(at)
    expect(at.browser.errors.filter((error) => !/404|409/.test(error))).toEqual([])
  },
  60_000,
)
