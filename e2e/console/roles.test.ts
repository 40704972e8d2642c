/** Each role sees the areas that are theirs, and of what is beyond them why (reliability contract S22, in the browser). */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BrowserSession } from '../browser-session.fixture.ts'
import { joinAsOwner, OWNER, startConsole, type TestConsole, WITHOUT_BROWSER } from './console.fixture.ts'

const PASSWORD = 'correct horse battery'
/** Written out once more: a part that is shown to a role by mistake is seen here. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  viewer: ['Your account', 'Health', 'Backups'],
  editor: ['Your account', 'Health', 'Backups'],
  admin: ['Your account', 'Users', 'Groups', 'Tokens', 'Audit log', 'Health', 'Backups'],
  owner: ['Your account', 'Users', 'Groups', 'Tokens', 'Audit log', 'Health', 'Backups'],
}
const PEOPLE = Object.keys(PARTS).flatMap((role) => [false, true].map((pii) => ({ role, pii })))

let at: TestConsole
let owner: BrowserSession

beforeAll(async () => {
  if (WITHOUT_BROWSER !== '') return
  at = await startConsole()
  await joinAsOwner(at)
  owner = new BrowserSession(at.server.running.url)
  await owner.call('POST', '/api/session', { email: OWNER.email, password: OWNER.password })
}, 60_000)

afterAll(async () => {
  await at?.[Symbol.asyncDispose]()
}, 60_000)

async function signInAs(role: string, pii: boolean) {
  const email = `${role}-${pii}@example.com`
  const permissions = [{ roleId: role }, ...(pii ? [{ roleId: 'pii' }] : [])]
  const { json } = await owner.call('POST', '/api/invites', { invites: [{ email, permissions }] })
  const theirs = new BrowserSession(at.server.running.url)
  await theirs.call('POST', '/api/join', { token: json.data.tokens[0].token, name: email, password: PASSWORD })
  const [, value = ''] = theirs.cookie.split('=')
  await at.browser.context.clearCookies()
  await at.browser.context.addCookies([{ name: 'grapevine', value, url: at.server.running.url }])
}

for (const { role, pii } of PEOPLE)
  test.skipIf(WITHOUT_BROWSER !== '')(
    `${pii ? `a person with pii who is ${role}` : `a person who is ${role}`} is shown what is theirs, and of the rest why not${WITHOUT_BROWSER}`,
    async () => {
      const { page } = at
      await signInAs(role, pii)
      await at.go('/settings/account')
      const settings = page.getByRole('navigation', { name: 'Settings' })
      await settings.getByRole('link').first().waitFor()
      expect(await settings.getByRole('link').allTextContents()).toEqual(PARTS[role])
      // Where the navigation leads, nobody is sent away.
      const areas = page.getByRole('navigation', { name: 'Areas' })
      for (const area of await areas.getByRole('link').allTextContents()) {
        await areas.getByRole('link', { name: area, exact: true }).click()
        await page.locator('#main h1').waitFor()
        await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
        expect(await page.getByText('Your account may not do this').count(), area).toBe(0)
      }
      // What acts is greyed without the right, and says which one.
      await at.go('/destinations')
      const add = page
        .getByRole('button', { name: 'Add Destination' })
        .or(page.getByRole('link', { name: 'Add Destination' }))
      await add.first().waitFor()
      if (role === 'viewer') {
        const button = page.getByRole('button', { name: 'Add Destination' })
        expect(await button.isDisabled()).toBe(true)
        const why = page.getByRole('tooltip', { name: 'Your account lacks the right api:write.' })
        await button.hover({ force: true })
        await why.waitFor()
        await page.mouse.move(0, 0)
        await why.waitFor({ state: 'detached' })
        // By the keyboard, and said to screen readers; and it does nothing.
        await button.focus()
        await why.waitFor()
        const described = await button.evaluate(
          (each) => document.getElementById(each.getAttribute('aria-describedby') ?? '')?.textContent,
        )
        expect(described).toBe('Your account lacks the right api:write.')
        await page.keyboard.press('Enter')
        expect(new URL(page.url()).pathname).toBe('/app/destinations')
        await at.go('/privacy')
        await page.getByText('Nobody was deleted yet').waitFor()
        expect(await page.getByRole('button', { name: 'Delete a user' }).isDisabled()).toBe(true)
      }
      await at.go('/settings/users')
      if (PARTS[role]?.includes('Users') !== true)
        await page.getByText('Your account may not do this').first().waitFor()
      else {
        await page.getByRole('button', { name: 'Invite somebody' }).click()
        const contents = page.getByRole('checkbox', { name: /pii/ })
        expect(await contents.isDisabled()).toBe(!pii)
        await page.getByRole('combobox', { name: 'Role' }).click()
        expect(await page.getByRole('option', { name: /^Owner/ }).count()).toBe(role === 'owner' ? 1 : 0)
      }
    },
    60_000,
  )
