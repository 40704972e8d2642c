/** What journeys have in common: one console for the tests of a file, looks at a view, an SDK that sends, the sandbox. */
import { Analytics } from '@segment/analytics-node'
import { afterAll, beforeAll, test } from 'vitest'
import {
  expectAccessible,
  expectNoSideways,
  joinAsOwner,
  SIZES,
  startConsole,
  type TestConsole,
  WITHOUT_BROWSER,
} from './console.fixture.ts'

/** Each of the two: the server's start, and a journey on a busy machine. */
const TIMEOUT_MS = 150_000
/** Until the frame of the page has its other form, or its other colours. */
export const FRAME_MOVES_MS = 300
/** What takes its way through the pipeline is there. */
export const SOON = { timeout: 10_000, interval: 100 } as const

/** @param setUp before the first journey, with the owner signed in */
export function journeys(setUp: (at: TestConsole) => Promise<void>) {
  let at: TestConsole | undefined
  beforeAll(async () => {
    if (WITHOUT_BROWSER !== '') return
    at = await startConsole()
    await joinAsOwner(at)
    await setUp(at)
  }, TIMEOUT_MS)
  afterAll(async () => {
    await at?.[Symbol.asyncDispose]()
  }, TIMEOUT_MS)
  return (name: string, steps: () => Promise<void>) =>
    test.skipIf(WITHOUT_BROWSER !== '')(`${name}${WITHOUT_BROWSER}`, steps, TIMEOUT_MS)
}

/** At both sizes: a picture, nothing to the side, and nothing that axe finds. */
export async function look({ page, picture }: TestConsole, name: string): Promise<void> {
  for (const size of SIZES) {
    await resize(page, size)
    await picture(`${name}-${size.width}`)
    await expectNoSideways(page)
    await expectAccessible(page)
  }
  await resize(page, SIZES[0])
}

async function resize(page: TestConsole['page'], size: (typeof SIZES)[number]): Promise<void> {
  await page.setViewportSize(size)
  await page.waitForTimeout(FRAME_MOVES_MS)
}

/** With Segment's own SDK, in their order. @param source of the quickstart: the Node source is the first */
export async function send({ server }: TestConsole, calls: (analytics: Analytics) => void, source = 0): Promise<void> {
  const { running, quickstart } = server
  const writeKey = quickstart.sources[source]?.writeKey ?? ''
  const analytics = new Analytics({ writeKey, host: running.url, flushAt: 20 })
  calls(analytics)
  await analytics.closeAndFlush()
}

/** What the sandbox answers to a question, or to `body`. */
export async function sandbox({ server }: TestConsole, path: string, body?: unknown): Promise<unknown> {
  const { url, apiKey } = server.quickstart.extole
  const answer = await fetch(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return answer.json()
}

/** The ids that the sandbox has for a user: one, or none. */
export const personsAtExtole = async (at: TestConsole, userId: string): Promise<readonly { readonly id: string }[]> =>
  (await sandbox(at, `/v5/persons?person_keys=partner_user_id:${userId}`)) as { id: string }[]

/** A parameter of somebody there; undefined where either is missing. */
export async function atExtole(at: TestConsole, userId: string, name: string): Promise<unknown> {
  const [person] = await personsAtExtole(at, userId)
  if (person === undefined) return undefined
  const data = (await sandbox(at, `/v5/persons/${person.id}/data`)) as Record<string, { name: string; value: unknown }>
  return Object.values(data).find((each) => each.name === name)?.value
}
