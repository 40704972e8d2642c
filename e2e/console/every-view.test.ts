/** What holds for every view of the console, those added later included: they are asked of its router. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible, expectNoSideways, SIZES, WITHOUT_BROWSER } from './console.fixture.ts'
import { type HostileConsole, startHostileConsole } from './hostile-workspace.fixture.ts'
import { everyView, whenLoaded } from './views.fixture.ts'

let at: HostileConsole
let views: readonly string[]

beforeAll(async () => {
  if (WITHOUT_BROWSER !== '') return
  at = await startHostileConsole()
  views = await everyView(at.ids)
  at.page.setDefaultTimeout(8_000)
  at.page.on('dialog', (dialog) => void dialog.accept())
}, 120_000)

afterAll(async () => {
  await at?.[Symbol.asyncDispose]()
}, 60_000)

const walk = test.skipIf(WITHOUT_BROWSER !== '')

/** What was wrong, by view: all of it is told at once. */
async function everywhere(look: (page: Page, view: string) => Promise<void>) {
  const wrong: string[] = []
  for (const view of views)
    await look(at.page, view).catch((error: unknown) => wrong.push(`${view}: ${String(error).slice(0, 2_000)}`))
  expect(wrong.join('\n\n')).toBe('')
}

for (const [place, scheme] of (['light', 'dark'] as const).entries()) {
  const size = SIZES[place] ?? SIZES[0]
  walk(
    `every view has a title, help and nothing that bars anybody, ${size.width} wide and ${scheme}${WITHOUT_BROWSER}`,
    async () => {
      const { page, browser } = at
      await page.setViewportSize(size)
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      await everywhere(async (_, view) => {
        const before = browser.errors.length
        await at.go(view)
        await whenLoaded(page)
        expect(await page.title()).toMatch(/\S · Grapevine$/)
        if (!view.startsWith('/help'))
          expect(await page.getByRole('link', { name: /^Help on / }).count()).toBeGreaterThan(0)
        await expectNoSideways(page)
        await expectAccessible(page)
        // What is not there is asked for, and told on the page: the browser notes that answer as an error.
        expect(browser.errors.slice(before).filter((error) => !/status of 404/.test(error))).toEqual([])
      })
    },
    240_000,
  )
}

walk(
  `every help link leads to a heading that is there${WITHOUT_BROWSER}`,
  async () => {
    const { page } = at
    await page.setViewportSize(SIZES[0])
    const seen = new Set<string>()
    await everywhere(async (_, view) => {
      await at.go(view)
      await whenLoaded(page)
      for (const link of await page.getByRole('link', { name: /^Help on / }).all())
        seen.add((await link.getAttribute('href')) ?? '')
    })
    for (const href of seen) {
      await page.goto(new URL(href, at.server.running.url).href)
      await whenLoaded(page)
      const anchor = new URL(href, at.server.running.url).hash.slice(1)
      if (anchor !== '') expect(await page.locator(`[id="${anchor}"]`).count(), href).toBe(1)
    }
  },
  120_000,
)
