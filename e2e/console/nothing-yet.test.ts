/** Every view where nothing has happened yet, where there is nothing at all, and of what is not there. */
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
import { everyRoute, everyView } from './views.fixture.ts'
import { everywhere, IS_ANSWERED, startWalker, until, untilWhole, type Walker } from './walk.fixture.ts'

const WALKERS = 4
/** No id of anything. */
const NOTHING = 'no-such-thing'
/** Lists: what each says when nothing is in it, and what leads on from there. */
const LISTS: Readonly<Record<string, readonly [title: string, leadsOn: string]>> = {
  '/': ['No destinations yet', 'Add Destination'],
  '/sources': ['No sources yet', 'Add Source'],
  '/debugger': ['Waiting for events', 'To the sources, to send one'],
  '/destinations': ['No destinations yet', 'Add Destination'],
  '/delivery': ['No destinations yet', 'Add Destination'],
  '/replays': ['No replays yet', 'To the delivery of each destination'],
  '/events': ['There are no deliveries yet', 'To the sources, to send one'],
  '/profiles': ['Whom do you look for?', 'Find'],
  '/audiences': ['There are no audiences yet', 'New audience'],
  '/audiences/deleted': ['No audience was deleted', 'To the audiences there are'],
  '/traits': ['There are no computed traits yet', 'New computed trait'],
  '/traits/deleted': ['No computed trait was deleted', 'To the computed traits there are'],
  '/privacy': ['Nobody was deleted yet', 'Delete a user'],
  '/settings/users': ['Nobody is invited', 'Invite somebody'],
  '/settings/groups': ['No groups', 'Make a group'],
  '/settings/backups': ['No backups yet', 'Back up now'],
}

let at: TestConsole
let walkers: readonly Walker[]
let routes: readonly string[]

beforeAll(async () => {
  if (WITHOUT_BROWSER !== '') return
  at = await startConsole()
  await joinAsOwner(at)
  routes = await everyRoute()
  const { context } = at.browser
  walkers = await Promise.all(Array.from({ length: WALKERS }, () => startWalker(context, at.server.running.url)))
}, 120_000)

afterAll(async () => {
  await Promise.all(walkers?.map((each) => each[Symbol.asyncDispose]()) ?? [])
  await at?.[Symbol.asyncDispose]()
}, 60_000)

const walk = (promise: string, look: () => Promise<void>) =>
  test.skipIf(WITHOUT_BROWSER !== '')(`${promise}${WITHOUT_BROWSER}`, look, 300_000)

/** For every parameter of a route an id: of what is known, else of nothing. */
const idsOf = (known: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    routes
      .flatMap((route) => [...route.matchAll(/\$\w+/g)].map(({ index }) => [route.slice(0, index), NOTHING] as const))
      .map(([start, nothing]) => [start, known[start] ?? nothing]),
  )

/** What is no word for people, and tables in which nothing stands and nothing says why. */
const FAULTS = `(() => {
  const main = document.querySelector('#main')
  const words = main.innerText.match(/.{0,30}\\b(NaN|Infinity|undefined|null|Invalid Date|0 of 0)\\b.{0,30}|.*\\[object .*/g) ?? []
  const tables = [...main.querySelectorAll('table')].filter((each) => each.querySelector('tbody tr') === null)
  return [...words, ...tables.map((each) => 'an empty table: ' + each.textContent)]
})()`

/** @param place by it the views take turns between the sizes */
async function expectSound({ page, become, errors }: Walker, place: number): Promise<void> {
  expect(await page.evaluate(FAULTS)).toEqual([])
  await become(SIZES[place % 2] ?? SIZES[0], place % 2 === 0 ? 'light' : 'dark')
  await expectNoSideways(page)
  await expectAccessible(page)
  // What is not there is answered so, and the browser notes it.
  expect(errors.filter((error) => !error.includes('404 (Not Found)'))).toEqual([])
}

/** Each view, when all it asked for has come. */
async function walkAll(views: readonly string[], look: (walker: Walker, view: string) => Promise<void>): Promise<void> {
  await everywhere(views, walkers, async (walker, view) => {
    walker.errors.length = 0
    await walker.open(view)
    await untilWhole(walker.page)
    await until(walker.page, IS_ANSWERED)
    await look(walker, view)
  })
}

walk('after the quick start, of which nobody has sent anything, every view says nothing that is not so', async () => {
  const { destinations } = await at.api('GET', '/destinations')
  const { sources } = await at.api('GET', '/sources')
  const { id: source } = sources[0]
  const [{ id: destination }] = destinations.filter(({ sourceId }: { sourceId: string }) => sourceId === source)
  const views = await everyView(idsOf({ '/destinations/': destination, '/sources/': source }))
  await walkAll(
    views.filter((view) => !view.includes(NOTHING)),
    async ({ page, errors }) => {
      expect(await page.evaluate(FAULTS)).toEqual([])
      expect(errors).toEqual([])
    },
  )
  for (const { id } of destinations) await at.api('DELETE', `/destinations/${id}`, undefined, { 'if-match': '*' })
  for (const { id } of sources) await at.api('DELETE', `/sources/${id}`)
})

walk('where there is nothing at all, every list says why, and what to do', async () => {
  const views = (await everyView(idsOf({}))).filter((view) => !view.includes(NOTHING))
  await walkAll(views, async (walker, view) => {
    await expectSound(walker, views.indexOf(view))
    const empty = walker.page.locator('#main [data-empty]')
    const [title, leadsOn] = LISTS[view] ?? []
    // What is empty stands in the list above, or the list above is to have it.
    expect(await empty.getByRole('heading').allTextContents()).toEqual(title === undefined ? [] : [title])
    if (leadsOn === undefined) return
    const way = walker.page.locator('#main').getByText(leadsOn, { exact: true }).locator('visible=true').first()
    expect(await way.evaluate((each) => each.closest('a[href], button:enabled') !== null)).toBe(true)
  })
})

walk('of what is not there every view says so, and leads back to what is', async () => {
  const views = (await everyView(idsOf({}))).filter((view) => view.includes(NOTHING))
  expect(views.length).toBeGreaterThan(20)
  await walkAll(views, async ({ page }, view) => {
    const main = page.locator('#main')
    await main.getByText(/It is not there \(any more\)|There is no such page/).waitFor()
    const list = `/app${view.startsWith('/help') ? '' : view.slice(0, view.indexOf(`/${NOTHING}`))}`
    expect(await main.locator(`a[href="${list}"], a[href="${list}/"]`).count(), `no link to ${list}`).toBeGreaterThan(0)
    // Nothing to enter for what is not there.
    expect(await main.locator('form, input, textarea').count()).toBe(0)
  })
})

walk('of what is new, and where nothing happened yet, every view is sound and makes nothing up', async () => {
  const [{ id: space }] = (await at.api('GET', '/spaces')).spaces
  const { audience } = await at.api('POST', `/spaces/${space}/audiences`, {
    name: 'Nobody yet',
    definition: { query: "event('Order Completed').count() >= 1" },
  })
  const { computedTrait: trait } = await at.api('POST', `/spaces/${space}/computed-traits`, {
    name: 'Nothing yet',
    definition: { query: "event('Order Completed').count()" },
  })
  const { userGroup: group } = await at.api('POST', '/groups', { name: 'Nobody' })
  const { source } = await at.api('POST', '/sources', { slug: 'shop', name: 'Shop', metadataId: 'node' })
  const { destination } = await at.api('POST', '/destinations', {
    sourceId: source.id,
    metadataId: 'webhook',
    name: 'Nobody is called',
    settings: { url: 'http://127.0.0.1:9/', signingSecret: 'a-secret-of-the-test-that-is-long' },
  })
  const { destinationSubscription: mapping } = await at.api('POST', `/destinations/${destination.id}/subscriptions`, {
    name: 'All orders',
    actionId: 'send',
    trigger: 'event = "Order Completed"',
    enabled: true,
  })
  const { filter } = await at.api('POST', `/destination/${destination.id}/filters`, {
    title: 'Nothing yet',
    if: 'type = "page"',
    actions: [{ type: 'DROP' }],
    sourceId: source.id,
    enabled: false,
  })
  const { users } = await at.api('GET', '/users')
  const views = await everyView(
    idsOf({
      '/audiences/': audience.id,
      '/traits/': trait.id,
      '/destinations/': destination.id,
      '/destinations/$id/filters/': filter.id,
      '/destinations/$id/mappings/': mapping.id,
      '/sources/': source.id,
      '/settings/users/': users[0].id,
      '/settings/groups/': group.id,
      '/help/': 'operations',
    }),
  )
  // Those of one thing: the others were walked with nothing in them.
  const others = new Set(await everyView(idsOf({})))
  const ofOne = views.filter((view) => !others.has(view))
  expect(ofOne.length).toBeGreaterThan(20)
  await walkAll(ofOne, (walker, view) => expectSound(walker, views.indexOf(view)))
})
