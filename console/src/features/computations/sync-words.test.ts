import { expect, test } from 'vitest'
import { type Seen, syncWords } from './sync-words.ts'

const LIVE = { status: 'Live', progress: undefined } as const
const READING = {
  status: 'Computing',
  progress: { phase: 'history', done: 1, total: 2, startedAt: '', expectedAt: null },
} as const
const TELLING = {
  status: 'Computing',
  progress: { phase: 'people', done: 1, total: 2, startedAt: '', expectedAt: null },
} as const
const working: Seen = { enabled: true, tone: 'good', deliveries: { delivered: 3 } }
const failing: Seen = { ...working, tone: 'bad' }
const RUN = { told: 1_200 }

test('only a destination that works, and for which nothing waits, is up to date', () => {
  expect(syncWords(LIVE, working, undefined)).toBe('up to date with every event')
  expect(syncWords(LIVE, { ...working, deliveries: {} }, undefined)).toBe('up to date with every event')
  expect(syncWords(LIVE, failing, undefined)).toBe('hears nothing until it works again')
  expect(syncWords(LIVE, { ...failing, deliveries: { pending: 2 } }, undefined)).toBe('2 deliveries to it wait')
  expect(syncWords(LIVE, { ...working, deliveries: { pending: 1 } }, undefined)).toBe('1 delivery to it waits')
  expect(syncWords(LIVE, { ...working, deliveries: { dead: 1 } }, undefined)).toBe('told, but for its dead letters')
  expect(syncWords(LIVE, { ...working, deliveries: undefined }, undefined)).toBe('not known yet')
})

test('one that is switched off hears nothing, and what waits for it is told', () => {
  const off: Seen = { ...working, enabled: false, tone: 'off' }
  expect(syncWords(LIVE, off, RUN)).toBe('switched off: hears nothing')
  expect(syncWords(LIVE, { ...off, deliveries: { pending: 4 } }, undefined)).toBe(
    'switched off: 4 deliveries to it wait',
  )
})

test('a run under way says how far it is, unless the destination gets nothing', () => {
  expect(syncWords(LIVE, { ...working, deliveries: { pending: 2 } }, RUN)).toBe('told of 1,200 so far')
  expect(syncWords(LIVE, { ...failing, deliveries: { pending: 2 } }, RUN)).toBe('2 deliveries to it wait')
})

test('while it is worked out, and when it is disabled', () => {
  expect(syncWords(READING, working, undefined)).toBe('begins when history is read')
  expect(syncWords(TELLING, working, undefined)).toBe('told as profiles are worked out')
  expect(syncWords({ status: 'Disabled', progress: undefined }, working, undefined)).toBe('hears nothing')
})
