/** Journey 1: from the printed link to the first event of a page of one's own. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  expectAccessible,
  expectNoSideways,
  joinAsOwner,
  SIZES,
  startConsole,
  type TestConsole,
  WITHOUT_BROWSER,
} from './console.fixture.ts'

let at: TestConsole

beforeAll(async () => {
  if (WITHOUT_BROWSER === '') at = await startConsole()
}, 60_000)

afterAll(async () => {
  await at?.[Symbol.asyncDispose]()
}, 60_000)

test.skipIf(WITHOUT_BROWSER !== '')(
  `the link that the start prints leads to an account and the overview${WITHOUT_BROWSER}`,
  async () => {
    const { page } = at
    await joinAsOwner(at)
    await page.getByText('It adds up').waitFor()
    for (const size of SIZES) {
      await page.setViewportSize(size)
      await expectAccessible(page)
      await expectNoSideways(page)
      await at.picture(`overview-${size.width}`)
    }
    await page.setViewportSize(SIZES[0])
    expect(at.browser.errors).toEqual([])
  },
)
