import { expect, test } from 'vitest'
import { anEvent } from './builders.ts'
import { type EventOutcome, OUTCOMES_PER_SECOND_MAX, OutcomeFeed } from './outcome-feed.ts'

function aFeed() {
  const time = { ms: 1_000_000 }
  const told: { outcomes: readonly EventOutcome[]; leftOut: number }[] = []
  const feed = new OutcomeFeed({ nowMs: () => time.ms }, (outcomes, leftOut) => told.push({ outcomes, leftOut }))
  const publish = (count: number) => {
    for (let position = 1; position <= count; position++)
      feed.publish(anEvent(), 'source', { position, outcome: 'duplicate' })
  }
  return { time, told, feed, publish }
}

test('nothing is told while nobody listens, also not later', () => {
  const { told, feed, publish } = aFeed()
  publish(1)
  feed.want(true)
  publish(1)
  feed.want(false)
  feed.want(true)
  feed.flush()
  expect(told).toEqual([])
})

test('of somebody who asked to be forgotten nothing is told but that something came', () => {
  const { told, feed } = aFeed()
  feed.want(true)
  feed.publish(anEvent({ userId: 'ada', event: 'Secret' }), 'source', { position: 1, outcome: 'suppressed' })
  feed.flush()
  expect(told[0]?.outcomes).toMatchObject([{ outcome: 'suppressed', userId: null, anonymousId: null, name: null }])
})

test('as many as a second may have are told; of those above it only the number is, and the next second begins anew', () => {
  const { time, told, feed, publish } = aFeed()
  feed.want(true)
  publish(OUTCOMES_PER_SECOND_MAX)
  feed.flush()
  publish(2)
  time.ms += 999
  publish(1)
  feed.flush()
  time.ms += 1
  publish(1)
  feed.flush()
  const sizes = told.map(({ outcomes, leftOut }) => [outcomes.length, leftOut])
  expect(sizes).toEqual([
    [OUTCOMES_PER_SECOND_MAX, 0],
    [0, 3],
    [1, 0],
  ])
})
