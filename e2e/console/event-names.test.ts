/** Journey 4: events get the names that Extole's programs listen for, as suggested from what was really sent. */
import { expect } from 'vitest'
import type { TestConsole } from './console.fixture.ts'
import { looksRight, sendEvents } from './destinations.fixture.ts'
import { journeys } from './journey.fixture.ts'

let at: TestConsole

const journey = journeys(async (started) => {
  at = started
})

journey('names that were seen are mapped with one click, and the next event has its new name at Extole', async () => {
  const { page, server } = at
  page.setDefaultTimeout(10_000)
  const { destinationId, extole } = server.quickstart
  const order = { type: 'track', event: 'Order Completed', userId: 'u1', properties: { total: 20 } }
  await at.go(`/destinations/${destinationId}/event-names`)
  await page.getByText('No events yet').waitFor()

  await sendEvents(at, [order, { type: 'track', event: 'Signed Up', userId: 'u1' }, { ...order, event: 'Song Played' }])
  await expect
    .poll(async () => (await at.api('GET', `/destinations/${destinationId}/event-names`)).eventNames.length, {
      timeout: 10_000,
    })
    .toBe(3)
  await page.reload()
  await page.getByRole('button', { name: 'Use conversion for Order Completed' }).click()
  await page.getByRole('button', { name: 'Use registration for Signed Up' }).click()
  await page.getByText('2 names change when you save').waitFor()
  await page.getByText('Order Completed: sent as conversion, no longer as Order Completed').waitFor()
  await looksRight(at, 'event-names')
  await page.getByRole('button', { name: 'Save names' }).click()
  await page
    .getByRole('row', { name: /^Order Completed/ })
    .getByRole('cell', { name: 'conversion', exact: true })
    .waitFor()

  await sendEvents(at, [{ ...order, properties: { total: 21 } }])
  await expect
    .poll(async () => (await fetch(`${extole.url}/sandbox/requests?limit=20`)).text(), { timeout: 10_000 })
    .toContain('conversion')

  // What a colleague saved meanwhile is not written over, and nobody is asked about what is not shown here.
  const names = `/destinations/${destinationId}/event-names`
  const song = page.getByLabel('Name of Song Played at Extole')
  await song.fill('song')
  await at.api('PATCH', `/destinations/${destinationId}`, { name: 'Extole of somebody else' })
  await page.getByRole('button', { name: 'Save names' }).click()
  await page.getByText('1 name changes when you save').waitFor({ state: 'detached' })
  await song.fill('song of mine')
  const { eventNames: now } = await at.api('GET', names)
  const set = now.flatMap(({ name, renamedTo }: { name: string; renamedTo: string | null }) =>
    renamedTo === null ? [] : [[name, renamedTo]],
  )
  expect(Object.fromEntries(set)).toMatchObject({ 'Song Played': 'song', 'Signed Up': 'registration' })
  const theirs = { eventNames: { ...Object.fromEntries(set), 'Song Played': 'song of theirs' } }
  await at.api('PUT', names, theirs, { 'if-match': '*' })
  await page.getByRole('button', { name: 'Save names' }).click()
  const clash = page.getByRole('alert').filter({ hasText: 'changed by somebody else since you opened it' })
  await clash.getByRole('row', { name: 'Song Played song song of theirs song of mine' }).waitFor()
  await clash.getByText(/^The last change is by (?!you)/).waitFor()
  await clash.getByRole('button', { name: 'Take theirs' }).click()
  await clash.waitFor({ state: 'detached' })
  await expect.poll(() => song.inputValue()).toBe('song of theirs')
  await page.getByText('1 name changes when you save').waitFor({ state: 'detached' })
  expect(at.browser.errors.filter((error) => !error.includes('412'))).toEqual([])
})
