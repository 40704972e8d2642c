/** What holds for every view of the console, those added later included: they are asked of its router. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible, expectNoSideways, SIZES, WITHOUT_BROWSER } from './console.fixture.ts'
import { type HostileConsole, startHostileConsole } from './hostile-workspace.fixture.ts'
import { expectKeyboard, expectOverlays, untilFocused } from './keyboard.fixture.ts'
import { type Line, problem } from './line.fixture.ts'
import { NAMES, PAYLOADS } from './payloads.fixture.ts'
import { expectTextOnly } from './text-only.fixture.ts'
import { everyView } from './views.fixture.ts'
import {
  everywhere,
  IS_ANSWERED,
  startWalker,
  tryAgain,
  until,
  untilAgain,
  untilTold,
  untilWhole,
  type Walker,
} from './walk.fixture.ts'

const WALKERS = 4
/** Google calls so much good. */
const LAYOUT_SHIFT_MAX = 0.1
const LATE: Line = { kind: 'late', ms: 60 }
const OPEN: Line = { kind: 'open' }
const BROKEN = problem(500, 'internal', 'The disk of this test is on fire.')
const REFUSED = problem(403, 'forbidden', 'Your account may not see this test.')
const ENDED = problem(401, 'unauthenticated', 'You are not signed in.')
/** What the frame of the page says for what only makes a view poorer. */
const POORER = 'A part of this page did not load'

let at: HostileConsole
let views: readonly string[]
let walkers: readonly Walker[]
let session: { readonly data: unknown }

beforeAll(async () => {
  if (WITHOUT_BROWSER !== '') return
  at = await startHostileConsole()
  views = await everyView(at.ids)
  const { context } = at.browser
  walkers = await Promise.all(Array.from({ length: WALKERS }, () => startWalker(context, at.server.running.url)))
  session = (await walkers[0]?.page.evaluate(`fetch('/api/session').then((answer) => answer.json())`)) as typeof session
}, 120_000)

afterAll(async () => {
  await Promise.all(walkers?.map((each) => each[Symbol.asyncDispose]()) ?? [])
  await at?.[Symbol.asyncDispose]()
}, 60_000)

const walk = (promise: string, look: () => Promise<void>) =>
  test.skipIf(WITHOUT_BROWSER !== '')(`${promise}${WITHOUT_BROWSER}`, look, 300_000)

/** Unexpected ones: what the server refuses is told on the page, and the browser notes it as an error, too. */
const unexpected = (errors: readonly string[]) => errors.filter((error) => !/Failed to load resource/.test(error))

walk('every view has a title and help, bars nobody and does not jump, in both sizes and schemes', async () => {
  const helps = new Set<string>()
  await everywhere(views, walkers, async ({ page, line, errors, become, open, shifts }, view) => {
    errors.length = 0
    line.become(LATE)
    for (const size of SIZES) {
      await become(size, 'light')
      await open(view)
      await untilWhole(page)
      expect(await page.title()).toMatch(/\S · Grapevine$/)
      const { sum, moved } = await shifts()
      expect(sum, `${size.width} wide: ${moved.join('\n')}`).toBeLessThan(LAYOUT_SHIFT_MAX)
      await expectNoSideways(page)
      await expectAccessible(page)
      await become(size, 'dark')
      await expectAccessible(page, 'colours')
      // Last of all: some fields open what can be chosen when they are reached.
      if (size === SIZES[0]) await expectKeyboard(page)
    }
    const links = await page.getByRole('link', { name: /^Help on / }).all()
    if (!view.startsWith('/help')) expect(links.length).toBeGreaterThan(0)
    for (const each of links) helps.add((await each.getAttribute('href')) ?? '')
    expect(unexpected(errors)).toEqual([])
  })
  await everywhere([...helps], walkers, async ({ page, line, open }, href) => {
    line.become(OPEN)
    const { pathname, hash } = new URL(href, at.server.running.url)
    await open(pathname.slice('/app'.length))
    await untilWhole(page)
    if (hash !== '') expect(await page.locator(`[id="${hash.slice(1)}"]`).count()).toBe(1)
  })
})

walk('what opens over a view bars nobody, holds the focus and gives it back', async () => {
  const seen = new Set<string>()
  await everywhere(views, walkers, async ({ page, line, become, open }, view) => {
    const place = views.indexOf(view) % 2
    line.become(OPEN)
    await become(SIZES[place] ?? SIZES[0], place === 0 ? 'light' : 'dark')
    await open(view)
    await untilWhole(page)
    await expectOverlays(page, seen)
  })
})

walk('no text of events or of the configuration becomes more than text in any view', async () => {
  const shown = new Set<string>()
  const { browser, server } = at
  const begun = browser.requests.length
  await everywhere(views, walkers, async ({ page, line, errors, open, dialogs }, view) => {
    errors.length = 0
    line.become(OPEN)
    await open(view)
    await untilWhole(page)
    if (view.endsWith('/debugger')) await at.sendAll()
    await expectTextOnly(page)
    const text = (await page.locator('body').textContent()) ?? ''
    for (const each of PAYLOADS) if (text.includes(each)) shown.add(`${view} ${each}`)
    expect(dialogs).toEqual([])
    expect(unexpected(errors)).toEqual([])
  })
  const { hostname } = new URL(server.running.url)
  expect(browser.requests.slice(begun).filter(({ url }) => new URL(url).hostname !== hostname)).toEqual([])
  // They were there: whole, as text.
  expect(NAMES.filter((each) => !shown.has(`/settings/tokens ${each}`))).toEqual([])
  for (const start of ['/profiles/', '/events/', '/sources', '/destinations', '/audiences', '/settings/groups'])
    expect([...shown].filter((each) => each.startsWith(start)).length, start).toBeGreaterThan(0)
})

/** What is waited for is said, or so much is there that nobody waits. */
const SAYS_WHAT_IT_WAITS_FOR = `document.querySelector('#main h1') && / · Grapevine$/.test(document.title) && (() => {
  const busy = [...document.querySelectorAll('#main [aria-busy=true]')]
  return busy.length === 0
    ? document.querySelector('#main').innerText.length > 60
    : busy.every((each) => /^(Loading|Looking|Searching) \\w+/.test(each.textContent))
})()`

walk('every view says what it waits for, what failed and what to do, and goes on when answers come', async () => {
  await everywhere(views, walkers, async ({ page, line, errors, open }, view) => {
    errors.length = 0
    line.become({ kind: 'held' })
    await open(view)
    await until(page, SAYS_WHAT_IT_WAITS_FOR)
    const asks = line.met() > 0
    line.become(BROKEN)
    if (asks) {
      await untilTold(page, `disk of this test is on fire|${POORER}`)
      await untilAgain(page)
      line.become({ kind: 'cut' })
      await tryAgain(page)
      await untilTold(page, `The server cannot be reached|${POORER}`)
      await untilAgain(page)
    }
    line.become(OPEN)
    await tryAgain(page)
    await untilWhole(page)
    expect(unexpected(errors)).toEqual([])
  })
})

const askAnew = (among: string) =>
  `void self.__TSR_ROUTER__.options.context.queryClient.invalidateQueries({ predicate: ${among} })`

walk('a view that is refused, or whose session has ended, keeps what was there and what was typed', async () => {
  await everywhere(views, walkers, async ({ page, line, open }, view) => {
    line.become(OPEN)
    await open(view)
    await untilWhole(page)
    // A heading may still wait for the name that it ends with.
    await until(page, IS_ANSWERED)
    const field = page
      .locator('#main :is(input[type=text], input:not([type]), textarea):not([aria-haspopup], [readonly])')
      .locator('visible=true')
      .first()
    const isForm = (await field.count()) > 0 && (await field.isEnabled())
    if (isForm) await field.fill('half typed')
    const words = (await page.locator('#main').innerText()).slice(0, 20)

    line.become(REFUSED)
    await page.evaluate(askAnew(`({ queryKey }) => queryKey[0] !== 'session'`))
    await until(page, IS_ANSWERED)
    if (line.met() > 0) await untilTold(page, `may not see this test|${POORER}`)
    await expect.poll(() => page.locator('#main').innerText()).toContain(words)

    // Whoever signs in anew is let in at once: how passwords are checked is shown elsewhere.
    line.become(ENDED, (method, path) => {
      if (method === 'POST' && path === '/api/session')
        line.become({ kind: 'answered', status: 201, body: session }, (asked) => asked === 'POST')
      return path.startsWith('/api/')
    })
    await page.evaluate(askAnew('() => true'))
    const dialog = page.getByRole('dialog', { name: 'Your session has ended' })
    await dialog.getByRole('textbox', { name: 'Password' }).fill('correct horse battery')
    await dialog.getByRole('button', { name: 'Sign in' }).click()
    await dialog.waitFor({ state: 'detached' })
    await untilWhole(page)
    if (!isForm) return
    await expect.poll(() => field.inputValue()).toBe('half typed')
    await untilFocused(page, field, 'the field')
  })
})
