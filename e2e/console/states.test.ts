/** What every view draws while answers are not there, fail, or there is nothing: words, and a way on. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WITHOUT_BROWSER } from './console.fixture.ts'
import { type HostileConsole, startHostileConsole } from './hostile-workspace.fixture.ts'
import { type Line, problem } from './line.fixture.ts'
import { everyView } from './views.fixture.ts'
import {
  everywhere,
  startWalker,
  tryAgain,
  until,
  untilAgain,
  untilTold,
  untilWhole,
  type Walker,
} from './walk.fixture.ts'

const WALKERS = 4
const BROKEN = problem(500, 'internal', 'The disk of this test is on fire.')
const REFUSED = problem(403, 'forbidden', 'Your account may not see this test.')
const ENDED = problem(401, 'unauthenticated', 'You are not signed in.')
const OPEN: Line = { kind: 'open' }
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
  walkers = await Promise.all(
    Array.from({ length: WALKERS }, () => startWalker(at.browser.context, at.server.running.url)),
  )
  session = (await walkers[0]?.page.evaluate(`fetch('/api/session').then((answer) => answer.json())`)) as typeof session
}, 120_000)

afterAll(async () => {
  await Promise.all(walkers?.map((each) => each[Symbol.asyncDispose]()) ?? [])
  await at?.[Symbol.asyncDispose]()
}, 60_000)

const walk = test.skipIf(WITHOUT_BROWSER !== '')

/** What is waited for is said, or so much is there that nobody waits. */
const SAYS_WHAT_IT_WAITS_FOR = `document.querySelector('#main h1') && / · Grapevine$/.test(document.title) && (() => {
  const busy = [...document.querySelectorAll('#main [aria-busy=true]')]
  return busy.length === 0
    ? document.querySelector('#main').innerText.length > 60
    : busy.every((each) => /^(Loading|Looking|Searching) \\w+/.test(each.textContent))
})()`

walk(
  `every view says what it waits for, what failed and what to do, and goes on when answers come${WITHOUT_BROWSER}`,
  async () => {
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
      expect(errors.filter((error) => !/Failed to load resource/.test(error))).toEqual([])
    })
  },
  240_000,
)

walk(
  `a view that is refused, or whose session has ended, keeps what was there and what was typed${WITHOUT_BROWSER}`,
  async () => {
    await everywhere(views, walkers, async ({ page, line, open }, view) => {
      await open(view)
      await untilWhole(page)
      const field = page
        .locator(
          '#main :is(input[type=text], input:not([type]), textarea):not([aria-haspopup], [readonly]):enabled:visible',
        )
        .first()
      const isForm = (await field.count()) > 0
      if (isForm) await field.fill('half typed')
      const askAnew = (among: string) =>
        page.evaluate(`void self.__TSR_ROUTER__.options.context.queryClient.invalidateQueries({ predicate: ${among} })`)
      const OF_VIEW = `({ queryKey }) => queryKey[0] !== 'session'`
      const words = (await page.locator('#main').innerText()).slice(0, 20)

      line.become(REFUSED)
      await askAnew(OF_VIEW)
      await until(page, 'self.__TSR_ROUTER__.options.context.queryClient.isFetching() === 0')
      if (line.met() > 0) await untilTold(page, `may not see this test|${POORER}`)
      expect(await page.locator('#main').innerText()).toContain(words)

      // Whoever signs in anew is let in at once: how passwords are checked is shown elsewhere.
      line.become(ENDED, (method, path) => {
        if (method === 'POST' && path === '/api/session')
          line.become({ kind: 'answered', status: 201, body: session }, (asked) => asked === 'POST')
        return path.startsWith('/api/')
      })
      await askAnew('() => true')
      const dialog = page.getByRole('dialog', { name: 'Your session has ended' })
      await dialog.waitFor()
      await dialog.getByRole('textbox', { name: 'Password' }).fill('correct horse battery')
      await dialog.getByRole('button', { name: 'Sign in' }).click()
      await dialog.waitFor({ state: 'detached' })
      await untilWhole(page)
      if (isForm) expect(await field.inputValue()).toBe('half typed')
    })
  },
  240_000,
)
