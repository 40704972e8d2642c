import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryLog } from '../log/index.ts'
import { LATEST_OF_ONE_MAX, LATEST_RECORDS_MAX, LatestMessages, messageIdOf } from './latest-messages.ts'

const event = (messageId: string) => ({
  kind: 'event' as const,
  sourceId: 's',
  body: Buffer.from(JSON.stringify({ type: 'track', properties: { messageId: 'inner' }, messageId })),
})
const refused = (...events: readonly string[]) => ({
  kind: 'rejected' as const,
  sourceId: 's',
  body: Buffer.from(JSON.stringify({ receivedAt: '', samples: events.map((each) => ({ reason: 'r', event: each })) })),
})

function opened() {
  const log = new MemoryLog({ charsMax: 100_000_000 })
  let turns = 0
  const clock = {
    turn: async () => {
      turns += 1
    },
  }
  let read = 0
  const reader = {
    end: () => log.reader.end(),
    read: (after: number, limit: number) => {
      const records = log.reader.read(after, limit)
      read += records.length
      return records
    },
  }
  return { log, latest: new LatestMessages(reader, clock), reads: () => read, turns: () => turns }
}

test('every record that came under a messageId is found, accepted or refused, and nothing that only mentions it', async () => {
  const { log, latest } = opened()
  const odd = 'a "quoted" \\ ü id'
  const long = 'm'.repeat(2_000)
  await log.append([
    event('a'),
    event(odd),
    refused(JSON.stringify({ messageId: 'a', type: 'x' }), '{"messageId":5}', '{"userId":"a","messageId":"cut o'),
    event('a'),
    refused(JSON.stringify({ messageId: odd }), JSON.stringify({ messageId: odd })),
    refused(JSON.stringify({ messageId: long })),
    { kind: 'command', sourceId: '', body: Buffer.from('{"messageId":"a"}') },
  ])
  expect(await latest.positionsOf('a')).toEqual([1, 3, 4])
  expect(await latest.positionsOf(odd)).toEqual([2, 5])
  expect(await latest.positionsOf(long)).toEqual([6])
  for (const nothing of ['inner', 'cut o', 'm', '']) expect(await latest.positionsOf(nothing)).toEqual([])
  await log.append([event('a')])
  expect(await latest.positionsOf('a')).toEqual([1, 3, 4, 8])
})

test('a record is read once, however many ask at once and later, some at a time', async () => {
  const { log, latest, reads, turns } = opened()
  await log.append(Array.from({ length: 1_000 }, (_, number) => event(`m${number}`)))
  const found = await Promise.all(['m0', 'm500', 'm999', 'no'].map((id) => latest.positionsOf(id)))
  expect(found).toEqual([[1], [501], [1_000], []])
  await latest.positionsOf('m1')
  expect([reads(), turns()]).toEqual([1_000, 10])
  await log.append([event('m0')])
  expect(await latest.positionsOf('m0')).toEqual([1, 1_001])
  expect(reads()).toBe(1_001)
})

test('of the log the latest records are known, and of one messageId the latest of those', async () => {
  const { log, latest, reads } = opened()
  await log.append([event('first'), event('second')])
  await log.append(Array.from({ length: LATEST_RECORDS_MAX - 1 }, () => event('often')))
  expect(await latest.positionsOf('first')).toEqual([])
  expect(await latest.positionsOf('second')).toEqual([2])
  const often = await latest.positionsOf('often')
  expect([often.length, often.at(-1)]).toEqual([LATEST_OF_ONE_MAX, LATEST_RECORDS_MAX + 1])
  await log.append([event('third')])
  expect(await latest.positionsOf('second')).toEqual([])
  // Nobody asked for a long time: what is older than the latest is not read at all.
  const before = reads()
  await log.append(Array.from({ length: LATEST_RECORDS_MAX * 2 }, () => event('other')))
  expect(await latest.positionsOf('third')).toEqual([])
  expect(reads() - before).toBe(LATEST_RECORDS_MAX)
})

test('the messageId of an event is the one that parsing all of it gives, whatever else stands in it', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('"messageId":"x"', 'messageId', '\\"messageId":', '"'),
  )
  const { inner } = fc.letrec((tie) => ({
    inner: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.integer(),
      fc.array(tie('inner'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(text, fc.constant('messageId')), tie('inner'), { maxKeys: 3 }),
    ),
  }))
  fc.assert(
    fc.property(text, inner, inner, (messageId, before, after) => {
      expect(messageIdOf(JSON.stringify({ before, messageId, after }))).toBe(messageId)
    }),
  )
})
