/** Journey 9: somebody asks to be forgotten, and is: here, in the search, and at Extole. */
import { expect, vi } from 'vitest'
import { expectAccessible, type TestConsole } from './console.fixture.ts'
import { FRAME_MOVES_MS, journeys, look, personsAtExtole, SOON, send } from './journey.fixture.ts'

const USERS = ['ada', 'bob', 'eve']
let at: TestConsole

const journey = journeys(async (started) => {
  at = started
  await send(at, (analytics) => {
    for (const userId of USERS) analytics.identify({ userId, traits: { email: `${userId}@example.com` } })
    analytics.identify({ anonymousId: 'phone', traits: { email: 'grace@example.com' } })
  })
  for (const userId of USERS) await vi.waitFor(async () => expect(await isAtExtole(userId)).toBe(true), SOON)
})

const isAtExtole = async (userId: string) => (await personsAtExtole(at, userId)).length > 0

const found = async (search: string) =>
  (await at.api('GET', `/spaces/${at.server.quickstart.spaceId}/profiles?search=${search}`)).profiles.length

journey('two people are deleted by their user ids, after it was said what will happen', async () => {
  const { page } = at
  await page.getByRole('link', { name: 'Privacy' }).click()
  await page.getByText('Nobody was deleted yet').waitFor()
  await look(at, 'privacy-empty')
  await page.getByRole('link', { name: 'Delete a user' }).click()
  await page.getByLabel('User ids').fill('ada \n')
  await page.getByText('“ada ” will be looked for with the space').waitFor()
  await page.getByLabel('User ids').fill('ada\nbob\nnobody\n')
  await page.getByRole('button', { name: 'See what will happen' }).click()
  await page.getByText('What will happen to 3 people').waitFor()
  await page.getByText(/2 profiles in .* will be gone/).waitFor()
  await page.getByText('Told to delete them:').waitFor()
  const act = page.getByRole('button', { name: 'Delete 3 people' })
  await expect.poll(() => act.isDisabled()).toBe(true)
  await page.getByLabel('Type delete to confirm').fill('delete')
  await look(at, 'delete-confirm')
  await page.getByLabel('Type delete to confirm').press('Enter')

  await page.getByRole('heading', { name: 'A deletion' }).waitFor()
  await page.getByText('Finished', { exact: true }).waitFor({ timeout: 15_000 })
  await page.getByText('All of 3 calls were answered well.').waitFor()
  await page.getByText('"status": "COMPLETED"').first().waitFor()
  await look(at, 'deletion')
  expect([await isAtExtole('ada'), await isAtExtole('bob'), await isAtExtole('eve')]).toEqual([false, false, true])
  expect([await found('ada@example.com'), await found('bob'), await found('eve')]).toEqual([0, 0, 1])
})

journey('from a profile, a person goes with all their ids, and the way back shows nothing of them', async () => {
  const { page } = at
  await at.go('/profiles?q=eve@example.com')
  await page.getByRole('link', { name: 'eve@example.com' }).click()
  await page.getByRole('button', { name: 'Delete this person' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText(/1 profile in .* will be gone/).waitFor()
  await look(at, 'delete-person')
  await dialog.getByLabel('Type delete to confirm').fill('delete')
  await dialog.getByRole('button', { name: 'Delete this person' }).click()
  await page.getByRole('heading', { name: 'A deletion' }).waitFor()
  await page.getByText('Finished', { exact: true }).waitFor({ timeout: 15_000 })
  expect([await isAtExtole('eve'), await found('eve')]).toEqual([false, 0])
  // The way back leads to nothing that was known of them.
  await page.goBack()
  await page.getByText('It is not there (any more)').first().waitFor()
  expect(await page.getByRole('tab').count()).toBe(0)
  expect(await page.getByText('eve@example.com').count()).toBe(0)
})

journey(
  'a person without a user id goes, too; while the pipeline is busy that is said, and the list has all',
  async () => {
    const { page } = at
    await at.go('/profiles?q=grace@example.com')
    await page.getByRole('link', { name: 'grace@example.com' }).click()
    await page.getByRole('button', { name: 'Delete this person' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(/1 profile in .* will be gone/).waitFor()
    await dialog.getByText('they are asked by a user id, and there is none').waitFor()
    await dialog.getByLabel('Type delete to confirm').fill('delete')
    // As it is while the pipeline has much to do.
    await page.route('**/api/regulations/*/progress', (route) => route.fulfill({ status: 404, json: {} }))
    await page.route('**/api/status', async (route) => {
      const response = await route.fetch()
      const { data } = (await response.json()) as { data: { log: object } }
      await route.fulfill({ response, json: { data: { ...data, log: { ...data.log, behind: 1_234 } } } })
    })
    await dialog.getByRole('button', { name: 'Delete this person' }).click()
    await page.getByText('worked through 1,234 records').waitFor()
    await look(at, 'deletion-accepted')
    await page.unroute('**/api/regulations/*/progress')
    await page.unroute('**/api/status')
    await page.getByText('Finished', { exact: true }).waitFor({ timeout: 15_000 })
    await page.getByText('No destination was told').waitFor()
    expect(await found('grace@example.com')).toBe(0)
    await page.goto(`${page.url()}x`)
    await page.getByText('It is not there (any more)').waitFor()

    await at.go('/profiles?q=eve')
    await page.getByText('Nobody has this id').waitFor()
    await page.getByRole('link', { name: 'Privacy' }).click()
    const rows = page.getByRole('table', { name: 'Deletions' }).getByRole('row')
    await expect.poll(() => rows.count()).toBe(4)
    await look(at, 'privacy')
    await page.getByRole('button', { name: /Dark colours/ }).click()
    await page.waitForTimeout(FRAME_MOVES_MS)
    await expectAccessible(page)
    // Of who is gone, and of a deletion that is not begun, the browser writes down that they are not there.
    expect(at.browser.errors.filter((text) => !/status of 404/.test(text))).toEqual([])
  },
)
