/** The sandbox's Tech Center, as a person uses it: the key that its page shows is one that Extole's API takes. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ExtoleSandbox, startExtoleSandbox } from '../../src/extole/index.ts'
import { systemClock, systemRandom } from '../../src/ports/index.ts'
import { type Browser, CHROMIUM, startBrowser } from './chromium.ts'

const WITHOUT = CHROMIUM === undefined ? ' (not run: there is no Chromium on this machine)' : ''

let sandbox: ExtoleSandbox
let browser: Browser

beforeAll(async () => {
  if (CHROMIUM === undefined) return
  const options = { host: '127.0.0.1', port: 0, file: ':memory:', clock: systemClock, random: systemRandom }
  sandbox = await startExtoleSandbox(options)
  browser = await startBrowser(CHROMIUM)
}, 60_000)

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await sandbox?.close()
})

test.skipIf(CHROMIUM === undefined)(
  `a key is made on the page, copied, and works with the scopes that were left ticked${WITHOUT}`,
  async () => {
    await browser.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: sandbox.url })
    const page = await browser.context.newPage()
    page.setDefaultTimeout(10_000)
    await page.goto(sandbox.url)
    expect(await page.getByRole('note').textContent()).toContain('It is not Extole')
    await page.getByRole('link', { name: 'Tech Center' }).click()
    expect(await page.getByRole('note').textContent()).toContain('It is not Extole')
    await page.getByLabel('Name').fill('<b>Shop</b>')
    await page.getByLabel('CLIENT_ADMIN').uncheck()
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST'),
      page.getByRole('button', { name: 'Make the key' }).click(),
    ])
    expect(answer.headers()['x-extole-sandbox']).toBe('grapevine')
    const key = await page.locator('#key').textContent()
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key)
    expect(await page.getByRole('cell', { name: '<b>Shop</b>' }).count()).toBe(1)

    const authorization = `Bearer ${key}`
    const token = await (await fetch(`${sandbox.url}/v4/tokens`, { headers: { authorization } })).json()
    expect(token).toMatchObject({ type: 'MANAGED', scopes: ['USER_SUPPORT'] })
    await page.goto(`${sandbox.url}/tech-center`)
    expect(await page.content()).not.toContain(key)
    await page.close()
    expect(browser.errors).toEqual([])
    expect(new Set(browser.requests.map(({ url }) => new URL(url).origin))).toEqual(new Set([sandbox.url]))
  },
  60_000,
)
