/** Hostile texts on a page: none of them has become more than text. */
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** Long enough for what a text would begin to have begun: an image that fails, a handler, an animation. */
const BEGUN_MS = 150

/** Runs before everything else in a page: what its policy refuses is noted. */
export const NOTE_REPORTS = `
  window.reports = []
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) =>
    window.reports.push([violatedDirective, blockedURI, sample].join(' ')))`

const BECAME = `(() => {
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
  }})()`

const NOTHING = { canary: null, reports: [], handlers: [], addresses: [], foreign: [] }

/** Opens what on the page hides something: details of rows, menus. */
const OPEN_SOME = `[...document.querySelectorAll('#main [aria-expanded=false]:not(input)')]
  .slice(0, 10).forEach((each) => each.click())`

export async function expectTextOnly(page: Page): Promise<void> {
  await page.evaluate(OPEN_SOME)
  await page.waitForTimeout(BEGUN_MS)
  expect(await page.evaluate(BECAME)).toEqual(NOTHING)
}
