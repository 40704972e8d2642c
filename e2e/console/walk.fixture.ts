/** A walk through every view, by several pages at once; what was wrong is told of all of them together. */
import type { BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
import { SIZES } from './console.fixture.ts'
import { startLine, type TestLine } from './line.fixture.ts'
import { NOTE_REPORTS } from './text-only.fixture.ts'
import { openInside } from './views.fixture.ts'

/** Views that ask nobody anything. */
const QUIET_VIEW = '/settings/account'
const OTHER_QUIET_VIEW = '/privacy/delete'

type Size = (typeof SIZES)[number]

export interface Walker extends AsyncDisposable {
  readonly page: Page
  readonly line: TestLine
  /** What the page wrote to the browser's console as errors, and errors that nobody caught. */
  readonly errors: string[]
  /** What texts that run would have said. */
  readonly dialogs: readonly string[]
  /** By how much what was there has moved since a view was opened, as the browser counts it, and what did. */
  shifts(): Promise<{ readonly sum: number; readonly moved: readonly string[] }>
  /** Another size and scheme; what slides and fades because of it is over. */
  become(size: Size, colorScheme: 'light' | 'dark'): Promise<void>
  /** Opens a view in a page that knows nothing but who is signed in. */
  open(view: string): Promise<void>
}

/** Before everything else in a page. What moves after a click is meant to. */
const NOTE_SHIFTS = `
  window.shifts = []
  new PerformanceObserver((list) => window.shifts.push(...list.getEntries().filter((each) => !each.hadRecentInput)))
    .observe({ type: 'layout-shift', buffered: true })`

const SETTLE = `new Promise(requestAnimationFrame).then(() => document.getAnimations()
  .filter((each) => each.effect.getComputedTiming().endTime !== Infinity).forEach((each) => each.finish()))`

/** When all that has come is drawn. */
const SHIFTS = `new Promise((resolve) => setTimeout(() => resolve({
  sum: window.shifts.reduce((sum, { value }) => sum + value, 0),
  moved: window.shifts.flatMap(({ value, sources }) => sources.map(({ node, previousRect: from, currentRect: to }) =>
    [value.toFixed(3), from.x, from.y, 'to', to.x, to.y, node?.outerHTML?.slice(0, 120) ?? node?.nodeName].join(' '))),
}), 100))`

/** @param server its URL. The cookie of whoever walks is in the context already. */
export async function startWalker(context: BrowserContext, server: string): Promise<Walker> {
  const line = await startLine(server)
  const page = await context.newPage()
  await page.setViewportSize(SIZES[0])
  await page.emulateMedia({ reducedMotion: 'reduce' })
  page.setDefaultTimeout(8_000)
  const errors: string[] = []
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  page.on('pageerror', (error) => errors.push(String(error)))
  const dialogs: string[] = []
  page.on('dialog', (dialog) => {
    // What was opened may ask whether to leave; any other dialog is a text that runs.
    if (dialog.type() !== 'beforeunload') dialogs.push(dialog.message())
    void dialog.accept()
  })
  await page.addInitScript(NOTE_SHIFTS)
  await page.addInitScript(NOTE_REPORTS)
  await page.goto(`${line.url}/app${QUIET_VIEW}`)
  await page.locator('#main h1').waitFor()
  return {
    page,
    line,
    errors,
    dialogs,
    become: async (size, colorScheme) => {
      await page.setViewportSize(size)
      await page.emulateMedia({ colorScheme })
      await page.evaluate(SETTLE)
    },
    shifts: () => page.evaluate(SHIFTS),
    open: async (view) => {
      await openInside(page, view === QUIET_VIEW ? OTHER_QUIET_VIEW : QUIET_VIEW)
      await page.evaluate(`(() => {
        const client = self.__TSR_ROUTER__.options.context.queryClient
        const predicate = ({ queryKey }) => queryKey[0] !== 'session'
        client.removeQueries({ predicate })
        window.shifts.length = 0
      })()`)
      await openInside(page, view)
    },
    [Symbol.asyncDispose]: async () => {
      await page.close()
      await line[Symbol.asyncDispose]()
    },
  }
}

/** Each view is looked at once, by whichever walker is free. */
export async function everywhere<W>(
  views: readonly string[],
  walkers: readonly W[],
  look: (walker: W, view: string) => Promise<void>,
): Promise<void> {
  const wrong: string[] = []
  const left = views.values()
  await Promise.all(
    walkers.map(async (walker) => {
      for (const view of left)
        await look(walker, view).catch((error: unknown) => wrong.push(`${view}: ${String(error).slice(0, 2_000)}`))
    }),
  )
  expect(wrong.join('\n\n')).toBe('')
}

const UNTIL_MS = 8_000

/**
 * Waits inside the page, which asks itself more often than a test could.
 * @param expression in the page, true in the end
 * @throws Error with what the page says instead
 */
export async function until(page: Page, expression: string): Promise<void> {
  const seen = await page.evaluate<string>(`new Promise((resolve) => {
    const untilMs = performance.now() + ${UNTIL_MS}
    const look = () => {
      if (${expression}) resolve('')
      else if (performance.now() > untilMs) resolve('it says: ' + document.body.innerText.replace(/\\s+/g, ' '))
      else setTimeout(look, 20)
    }
    look()
  })`)
  if (seen !== '') throw new Error(`not so: ${expression}; ${seen}`)
}

/** Nothing that the page asked for is under way. */
export const IS_ANSWERED = 'self.__TSR_ROUTER__.options.context.queryClient.isFetching() === 0'

/** Waits for an alert with these words. @param words a regular expression, as text */
export const untilTold = (page: Page, words: string) =>
  until(page, `[...document.querySelectorAll('[role=alert]')].some((each) => /${words}/.test(each.textContent))`)

const AGAIN = `[...document.querySelectorAll('button')].filter((each) => each.textContent === 'Try again')`

/** What says that it failed has a button for it. */
export const untilAgain = (page: Page) => until(page, `${AGAIN}.length > 0`)

export const tryAgain = (page: Page) => page.evaluate(`${AGAIN}.forEach((each) => each.click())`)

/** Waits until everything is there, and nothing failed. */
export const untilWhole = (page: Page) =>
  until(page, `document.querySelector('h1') && !document.querySelector('[aria-busy=true]') && ${AGAIN}.length === 0`)
