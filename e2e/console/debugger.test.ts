/** The debugger under load, without rights, and over a break of the connection. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect } from 'vitest'
import { expectAccessible, expectNoSideways, SIZES, type TestConsole } from './console.fixture.ts'
import { journeys } from './journey.fixture.ts'

const EVENTS_PER_SECOND = 500
const SECONDS = 5
const PORTIONS_PER_SECOND = 10
const ANSWERED_WITHIN_MS = 200
const LONG_TASK_MS_MAX = 200

let at: TestConsole

const journey = journeys(async (started) => {
  at = started
})

/** The way to a port that can be broken: whoever is connected is cut off, and nobody gets through. */
async function plugIn(port: number) {
  const sockets = new Set<Socket>()
  const cable = createServer((socket) => {
    const server = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [socket, server],
      [server, socket],
    ] as const) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  const listen = (at: number) => new Promise<void>((listening) => cable.listen(at, '127.0.0.1', listening))
  await listen(0)
  const own = (cable.address() as AddressInfo).port
  const unplug = async () => {
    const closed = new Promise((resolve) => cable.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return { url: `http://127.0.0.1:${own}`, unplug, plug: () => listen(own), [Symbol.asyncDispose]: unplug }
}

async function send(batch: readonly object[]): Promise<void> {
  const { writeKey } = at.server.quickstart.sources[0] ?? {}
  const body = JSON.stringify({ writeKey, batch })
  expect((await fetch(`${at.server.running.url}/v1/batch`, { method: 'POST', body })).status).toBe(200)
}

const anEvent = (name: string, userId = 'ada') => ({ type: 'track', event: name, userId, properties: { plan: 'gold' } })

journey(
  `while ${EVENTS_PER_SECOND} events a second come, a click is answered at once and the page never stands still`,
  async () => {
    const { page } = at
    await at.go('/debugger')
    await page.getByText('Live', { exact: true }).waitFor()
    await send([anEvent('First')])
    await page.getByRole('option', { name: 'First' }).click()
    // To every step of the event and back, where the list is as it was left.
    await page.getByRole('link', { name: 'Every step it took' }).click()
    await page.waitForURL(/\/events\//)
    await page.goBack()
    await page.getByRole('region', { name: 'Event' }).waitFor()
    await page.getByRole('listbox').focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/events\//)
    await page.goBack()
    await page.getByRole('option', { name: 'First' }).waitFor()
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByText('Live', { exact: true }).waitFor()
    await page.evaluate(() => {
      const seen = { longMs: 0, answersMs: [] as number[] }
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) seen.longMs = Math.max(seen.longMs, duration)
      }).observe({ type: 'longtask' })
      Object.assign(window, { seen })
    })
    const sending = (async () => {
      const startMs = performance.now()
      const portion = EVENTS_PER_SECOND / PORTIONS_PER_SECOND
      for (let sent = 0; sent < SECONDS * PORTIONS_PER_SECOND; sent++) {
        const dueMs = startMs + (sent * 1_000) / PORTIONS_PER_SECOND
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())))
        await send(Array.from({ length: portion }, (_, index) => anEvent(`Load ${sent}-${index}`, `user-${index}`)))
      }
    })()
    // From the input itself to the next picture, as the browser measures it; a person clicks twice a second.
    const clicks = page.evaluate(
      async ([lengthMs, everyMs]) => {
        const { seen } = window as unknown as { seen: { answersMs: number[] } }
        const endMs = performance.now() + lengthMs
        while (performance.now() < endMs) {
          const buttons = [...document.querySelectorAll('button')]
          const button = buttons.find((each) => /^(Pause|Resume)$/.test(each.textContent ?? ''))
          const before = button?.textContent
          const startMs = performance.now()
          button?.click()
          while (button?.textContent === before) await new Promise((next) => requestAnimationFrame(next))
          seen.answersMs.push(performance.now() - startMs)
          await new Promise((resolve) => setTimeout(resolve, everyMs))
        }
      },
      [SECONDS * 1_000, 500] as const,
    )
    await Promise.all([sending, clicks])
    const seen = await page.evaluate(
      () => (window as unknown as { seen: { longMs: number; answersMs: number[] } }).seen,
    )
    const slowestMs = Math.max(...seen.answersMs)
    console.log(
      `${seen.answersMs.length} clicks, the slowest answered after ${Math.round(slowestMs)} ms; longest task ${Math.round(seen.longMs)} ms`,
    )
    expect(seen.answersMs.length).toBeGreaterThan(5)
    expect(slowestMs).toBeLessThan(ANSWERED_WITHIN_MS)
    expect(seen.longMs).toBeLessThan(LONG_TASK_MS_MAX)
    // Every event was seen, and only the rows in sight are made.
    await page
      .getByText(`${(EVENTS_PER_SECOND * SECONDS + 1).toLocaleString('en')} events since you opened it`)
      .waitFor()
    expect(await page.getByRole('option').count()).toBeLessThan(60)
    expect(at.browser.errors).toEqual([])
  },
)

journey('filters are in the address, and who reads sees a list that stands still', async () => {
  const { page } = at
  await at.go('/debugger')
  await page.getByText('Live', { exact: true }).waitFor()
  await send([anEvent('Kept', 'bob'), anEvent('Other'), { type: 'nonsense', userId: 'bob' }])
  await page.getByRole('option', { name: 'rejected' }).waitFor()
  const user = page.getByLabel('User')
  await user.pressSequentially('b')
  await user.press('Home')
  await user.pressSequentially('bo')
  await expect.poll(() => user.inputValue()).toBe('bob')
  await page.getByRole('option', { name: 'Other' }).waitFor({ state: 'detached' })
  expect(new URL(page.url()).searchParams.get('user')).toBe('bob')
  await page.getByRole('option', { name: 'Kept' }).click()
  await send([anEvent('Later', 'bob')])
  await page.getByText('1 new while paused').waitFor()
  await expect.poll(() => page.getByRole('option').count()).toBe(1)
  await page.getByText('Raw', { exact: true }).click()
  await page.getByLabel('Event', { exact: true }).getByText('"plan": "gold"').waitFor()
  for (const size of SIZES) {
    await page.setViewportSize(size)
    await expectAccessible(page)
    await expectNoSideways(page)
    await at.picture(`debugger-filtered-${size.width}`)
  }
  await page.setViewportSize(SIZES[0])
  await page.getByRole('button', { name: 'Resume' }).click()
  await page.getByRole('option', { name: 'Later' }).waitFor()
  // By keyboard alone.
  await page.getByRole('listbox').focus()
  await page.keyboard.press('ArrowDown')
  await page.getByRole('heading', { name: 'Later' }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.getByRole('heading', { name: 'Kept' }).waitFor()
  expect(at.browser.errors).toEqual([])
})

journey('a connection that breaks is said, and events of meanwhile are not left out', async () => {
  const { page, browser } = at
  await using cable = await plugIn(Number(new URL(at.server.running.url).port))
  await page.goto(`${cable.url}/app/debugger`)
  await page.getByText('Live', { exact: true }).waitFor()
  // Before anything was seen.
  await cable.unplug()
  await page.getByText('Connection lost, trying again').waitFor()
  await send([anEvent('The very first')])
  await cable.plug()
  await page.getByRole('option', { name: 'The very first' }).waitFor()
  await send([anEvent('Before the break')])
  await page.getByRole('option', { name: 'Before the break' }).waitFor()
  await cable.unplug()
  await page.getByText('Connection lost, trying again').waitFor()
  await send([anEvent('During the break')])
  await cable.plug()
  await page.getByRole('option', { name: 'During the break' }).waitFor()
  expect(await page.getByRole('option', { name: 'Before the break' }).count()).toBe(1)
  expect(browser.errors.filter((text) => !/ERR_|Failed to load/.test(text))).toEqual([])
})

journey('who may not see what events contain is told why there is nothing', async () => {
  const { page, server } = at
  const call = async (path: string, body: object) => {
    const headers = {
      authorization: `Bearer ${server.quickstart.publicApiToken}`,
      'content-type': 'application/json',
    }
    const answer = await fetch(`${server.running.url}/api${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    return answer.json()
  }
  const invites = [{ email: 'eve@example.com', permissions: [{ roleId: 'viewer' }] }]
  const { data } = await call('/invites', { invites })
  await page.context().clearCookies()
  await page.goto(`${server.running.url}/app/join#token=${data.tokens[0].token}`)
  await page.getByLabel('Name').fill('Eve')
  await page.getByLabel('E-mail address').fill('eve@example.com')
  await page.getByRole('textbox', { name: 'Password' }).fill('correct horse battery')
  await page.getByRole('button', { name: 'Make the account' }).click()
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  await at.go('/debugger')
  await page.getByText('Your account does not see what events contain').waitFor()
  await page.getByRole('link', { name: 'Sources' }).first().click()
  await page.getByRole('link', { name: 'JavaScript' }).click()
  const parts = page.getByRole('navigation', { name: 'Parts of the source' })
  await parts.getByRole('link', { name: 'Settings' }).click()
  expect(await page.getByRole('button', { name: 'Add write key' }).isDisabled()).toBe(true)
  await expectAccessible(page)
})
