/**
 * A hundred hostile texts in everything that events and the configuration can carry, and every view opened (reliability
 * contract S19): none of them runs, asks anybody, or changes what the page is made of.
 */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WITHOUT_BROWSER } from './console.fixture.ts'
import { type HostileConsole, startHostileConsole } from './hostile-workspace.fixture.ts'
import { NAMES, PAYLOADS } from './payloads.fixture.ts'
import { everyView, whenLoaded } from './views.fixture.ts'

/** Long enough for what a text would begin to have begun: an image that fails, a handler, an animation. */
const BEGUN_MS = 150

let at: HostileConsole
const dialogs: string[] = []

beforeAll(async () => {
  if (WITHOUT_BROWSER !== '') return
  at = await startHostileConsole()
  at.page.on('dialog', (dialog) => {
    // What was opened may ask whether to leave; any other dialog is a text that runs.
    if (dialog.type() === 'beforeunload') return void dialog.accept()
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  await at.page.addInitScript(`
    window.reports = []
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) =>
      window.reports.push([violatedDirective, blockedURI, sample].join(' ')))`)
}, 120_000)

afterAll(async () => {
  await at?.[Symbol.asyncDispose]()
}, 60_000)

/** What of a hostile text has become more than text. */
const became = (page: Page) =>
  page.evaluate(`(() => {
  // A path of our own may have a hostile text in it, encoded: what counts is where it leads.
  const leadsAway = (value) => {
    if (!URL.canParse(value, location.href)) return false
    const { protocol, hostname } = new URL(value, location.href)
    return /^(javascript|vbscript|data|blob):/.test(protocol) || hostname.endsWith('xss.invalid')
  }
  return {
    canary: window.pwned ?? null,
    reports: window.reports,
    handlers: [...document.querySelectorAll('*')]
      .filter((each) => each.getAttributeNames().some((name) => name.startsWith('on'))).map((each) => each.outerHTML),
    addresses: [...document.querySelectorAll('[href], [src], [action], [data], [srcset], [formaction]')]
      .flatMap((each) => ['href', 'src', 'action', 'data', 'srcset', 'formaction'].map((name) => each.getAttribute(name)))
      .filter((value) => value !== null && leadsAway(value)),
    foreign: [...document.querySelectorAll('iframe, object, embed, base, script:not([src]), meta[http-equiv], marquee, dialog, body template')]
      .map((each) => each.outerHTML),
  }})()`)

const NOTHING = { canary: null, reports: [], handlers: [], addresses: [], foreign: [] }

/** Opens what on the page hides something: details of rows, menus. */
const openSome = (page: Page) =>
  page.evaluate(`[...document.querySelectorAll('#main [aria-expanded=false]:not(input)')]
    .slice(0, 10).forEach((each) => each.click())`)

test.skipIf(WITHOUT_BROWSER !== '')(
  `no text of events or of the configuration becomes more than text in any view${WITHOUT_BROWSER}`,
  async () => {
    const { page, browser, server } = at
    const shown = new Set<string>()
    const views = await everyView(at.ids)
    expect(views.length).toBeGreaterThan(15)
    for (const view of views) {
      await at.go(view)
      await whenLoaded(page)
      if (view.endsWith('/debugger')) await at.sendAll()
      await openSome(page)
      await page.waitForTimeout(BEGUN_MS)
      expect(await became(page), view).toEqual(NOTHING)
      const text = (await page.locator('body').textContent()) ?? ''
      for (const each of PAYLOADS) if (text.includes(each)) shown.add(`${view} ${each}`)
    }
    expect(dialogs).toEqual([])
    const { hostname } = new URL(server.running.url)
    expect(browser.requests.filter(({ url }) => new URL(url).hostname !== hostname)).toEqual([])
    expect(browser.errors.filter((text) => /security|trusted|refused to/i.test(text))).toEqual([])
    // They were there: whole, as text.
    expect(NAMES.filter((each) => !shown.has(`/settings/tokens ${each}`))).toEqual([])
  },
  240_000,
)
