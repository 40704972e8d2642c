/** Journey 10: who may come in and do what, tokens, the audit log, and how the server is doing. */
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { expectAccessible, expectNoSideways, OWNER, SIZES, type TestConsole } from './console.fixture.ts'
import { journeys } from './journey.fixture.ts'

const GRACE = { name: 'Grace Hopper', email: 'grace@example.com', password: 'compilers are fine' }

let at: TestConsole

const journey = journeys(async (started) => {
  at = started
})

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor()

/** Another person's browser: cookies of its own. */
async function strangersPage(): Promise<Page> {
  const context = await at.browser.context.browser()?.newContext()
  if (context !== undefined) return context.newPage()
  throw new Error('no second context')
}

async function linkOnce(page: Page): Promise<string> {
  const link = await page.getByRole('dialog').locator('code').first().textContent()
  await page.getByRole('button', { name: 'I have copied it' }).click()
  return link ?? ''
}

async function look(page: Page, name: string) {
  for (const size of SIZES) {
    await page.setViewportSize(size)
    await expectAccessible(page)
    await expectNoSideways(page)
    await at.picture(`${name}-${size.width}`)
  }
  await page.setViewportSize(SIZES[0])
}

journey('a token is made with no more than one may oneself, shown once, and revoked', async () => {
  const { page, server } = at
  await page.getByRole('link', { name: 'Settings' }).click()
  await heading(page, 'Your account')
  await look(page, 'settings-account')
  await page.getByRole('link', { name: 'Tokens' }).click()
  await page.getByRole('button', { name: 'Make a token' }).click()
  await page.getByLabel('Name').fill('Deployment')
  await page.getByRole('checkbox', { name: 'See the audit log' }).check()
  // All of the dialog is in sight.
  const { y = 0, height = 0 } = (await page.getByRole('button', { name: 'Make the token' }).boundingBox()) ?? {}
  expect(y + height).toBeLessThan(SIZES[0].height)
  await page.getByRole('button', { name: 'Make the token' }).click()
  await page.getByText('It is shown this once').waitFor()
  await expectAccessible(page)
  // What is shown once is not closed by a slip.
  await page.keyboard.press('Escape')
  await page.mouse.click(5, 700)
  const token = await linkOnce(page)
  expect(token).toMatch(/^gvt_/)
  const ask = async (path: string) =>
    (await fetch(`${server.running.url}/api${path}`, { headers: { authorization: `Bearer ${token}` } })).status
  expect([await ask('/audit-events'), await ask('/tokens')]).toEqual([200, 403])
  expect(await page.getByText(token).count()).toBe(0)
  await look(page, 'settings-tokens')
  await page.getByRole('button', { name: 'Revoke Deployment' }).click()
  await page.getByText('Every program that uses Deployment is refused from now on').waitFor()
  await page.getByRole('button', { name: 'Revoke the token' }).click()
  await page.getByText('Deployment is revoked.').waitFor()
  expect(await ask('/audit-events')).toBe(401)
})

journey('somebody is invited by a link, made an editor, given a new password, and removed', async () => {
  const { page } = at
  await at.go('/settings/users')
  await page.getByRole('button', { name: 'Invite somebody' }).click()
  await page.getByLabel('E-mail address').fill(GRACE.email)
  await page.getByRole('button', { name: 'Make the invitation' }).click()
  const invitation = await linkOnce(page)
  expect(invitation).toMatch(/\/app\/join#token=gvi_/)
  await page.getByRole('button', { name: `Take back the invitation of ${GRACE.email}` }).waitFor()
  await look(page, 'settings-users')

  const theirs = await strangersPage()
  await theirs.goto(invitation)
  await theirs.getByLabel('Name').fill(GRACE.name)
  expect(theirs.url()).toMatch(/\/app\/join$/)
  await theirs.getByText(`You are invited as ${GRACE.email}.`).waitFor()
  await expect.poll(() => theirs.getByLabel('E-mail address').inputValue()).toBe(GRACE.email)
  await theirs.getByRole('textbox', { name: 'Password' }).fill(GRACE.password)
  await theirs.getByRole('button', { name: 'Make the account' }).click()
  await heading(theirs, 'Overview')

  await page.reload()
  await page.getByRole('link', { name: GRACE.name }).click()
  await page.getByRole('combobox', { name: 'Role' }).click()
  await page.getByRole('option', { name: /^Editor/ }).click()
  await page.getByRole('checkbox', { name: /pii/ }).check()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText(`${GRACE.name} may do this now.`).waitFor()
  await look(page, 'settings-user')
  await page.getByRole('button', { name: 'Make a link' }).click()
  const reset = await linkOnce(page)
  expect(reset).toMatch(/\/app\/reset#token=gvr_/)

  await theirs.goto(reset)
  await expectAccessible(theirs)
  await theirs.getByRole('textbox', { name: 'New password' }).fill('a new one for Grace')
  expect(theirs.url()).toMatch(/\/app\/reset$/)
  await theirs.getByRole('button', { name: 'Set the password' }).click()
  await theirs.getByText('Your new password is set').waitFor()
  await theirs.getByLabel('E-mail address').fill(GRACE.email)
  await theirs.getByRole('textbox', { name: 'Password' }).fill('a new one for Grace')
  await theirs.getByRole('button', { name: 'Sign in' }).click()
  await heading(theirs, 'Overview')

  await page.getByRole('button', { name: `Remove ${GRACE.name}` }).click()
  await page.getByText('All tokens they made are revoked').waitFor()
  await page.getByRole('button', { name: 'Remove the account' }).click()
  await heading(page, 'Users')
  await expect.poll(() => page.getByRole('link', { name: GRACE.name }).count()).toBe(0)
  await theirs.getByRole('dialog', { name: 'Your session has ended' }).waitFor()
  await theirs.context().close()
})

journey('a group gives what it is told to, and its members are put in and taken out', async () => {
  const { page } = at
  await at.go('/settings/groups')
  await page.getByText('No groups').waitFor()
  await page.getByRole('button', { name: 'Make a group' }).click()
  await page.getByLabel('Name').fill('Support')
  await page.getByRole('button', { name: 'Make the group' }).click()
  await heading(page, 'Support')
  await page.getByRole('checkbox', { name: /pii/ }).check()
  // Meanwhile somebody else makes its members editors: neither change is lost, and a person says what holds.
  const groupId = page.url().split('/').at(-1)
  await at.api('PUT', `/groups/${groupId}/permissions`, { permissions: [{ roleId: 'editor' }] })
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('This was changed by somebody else').waitFor()
  await expectAccessible(page)
  await at.picture('settings-group-clash-1280')
  await page.getByRole('button', { name: 'Keep mine' }).click()
  await page.getByRole('link', { name: 'All groups' }).click()
  await page.getByRole('button', { name: 'Stay' }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('The group is saved.').waitFor()
  const { permissions } = (await at.api('GET', `/groups/${groupId}`)).userGroup
  expect(permissions.map(({ roleId }: { roleId: string }) => roleId).sort()).toEqual(['editor', 'pii'])
  await page.getByLabel('E-mail address of somebody').fill(OWNER.email)
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  // Who comes into a group signs in anew, and what is on the page stays.
  await signInAgain(page)
  await page.getByText(`${OWNER.name}, ${OWNER.email}`).waitFor()
  await look(page, 'settings-group')
  await page.getByRole('button', { name: `Take out ${OWNER.email}` }).click()
  await signInAgain(page)
  await page.getByText('Nobody is in it yet').waitFor()
  await page.getByRole('button', { name: 'Delete the group' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete the group' }).click()
  await page.getByText('No groups').waitFor()
})

async function signInAgain(page: Page) {
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' })
  await dialog.getByRole('textbox', { name: 'Password' }).fill(OWNER.password)
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  await dialog.waitFor({ state: 'detached' })
}

journey('the audit log is narrowed in the address, opened, verified and exported', async () => {
  const { page } = at
  await at.go('/settings/audit')
  await page.getByText('Token Revoked').waitFor()
  await page.getByRole('button', { name: 'Details: Token Revoked Deployment' }).click()
  await page.getByLabel('Before').getByText('audit:read').waitFor()
  await page.getByRole('button', { name: 'Verify the log' }).click()
  await page.getByText('The log is whole').waitFor()
  await look(page, 'settings-audit')
  await page.getByRole('combobox', { name: 'Of what' }).click()
  await page.getByRole('option', { name: 'Group' }).click()
  await page.getByRole('button', { name: 'Search' }).click()
  await page.waitForURL(/type=USER_GROUP/)
  await expect.poll(() => page.getByText('Token Revoked').count()).toBe(0)
  await page.reload()
  await page.getByText('Support').first().waitFor()
  // By keyboard, digit by digit, and the way back leads to what was there before.
  await page.getByLabel('To (UTC)').focus()
  await page.keyboard.type('01022020')
  await expect.poll(() => page.getByLabel('To (UTC)').inputValue()).toBe('2020-01-02')
  await page.keyboard.press('Enter')
  await page.waitForURL(/to=2020-01-02/)
  await page.getByText('None fits the filter').waitFor()
  expect(await page.getByLabel('To (UTC)').evaluate((field) => field === document.activeElement)).toBe(true)
  await page.goBack()
  await page.getByText('Rights of Group Changed').first().waitFor()
  await expect.poll(() => page.getByLabel('To (UTC)').inputValue()).toBe('')
  await page.getByRole('button', { name: 'Show all' }).click()
  await page.getByText('Token Revoked').waitFor()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Export as CSV' }).click(),
  ])
  expect(download.suggestedFilename()).toBe('audit.csv')
  const { length } = await (await download.createReadStream()).toArray()
  expect(length).toBeGreaterThan(0)
})

journey('health says which version runs, how much room there is, and who is told of alerts', async () => {
  const { page } = at
  await at.go('/settings/health')
  await page.getByText('Version 0.1.0').waitFor()
  await page.getByText('State in SQLite').waitFor()
  await page.getByText('All counts add up').waitFor()
  await page.getByText('GRAPEVINE_ALERT_URL says where').waitFor()
  await page.getByText(new URL(at.server.running.sandboxUrl ?? '').host).waitFor()
  await look(page, 'settings-health')
})

journey('a backup is made, read again, told how to put it back, and deleted', async () => {
  const { page, server } = at
  await at.go('/settings/backups')
  await page.getByText('No backups yet').waitFor()
  await look(page, 'settings-no-backups')
  await page.getByRole('button', { name: 'Back up now' }).click()
  // It yields to everything else, so on a busy machine it takes its time.
  await page.getByText('sound', { exact: true }).waitFor({ timeout: 90_000 })
  await page.getByRole('button', { name: /^Check / }).click()
  await expect.poll(() => page.getByRole('button', { name: 'Cancel' }).count(), { timeout: 20_000 }).toBe(0)
  await page.getByRole('button', { name: /^Put back / }).click()
  await page.getByText(`npx grapevine restore ${server.directory}/backups/`).first().waitFor()
  await expectAccessible(page)
  await at.picture('settings-backup-restore-1280')
  await page.getByRole('button', { name: 'Close', exact: true }).click()
  await look(page, 'settings-backups')
  await page.emulateMedia({ colorScheme: 'dark' })
  await at.picture('settings-backups-dark')
  await page.emulateMedia({ colorScheme: 'light' })
  await page.getByRole('button', { name: /^Delete / }).click()
  await page.getByText('It is the only sound one').waitFor()
  await page.getByRole('button', { name: 'Delete the backup' }).click()
  await page.getByText('No backups yet').waitFor()
})

journey(
  'a session that ends in the middle of work takes nothing of what was typed, and a wrong password ends no session',
  async () => {
    const { page, server } = at
    await at.go('/settings/account')
    await page.getByLabel('The password you have').fill('it was another')
    await page.getByLabel('New password').fill('another one, longer')
    await page.getByRole('button', { name: 'Change the password' }).click()
    await page.getByText('E-mail address or password is wrong').waitFor()
    expect(await page.getByRole('dialog').count()).toBe(0)

    await at.go('/settings/tokens')
    await page.getByRole('button', { name: 'Make a token' }).click()
    await page.getByLabel('Name').fill('Half typed')
    // The same cookie, elsewhere: the session ends on the server, the page knows nothing of it.
    await page.context().request.delete(`${server.running.url}/api/session`, {
      headers: { 'sec-fetch-site': 'same-origin' },
    })
    await page.getByRole('button', { name: 'Make the token' }).click()
    const dialog = page.getByRole('dialog', { name: 'Your session has ended' })
    await dialog.waitFor()
    await expectAccessible(page)
    await at.picture('session-ended-1280')
    await dialog.getByRole('textbox', { name: 'Password' }).fill('not mine')
    await dialog.getByRole('button', { name: 'Sign in' }).click()
    await dialog.getByText('E-mail address or password is wrong').waitFor()
    await signInAgain(page)
    await expect.poll(() => page.getByLabel('Name').inputValue()).toBe('Half typed')
    await page.getByRole('button', { name: 'Make the token' }).click()
    await page.getByText('It is shown this once').waitFor()
    await linkOnce(page)

    const signOut = async () => {
      await page.getByRole('button', { name: `Account of ${OWNER.name}` }).click()
      await page.getByRole('menuitem', { name: 'Sign out' }).click()
    }
    // Who walks away from a machine of others must know that they are still signed in.
    await page.route('**/api/session', (route) => route.abort())
    await signOut()
    await page.getByText('You are still signed in').waitFor()
    await page.unroute('**/api/session')
    await signOut()
    await heading(page, 'Sign in')
    // Requests that were refused, or did not get through, are told by the browser, too; nothing else went wrong.
    expect(at.browser.errors.filter((text) => !/status of 4(01|12)|ERR_FAILED/.test(text))).toEqual([])
  },
)
