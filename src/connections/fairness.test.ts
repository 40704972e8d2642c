/**
 * P7 where attempts are started: a backlog of one person or one destination is worked off beside everybody else's
 * events and not before them. Counted in starts, so that the speed of the machine does not matter.
 */
import { expect, test } from 'vitest'
import { CONCURRENCY_MAX } from '../delivery/index.ts'
import {
  type Answer,
  aConfig,
  aDestination,
  anEvent,
  anInstance,
  type Destination,
  ok,
  type Running,
  startPipeline,
  status,
} from './builders.ts'

const BACKLOG = 10_000
/** Starts of the backlog between the acceptance of another event and its start, what is under way included. */
const STARTS_MAX = 2 * CONCURRENCY_MAX

const to = (url: string) => ({ apiKey: 'key-of-the-test', apiBaseUrl: url })
const userOf = ({ body }: Destination['received'][number]) => body.data?.['partner_user_id']
const hot = (n: number) => anEvent({ messageId: `hot-${n}`, userId: 'hot' })
const ofMany = (n: number) => anEvent({ messageId: `many-${n}`, userId: `u${n}` })
const other = (n = 0) => anEvent({ messageId: `other-${n}`, userId: 'other' })

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2))
}

/** Everything accepted is routed: the backlog lies before the destinations. */
async function backlog(running: Running, event: (n: number) => ReturnType<typeof anEvent>): Promise<void> {
  await running.send(...Array.from({ length: BACKLOG }, (_, n) => event(n)))
  await until(() => running.pipeline.offset >= BACKLOG)
}

/** How many requests came between now and the first one of the other person. */
async function startsBeforeOther(destination: Destination, running: Running): Promise<number> {
  await running.send(other())
  const from = destination.received.length
  await until(() => destination.received.some((each) => userOf(each) === 'other'))
  return destination.received.findIndex((each) => userOf(each) === 'other') - from
}

/** Keeps a backlog from being over before the test is. */
const after =
  (ms: number): Answer =>
  (request, response) =>
    void setTimeout(() => ok(request, response), ms)

test(`a person with ${BACKLOG} events waiting does not delay another person's event`, async () => {
  await using destination = await aDestination()
  destination.answer = after(5)
  await using running = await startPipeline(aConfig(anInstance({ settings: to(destination.url) })))
  await backlog(running, hot)
  expect(await startsBeforeOther(destination, running)).toBeLessThan(STARTS_MAX)
  expect((await running.state.pending()).get(1)).toBeGreaterThan(BACKLOG / 2)
})

test('nor does it after a restart, when all of it is read from the database again', async () => {
  await using destination = await aDestination()
  // On hold, so that nothing of it is attempted before the restart.
  destination.answer = status(401)
  const first = await startPipeline(aConfig(anInstance({ settings: to(destination.url) })))
  await first.send(hot(-1))
  await until(() => first.told.includes('held unauthorized'))
  await backlog(first, hot)
  await first.send(other())
  await until(() => first.pipeline.offset >= BACKLOG + 2)
  const from = destination.received.length
  destination.answer = after(5)
  const settings = { ...to(destination.url), apiKey: 'the-right-key' }
  await using second = await first.restart(aConfig(anInstance({ settings })))
  await until(() => destination.received.some((each) => userOf(each) === 'other'))
  expect(destination.received.findIndex((each) => userOf(each) === 'other') - from).toBeLessThan(STARTS_MAX)
  expect((await second.state.pending()).get(1)).toBeGreaterThan(BACKLOG / 2)
})

test('hot persons who have all of the memory do not keep another one out until their backlog is over', async () => {
  await using destination = await aDestination()
  destination.answer = after(50)
  await using running = await startPipeline(aConfig(anInstance({ settings: to(destination.url) })))
  const hotPersons = CONCURRENCY_MAX + 72
  await backlog(running, (n) => {
    return anEvent({ messageId: `hot-${n}`, userId: `hot-${n % hotPersons}`, properties: { n } })
  })
  for (let n = 0; n < 5; n += 1) {
    await running.send(other(n))
    const from = destination.received.length
    await until(() => destination.received.filter((each) => userOf(each) === 'other').length > n)
    // The first has to be found in the database, behind all that is theirs.
    expect(destination.received.length - from).toBeLessThan(BACKLOG / 4)
  }
  for (const [user, received] of Map.groupBy(destination.received, userOf)) {
    const sequence = received.map(({ body }) => Number(body.data?.['n']))
    if (user !== 'other') expect(sequence).toEqual(sequence.toSorted((a, b) => a - b))
  }
  expect((await running.state.pending()).get(1)).toBeGreaterThan(BACKLOG / 2)
})

test.each<{ how: string; answer: Answer }>([
  { how: 'never answers', answer: () => {} },
  { how: 'answers slowly', answer: after(500) },
])(
  `a destination that $how, with ${BACKLOG} events waiting, does not delay another destination`,
  async ({ answer }) => {
    await using slow = await aDestination()
    slow.answer = answer
    await using healthy = await aDestination()
    const config = aConfig(
      anInstance({ number: 1, settings: to(slow.url) }),
      anInstance({ number: 2, settings: to(healthy.url), startPosition: BACKLOG }),
    )
    const running = await startPipeline(config)
    try {
      await backlog(running, ofMany)
      const from = slow.received.length
      await running.send(other())
      await until(() => healthy.received.length > 0)
      expect(slow.received.length - from).toBeLessThan(STARTS_MAX)
      expect((await running.state.pending()).get(1)).toBeGreaterThan(BACKLOG / 2)
    } finally {
      // What it has not answered by then is given up on at once.
      await slow[Symbol.asyncDispose]()
      await running[Symbol.asyncDispose]()
    }
  },
)

test(`a destination with ${BACKLOG} events waiting takes turns with another one of the same account`, async () => {
  await using destination = await aDestination()
  destination.answer = after(20)
  const settings = to(destination.url)
  // The second begins behind the backlog, so the first copy of the last event is its own.
  await using running = await startPipeline(
    aConfig(anInstance({ number: 1, settings }), anInstance({ number: 2, settings, startPosition: BACKLOG })),
  )
  await backlog(running, ofMany)
  expect(await startsBeforeOther(destination, running)).toBeLessThan(STARTS_MAX)
  expect((await running.state.pending()).get(1)).toBeGreaterThan(BACKLOG / 2)
})
