/** What bars people who use the keyboard only, as seen inside the page. */
import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { expectAccessible, expectNone } from './console.fixture.ts'
import { until } from './walk.fixture.ts'

/** Steps that lead nowhere, as the next one is not open; the area of a chart, whose figures stand in a table. */
const NO_CONTROL = '.mantine-Stepper-step, .recharts-wrapper'
/** Reached with the arrow keys from one of them that the tab key reaches. */
const ROVING = '[role=tab], [role=radio], [role=option], [role=menuitem], [type=radio]'
const CONTROLS = `a[href], button, input:not([type=hidden]), select, textarea, summary, ${ROVING},
  [role=button], [role=link], [role=switch], [role=checkbox], [role=combobox]`

/**
 * Each control can be reached, shows that it is, and nothing else waits for a mouse. Elements of one kind look alike when
 * they are reached: one of each is looked at.
 */
const FAULTS = `(() => {
  const main = document.querySelector('#main')
  const faults = []
  const told = (what, element) => faults.push(what + ': ' + element.outerHTML.slice(0, 200))
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0
  const controls = [...main.querySelectorAll(\`${CONTROLS}\`)].filter((each) => isSeen(each) && !each.matches(':disabled'))
  for (const each of main.querySelectorAll('*')) {
    const [name] = Object.keys(each).filter((key) => key.startsWith('__reactProps$'))
    const takesClicks = name !== undefined && each[name].onClick !== undefined
    if (takesClicks && !each.closest('${NO_CONTROL}') && !each.closest(\`${CONTROLS}, label\`) && !each.querySelector(\`${CONTROLS}\`) && isSeen(each))
      told('for a mouse only', each)
  }
  for (const each of controls)
    if (each.tabIndex < 0 && !each.matches(\`${ROVING}, ${NO_CONTROL}\`) && !each.closest('[aria-hidden=true]')) told('cannot be reached', each)
  const places = (element) => [
    element, element.parentElement, element.parentElement?.parentElement, element.nextElementSibling,
    ...(element.labels ?? []),
  ].filter((each) => each != null)
  // What fades is looked at in the end.
  const settle = () => document.getAnimations()
    .filter((each) => each.effect.getComputedTiming().endTime !== Infinity).forEach((each) => each.finish())
  const looks = (element) => JSON.stringify(places(element).map((each) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor, backgroundColor } = getComputedStyle(each)
    return [outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor, backgroundColor]
  }))
  const before = document.activeElement
  const kinds = new Set()
  for (const each of controls.filter(({ tabIndex }) => tabIndex >= 0)) {
    const kind = each.tagName + each.className
    if (kinds.has(kind)) continue
    kinds.add(kind)
    before?.blur?.()
    looks(each)
    settle()
    const away = looks(each)
    each.focus({ preventScroll: true })
    looks(each)
    settle()
    if (document.activeElement !== each) told('takes no focus', each)
    else if (looks(each) === away) told('does not show its focus', each)
    each.blur()
  }
  before?.focus?.({ preventScroll: true })
  return faults
})()`

const FOCUSED = `(document.activeElement?.outerHTML ?? '').slice(0, 200)`

const FOCUS_MS = 8_000

/** Where somebody was before something opened over it, they are again. */
export async function untilFocused(page: Page, place: Locator, name: string): Promise<void> {
  const isFocused = () => place.evaluate((element) => element.matches(':focus'))
  const message = `the focus is not on ${name} but on ${await page.evaluate(FOCUSED)}`
  await expect.poll(isFocused, { message, timeout: FOCUS_MS }).toBe(true)
}

/** Whoever came by a link stands at the title, or where there is something to type at once. */
export async function expectKeyboard(page: Page): Promise<void> {
  const begins = `document.activeElement?.matches('h1, #main :is(input, textarea)')`
  expect(await page.evaluate(begins), `begins at ${await page.evaluate(FOCUSED)}`).toBe(true)
  // From here on the page shows where the focus is.
  await page.keyboard.press('Tab')
  expectNone(await page.evaluate(FAULTS))
}

const OPENERS = ':is([aria-haspopup=dialog], [aria-haspopup=menu]):enabled:visible'
/** More than a dialog has controls. */
const TABS = 12

/**
 * Everything that opens over a view: by the keyboard, accessible, holding the focus, and giving it back.
 * @param seen what was opened before: the same menu hangs over every view, and many rows have the same dialog
 */
export async function expectOverlays(page: Page, seen: Set<string>): Promise<void> {
  for (const opener of await page.locator(`#main ${OPENERS}, header ${OPENERS}`).all()) {
    const name = (await opener.innerText()) || ((await opener.getAttribute('aria-label')) ?? '')
    if (seen.has(name)) continue
    seen.add(name)
    await opener.focus()
    await page.keyboard.press('Enter')
    const isOpen = `document.querySelector(':is([role=dialog], [role=menu])')?.checkVisibility({ opacityProperty: true })`
    await until(page, `${isOpen} && document.activeElement?.closest('[role=dialog], [role=menu]')`)
    await expectAccessible(page, 'all', '[role=dialog], [role=menu]')
    for (let presses = 0; presses < TABS; presses += 1) {
      await page.keyboard.press('Tab')
      const isInside = `document.activeElement?.closest('[role=dialog], [role=menu]') != null`
      expect(await page.evaluate(isInside), `${name}: Tab leads to ${await page.evaluate(FOCUSED)}`).toBe(true)
      if (await page.evaluate(`document.activeElement?.matches('[role=menuitem]')`)) break
    }
    await page.keyboard.press('Escape')
    await until(page, `document.querySelector('[role=dialog], [role=menu]') === null`)
    await untilFocused(page, opener, `${name} after it was opened`)
  }
}
