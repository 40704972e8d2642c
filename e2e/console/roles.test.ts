/** Each role sees the areas that are theirs, and of what is beyond them why (reliability contract S22, in the browser). */
import type { Page, Response } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BrowserSession } from '../browser-session.fixture.ts'
import { expectNone, OWNER, WITHOUT_BROWSER } from './console.fixture.ts'
import { type HostileConsole, startHostileConsole } from './hostile-workspace.fixture.ts'
import { everyView } from './views.fixture.ts'
import { everywhere, IS_ANSWERED, startWalker, until, untilWhole, type Walker } from './walk.fixture.ts'

const PASSWORD = 'correct horse battery'
/** Written out once more: a part that is shown to a role by mistake is seen here. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  viewer: ['Your account', 'Health', 'Backups'],
  editor: ['Your account', 'Health', 'Backups'],
  admin: ['Your account', 'Users', 'Groups', 'Tokens', 'Audit log', 'Health', 'Backups'],
  owner: ['Your account', 'Users', 'Groups', 'Tokens', 'Audit log', 'Health', 'Backups'],
}
/** Each role, and with the right to see contents those for whom it makes a difference. */
const PEOPLE = Object.keys(PARTS)
  .flatMap((role) => [false, true].map((pii) => ({ role, pii })))
  .filter(({ role, pii }) => !pii || role === 'viewer' || role === 'admin')

/** Of whom every view is walked: who may least. An owner who may see contents sees all of them elsewhere. */
const WALKED = PEOPLE.filter(({ role }) => role === 'viewer')
const WALKERS = 4
/** In the name, the id, a trait and a property of one person: nobody sees it without the right to. */
const CANARY = 'canary-of-a-person'

let at: HostileConsole
let owner: BrowserSession
let views: readonly string[]
/** Those in which somebody who may see contents saw it. */
const personal = new Set<string>()

beforeAll(async () => {
  if (WITHOUT_BROWSER !== '') return
  at = await startHostileConsole()
  views = await everyView(at.ids)
  owner = new BrowserSession(at.server.running.url)
  await owner.call('POST', '/api/session', { email: OWNER.email, password: OWNER.password })
  await at.send({
    type: 'track',
    event: 'Order Completed',
    userId: CANARY,
    properties: { note: CANARY },
    context: { traits: { name: CANARY, email: `${CANARY}@example.com` } },
  })
}, 120_000)

afterAll(async () => {
  await at?.[Symbol.asyncDispose]()
}, 60_000)

/** Buttons that are greyed, and that the keyboard does not reach, or that do not say why. */
const UNSAID = `[...document.querySelectorAll('#main [aria-disabled=true]:not([role=tab])')].filter((each) => {
  const why = document.getElementById(each.getAttribute('aria-describedby') ?? '')
  return each.tabIndex < 0 || !why?.textContent.includes('lacks the right')
}).map((each) => each.outerHTML.slice(0, 200))`

/** Fields that are greyed in a view that does not say, once, which right is lacking. */
const DEAD = `document.querySelector('#main').innerText.includes('lacks the right') ? []
  : [...document.querySelectorAll('#main :is(input, textarea, select):disabled')].map((each) => each.outerHTML.slice(0, 200))`

/** Presses each button of a view that can be pressed, and of what opens then each one, too. */
const PRESS = `(async () => {
  const can = (each) => !each.disabled && each.ariaDisabled !== 'true' && each.isConnected
  const client = self.__TSR_ROUTER__.options.context.queryClient
  const rest = async () => {
    do await new Promise((resolve) => setTimeout(resolve, 20))
    while (client.isFetching() + client.isMutating() > 0)
  }
  for (const each of document.querySelectorAll('#main button:not([role=tab])')) {
    if (!can(each)) continue
    each.click()
    await rest()
    // What it asks for is confirmed before it is left.
    for (const inner of [...document.querySelectorAll('[role=dialog] button, [role=menu] [role=menuitem]')].reverse())
      if (can(inner)) {
        inner.click()
        await rest()
      }
  }
})()`

async function pressAll(page: Page): Promise<void> {
  const { pathname } = new URL(page.url())
  await page.evaluate(PRESS)
  expect(new URL(page.url()).pathname, 'where a button led').toBe(pathname)
}

/** By whom they are: somebody is invited once. */
const cookies = new Map<string, string>()

async function signInAs(role: string, pii: boolean) {
  const { url } = at.server.running
  const email = `${role}-${pii}@example.com`
  const value = cookies.get(email) ?? (await join(email, [{ roleId: role }, ...(pii ? [{ roleId: 'pii' }] : [])]))
  cookies.set(email, value)
  await at.browser.context.clearCookies()
  await at.browser.context.addCookies([{ name: 'grapevine', value, url }])
}

async function join(email: string, permissions: readonly object[]): Promise<string> {
  const { json } = await owner.call('POST', '/api/invites', { invites: [{ email, permissions }] })
  const theirs = new BrowserSession(at.server.running.url)
  await theirs.call('POST', '/api/join', { token: json.data.tokens[0].token, name: email, password: PASSWORD })
  return theirs.cookie.split('=')[1] ?? ''
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
      // The search offers what is theirs, and asks for nothing that they would be refused.
      await page.keyboard.press('ControlOrMeta+k')
      const search = page.getByRole('dialog', { name: 'Find anything' })
      await search.getByText(/lines to choose from/).waitFor()
      expect(await search.getByText('Not searched').count()).toBe(0)
      expect(await search.getByRole('option', { name: 'Users' }).count()).toBe(PARTS[role]?.includes('Users') ? 1 : 0)
      expect(await search.getByRole('option', { name: 'Add Source' }).count()).toBe(role === 'viewer' ? 0 : 1)
      expect(await search.getByRole('option', { name: 'Profiles' }).count()).toBe(pii ? 1 : 0)
      // What acts is greyed without the right, and says which one.
      await at.go('/destinations')
      const add = page
        .getByRole('button', { name: 'Add Destination' })
        .or(page.getByRole('link', { name: 'Add Destination' }))
      await add.first().waitFor()
      if (role === 'viewer') {
        const button = page.getByRole('button', { name: 'Add Destination' })
        await expect.poll(() => button.isDisabled()).toBe(true)
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
        await page.getByRole('table').waitFor()
        expect(await page.getByRole('button', { name: 'Delete a user' }).isDisabled()).toBe(true)
      }
      await at.go('/settings/users')
      if (PARTS[role]?.includes('Users') !== true)
        await page.getByText('It lacks the right users:read. Ask who manages people here.').waitFor()
      else {
        await page.getByRole('button', { name: 'Invite somebody' }).click()
        const contents = page.getByRole('checkbox', { name: /pii/ })
        await expect.poll(() => contents.isDisabled()).toBe(!pii)
        await page.getByRole('combobox', { name: 'Role' }).click()
        expect(await page.getByRole('option', { name: /^Owner/ }).count()).toBe(role === 'owner' ? 1 : 0)
      }
    },
    60_000,
  )

for (const { role, pii } of WALKED)
  test.skipIf(WITHOUT_BROWSER !== '')(
    `no view asks for what ${pii ? `a person with pii who is ${role}` : `a person who is ${role}`} may not see, or shows it${WITHOUT_BROWSER}`,
    async () => {
      await signInAs(role, pii)
      const { context } = at.browser
      await using stack = new AsyncDisposableStack()
      const walkers: Walker[] = []
      for (let place = 0; place < WALKERS; place += 1)
        walkers.push(stack.use(await startWalker(context, at.server.running.url)))
      await everywhere(views, walkers, async ({ page, open, errors }, view) => {
        errors.length = 0
        const refused: string[] = []
        const note = (answer: Response) => {
          if (answer.status() === 403) refused.push(`${answer.request().method()} ${answer.url()}`)
        }
        page.on('response', note)
        await open(view)
        await untilWhole(page)
        await until(page, IS_ANSWERED)
        expectNone(await page.evaluate(UNSAID))
        if (role === 'viewer') expectNone(await page.evaluate(DEAD))
        if ((await page.content()).includes(CANARY)) {
          expect(pii, 'contents are shown').toBe(true)
          personal.add(view)
        }
        // Who sees everything and may change nothing may press it all: what is not theirs is greyed, and nothing is refused.
        if (role === 'viewer' && pii) await pressAll(page)
        page.off('response', note)
        expectNone(refused)
        expectNone(errors)
      })
    },
    120_000,
  )

test.skipIf(WITHOUT_BROWSER !== '')(`somebody with pii sees whose events they are${WITHOUT_BROWSER}`, () => {
  expect([...personal]).toEqual(expect.arrayContaining(['/events']))
})
