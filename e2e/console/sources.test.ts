/** Journey 10, sources: adding one, looking at it, and changing its write key without losing an event. */
import { expect } from 'vitest'
import { expectAccessible, type TestConsole } from './console.fixture.ts'
import { journeys, look } from './journey.fixture.ts'

let at: TestConsole

const journey = journeys(async (started) => {
  at = started
})

/** A slug that is taken is answered 409, which the browser writes down. */
const errors = () => at.browser.errors.filter((text) => !text.includes('409 (Conflict)'))

/** @returns the status of the answer */
async function send(writeKey: string, event: string): Promise<number> {
  const body = JSON.stringify({ userId: 'ada', event, writeKey })
  return (await fetch(`${at.server.running.url}/v1/track`, { method: 'POST', body })).status
}

journey('a source is added from the catalog, and shows how to send to it', async () => {
  const { page } = at
  await at.go('/sources')
  await page.getByRole('link', { name: 'JavaScript' }).waitFor()
  await look(at, 'sources')
  await page.getByRole('link', { name: 'Add Source' }).click()
  await page.getByRole('button', { name: 'Add Source' }).click()
  await page.getByText('Choose what sends the events.').waitFor()
  await page.getByRole('radio', { name: 'Python' }).check()
  await page.getByLabel('Name').fill('Order service')
  await expect.poll(() => page.getByLabel('Slug').inputValue()).toBe('order-service')
  await look(at, 'sources-add')
  await page.getByRole('button', { name: 'Add Source' }).click()
  await page.getByRole('heading', { name: 'Order service' }).waitFor()
  await page.getByLabel('Snippet', { exact: true }).getByText('segment.analytics').waitFor()
  const [source] = (await at.api('GET', '/sources')).sources.filter(
    ({ slug }: { slug: string }) => slug === 'order-service',
  )
  expect(source).toMatchObject({ name: 'Order service', enabled: true, metadata: { slug: 'python' } })
  await look(at, 'source-set-up')

  // A slug that is taken is said at its field.
  await at.go('/sources/add')
  await page.getByRole('radio', { name: 'Go', exact: true }).check()
  await page.getByLabel('Slug').fill('order-service')
  await page.getByRole('button', { name: 'Add Source' }).click()
  await page.getByText('another source has this slug').waitFor()
  expect(errors()).toEqual([])
})

journey(
  'a write key is changed: the old and the new one work, and after its end the old one is answered 401',
  async () => {
    const { page } = at
    const { source } = await at.api('POST', '/sources', { slug: 'rotating', name: 'Rotating', metadataId: 'node' })
    const [oldKey] = source.writeKeys
    await at.go(`/sources/${source.id}/settings`)
    await page.getByRole('button', { name: 'Add write key' }).click()
    await page.getByText('Newest').waitFor()
    const { source: both } = await at.api('GET', `/sources/${source.id}`)
    const newKey = both.writeKeys.find((key: string) => key !== oldKey)
    expect([await send(oldKey, 'With the old key'), await send(newKey, 'With the new key')]).toEqual([200, 200])
    // In the middle of it the list has the key that stays.
    await at.go('/sources')
    await page
      .getByRole('row', { name: /Rotating/ })
      .getByText(newKey)
      .waitFor()
    await at.go(`/sources/${source.id}/settings`)
    // Whether it can be ended: whatever still sends shows.
    const row = page.getByRole('row', { name: new RegExp(oldKey) })
    await row.getByText(/^used (now|\d+ m?s ago)$/).waitFor()
    await look(at, 'source-settings')

    await page.getByRole('button', { name: `End ${oldKey}` }).click()
    await page.getByText('The other key goes on working.').waitFor()
    await page.getByText('something still sends with it').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'End this key' }).click()
    await page.getByRole('button', { name: `End ${oldKey}` }).waitFor({ state: 'detached' })
    expect([await send(oldKey, 'Too late'), await send(newKey, 'Still there')]).toEqual([401, 200])
    expect(errors()).toEqual([])
  },
)

journey('settings of a source are saved, kept from being lost by accident, and a source is deleted', async () => {
  const { page } = at
  const { source } = await at.api('POST', '/sources', { slug: 'changing', name: 'Changing', metadataId: 'node' })
  await at.go(`/sources/${source.id}/settings`)
  await page.getByLabel('Name').fill('Changed')
  await page.getByRole('combobox', { name: 'Labels' }).fill('team:web')
  await page.getByRole('combobox', { name: 'Labels' }).press('Enter')
  await page.getByRole('link', { name: 'Destinations', exact: true }).last().click()
  await page.getByRole('button', { name: 'Stay' }).click()
  await page.getByRole('switch', { name: 'Takes events' }).uncheck()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Changed' }).waitFor()
  await page.getByRole('button', { name: 'Discard changes' }).waitFor({ state: 'detached' })
  expect((await at.api('GET', `/sources/${source.id}`)).source).toMatchObject({
    ...{ name: 'Changed', enabled: false, labels: [{ key: 'team', value: 'web' }] },
  })
  await page.getByRole('link', { name: 'Destinations', exact: true }).last().click()
  await page.getByText('Its events go nowhere yet').waitFor()
  await page.getByRole('link', { name: 'Settings' }).last().click()
  // Changes of what is deleted are nothing to be asked about.
  await page.getByLabel('Name').fill('Half typed')
  await page.getByRole('button', { name: 'Delete this source' }).click()
  await page.getByRole('button', { name: 'Delete the source' }).click()
  await page.getByRole('heading', { name: 'Sources' }).waitFor()
  await page.getByRole('link', { name: 'Changed' }).waitFor({ state: 'detached' })
  expect(errors()).toEqual([])
})
