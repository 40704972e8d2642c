/** The whole product with its console in a real browser, and an owner who is signed in. */
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { type Browser, CHROMIUM, startBrowser } from '../browser/chromium.ts'
import { startServer, type TestServer } from '../server.fixture.ts'

export const WITHOUT_BROWSER = CHROMIUM === undefined ? ' (not run: there is no Chromium on this machine)' : ''

export const OWNER = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'correct horse battery' }

/** Views must work at both; the first is the desk, the second the night. */
export const SIZES = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
] as const

const SCREENSHOTS = join(import.meta.dirname, '../../artifacts/screenshots')
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export interface TestConsole extends AsyncDisposable {
  readonly server: TestServer
  readonly browser: Browser
  readonly page: Page
  /** Goes to an address of the console, e.g. `/sources`. */
  go(path: string): Promise<void>
  /** What the Public API answers to the quickstart's token. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect to be there
  api(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<any>
  /** Keeps a picture of the page among the artefacts. */
  picture(name: string): Promise<void>
}

/** @param settings GRAPEVINE_ variables beside those of the directory and the ports */
export async function startConsole(settings: Readonly<Record<string, string>> = {}): Promise<TestConsole> {
  if (CHROMIUM === undefined) throw new Error('there is no Chromium on this machine')
  const server = await startServer(settings)
  const browser = await startBrowser(CHROMIUM)
  const page = await browser.context.newPage()
  await page.setViewportSize(SIZES[0])
  const { url } = server.running
  return {
    server,
    browser,
    page,
    go: async (path) => {
      await page.goto(`${url}/app${path}`)
    },
    api: async (method, path, body, headers = {}) => {
      const response = await fetch(`${url}/api${path}`, {
        method,
        headers: {
          authorization: `Bearer ${server.quickstart.publicApiToken}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const answer = await response.json()
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
      return answer.data
    },
    picture: async (name) => {
      mkdirSync(SCREENSHOTS, { recursive: true })
      await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
    },
    [Symbol.asyncDispose]: async () => {
      await browser[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** Follows the link that the start prints, and makes the first account. */
export async function joinAsOwner({ page, server }: Pick<TestConsole, 'page' | 'server'>): Promise<void> {
  await page.goto(server.running.consoleUrl)
  await page.getByLabel('Name').fill(OWNER.name)
  await page.getByLabel('E-mail address').fill(OWNER.email)
  await page.getByRole('textbox', { name: 'Password' }).fill(OWNER.password)
  await page.getByRole('button', { name: 'Make the account' }).click()
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
}

const RULES = {
  /** WCAG 2.2 AA. */
  all: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
  /** Those that another colour scheme can break. */
  colours: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] },
} as const

/** @throws Error with all that was found: a difference from nothing would be cut short */
export function expectNone(found: unknown): void {
  if (JSON.stringify(found) !== '[]') throw new Error(`found ${JSON.stringify(found, null, 2)}`)
}

/** What axe finds on the page as it is: nothing serious. @param within a selector: only what is in there */
export async function expectAccessible(page: Page, rules: keyof typeof RULES = 'all', within = 'html'): Promise<void> {
  // What fades in has not its colours yet. What moves for ever, as a skeleton does, is not waited for.
  await page.evaluate(`new Promise(requestAnimationFrame).then(() => Promise.all(document.getAnimations()
    .filter((each) => each.effect.getComputedTiming().endTime !== Infinity)
    .map((each) => each.finished.catch(() => undefined))))`)
  // In a world of its own, where the page's policy on scripts does not reach; it stays as long as the document does.
  const session = await page.context().newCDPSession(page)
  const { frameTree } = await session.send('Page.getFrameTree')
  const { executionContextId: contextId } = await session.send('Page.createIsolatedWorld', {
    frameId: frameTree.frame.id,
    worldName: 'axe',
  })
  const inWorld = async (expression: string): Promise<unknown> => {
    const asked = { expression, contextId, awaitPromise: true, returnByValue: true }
    return (await session.send('Runtime.evaluate', asked)).result.value
  }
  if ((await inWorld('typeof axe')) === 'undefined') await inWorld(`${AXE}; undefined`)
  const found =
    await inWorld(`axe.run(${JSON.stringify(within)}, { runOnly: ${JSON.stringify(RULES[rules])}, resultTypes: ['violations'] })
    .then(({ violations }) => violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html, failureSummary }) => html + ' ' + failureSummary) })))`)
  await session.detach()
  expectNone(found)
}

/** Nothing on the page is wider than the window. */
export async function expectNoSideways(page: Page): Promise<void> {
  const found = () =>
    page.evaluate(`(() => {
      const { scrollWidth, clientWidth } = document.documentElement
      if (scrollWidth <= clientWidth) return []
      return [scrollWidth - clientWidth, ...[...document.querySelectorAll('body *')]
        .filter((each) => each.getBoundingClientRect().right > clientWidth)
        .slice(0, 6).map((each) => each.outerHTML.slice(0, 160))]
    })()`)
  // Charts take the width of their window a moment after it.
  await expect
    .poll(found, { timeout: 2_000 })
    .toEqual([])
    .catch(async () => expectNone(await found()))
}
