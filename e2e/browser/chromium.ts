/** A headless Chromium with a profile of its own, and everything that its pages ask the network for. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Where a Chromium is installed; undefined when none is. */
export const CHROMIUM = PLACES.find((place) => existsSync(place))

// Nothing of the browser's own on the network, so that what is seen there is the page's.
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface Browser extends AsyncDisposable {
  readonly context: BrowserContext
  /** Every request, in order, from pages, workers and the unload of a page: method and URL. */
  readonly requests: readonly { readonly method: string; readonly url: string }[]
  /** What pages wrote to the console as errors, and errors that nobody caught. */
  readonly errors: string[]
}

/** @throws Error when it does not start */
export async function startBrowser(executablePath: string): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'grapevine-chromium-'))
  const context = await chromium.launchPersistentContext(profile, { executablePath, headless: true, args: QUIET })
  const requests: { method: string; url: string }[] = []
  const errors: string[] = []
  context.on('request', (request) => requests.push({ method: request.method(), url: request.url() }))
  context.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  context.on('weberror', (error) => errors.push(String(error.error())))
  return {
    context,
    requests,
    errors,
    [Symbol.asyncDispose]: async () => {
      await context.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
