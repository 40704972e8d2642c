/** What journeys about destinations have in common. */
import { expect } from 'vitest'
import { expectAccessible, expectNoSideways, SIZES, type TestConsole } from './console.fixture.ts'

/** The navigation slides away when the window becomes narrow. */
export const SLIDE_MS = 300

/** At both sizes: a picture, nothing to the side, nothing serious by axe. */
export async function looksRight({ page, picture }: TestConsole, name: string): Promise<void> {
  for (const size of SIZES) {
    await page.setViewportSize(size)
    await page.waitForTimeout(SLIDE_MS)
    await picture(`${name}-${size.width}`)
    await expectNoSideways(page)
    await expectAccessible(page)
  }
  await page.setViewportSize(SIZES[0])
}

/** How the sandbox answers from now on; without a rule as it does of itself. */
export async function extoleAnswers({ server }: Pick<TestConsole, 'server'>, ...rules: object[]): Promise<void> {
  const answer = await fetch(`${server.quickstart.extole.url}/sandbox/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ rules }),
  })
  expect(answer.status).toBe(200)
}

/** Sends to the quickstart's Node source, whose destination is the sandbox. */
export async function sendEvents({ server }: TestConsole, batch: readonly object[]): Promise<void> {
  const { running, quickstart } = server
  const authorization = `Basic ${Buffer.from(`${quickstart.sources[0]?.writeKey}:`).toString('base64')}`
  const headers = { authorization, 'content-type': 'application/json' }
  const answer = await fetch(`${running.url}/v1/batch`, { method: 'POST', headers, body: JSON.stringify({ batch }) })
  expect(answer.status).toBe(200)
}
