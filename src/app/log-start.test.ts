import { expect, test } from 'vitest'
import { MemoryLog, type NewRecord } from '../log/index.ts'
import { logStartMs } from './log-start.ts'

const record = (kind: NewRecord['kind'], body: object): NewRecord => ({
  kind,
  sourceId: kind === 'command' ? '' : 's',
  body: Buffer.from(JSON.stringify(body)),
})
const at = (day: number) => ({ receivedAt: `2026-01-0${day}T00:00:00.000Z` })

test('a log begins when the oldest record of it arrived that says when it did', async () => {
  const log = new MemoryLog({ charsMax: 10_000_000 })
  expect(logStartMs(log.reader)).toBeUndefined()
  await log.append(Array.from({ length: 1_500 }, () => record('command', { command: 'tick' })))
  expect(logStartMs(log.reader)).toBeUndefined()
  await log.append([record('rejected', at(2)), record('event', at(3))])
  expect(logStartMs(log.reader)).toBe(Date.parse('2026-01-02T00:00:00Z'))
  log.clear()
  await log.append([record('event', at(4))])
  expect(logStartMs(log.reader)).toBe(Date.parse('2026-01-04T00:00:00Z'))
})

test('no more is read than needed: it is asked with each change of an audience', async () => {
  const log = new MemoryLog({ charsMax: 10_000_000 })
  await log.append(Array.from({ length: 2_000 }, () => record('event', at(1))))
  let read = 0
  const reader = {
    start: () => log.reader.start(),
    read: (after: number, limit: number) => {
      const records = log.reader.read(after, limit)
      read += records.length
      return records
    },
  }
  expect([logStartMs(reader), read]).toEqual([Date.parse('2026-01-01T00:00:00Z'), 1])
})
