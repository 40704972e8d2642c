import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Clock, systemClock } from '../../ports/index.ts'
import { aRecord, eventLogContract, type OpenedLog } from '../contract.ts'
import { SqliteLog, type SqliteLogOptions } from './log.ts'

function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'grapevine-log-'))
}

async function openIn(directory: string, over: Partial<SqliteLogOptions> = {}): Promise<SqliteLog> {
  return SqliteLog.open({
    directory,
    clock: systemClock,
    onFatal: (message) => {
      throw new Error(message)
    },
    ...over,
  })
}

async function opened(directory: string): Promise<OpenedLog> {
  const log = await openIn(directory)
  return {
    writer: log,
    reader: log.reader,
    reopen: async () => {
      await log[Symbol.asyncDispose]()
      return opened(directory)
    },
    [Symbol.asyncDispose]: async () => {
      await log[Symbol.asyncDispose]()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

eventLogContract('sqlite', () => opened(temporaryDirectory()))

test('segments roll at their size and reading crosses them', async () => {
  const directory = temporaryDirectory()
  await using log = await openIn(directory, { segmentBytesMax: 10_000 })
  for (let i = 1; i <= 30; i++) await log.append([aRecord('x'.repeat(1_000))])
  const segments = readdirSync(directory).filter((name) => name.endsWith('.db'))
  expect(segments.length).toBeGreaterThan(1)
  expect(log.reader.read(0, 100).map((record) => record.position)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
})

test('trimming unlinks whole old segments before the position and nothing else', async () => {
  const directory = temporaryDirectory()
  await using log = await openIn(directory, { segmentBytesMax: 10_000 })
  for (let i = 1; i <= 30; i++) await log.append([aRecord('x'.repeat(1_000))])
  log.trim(25, 0)
  await log.append([aRecord('not yet')])
  expect(log.reader.start()).toBe(1)
  log.trim(25, systemClock.nowMs() + 60_000)
  await log.append([aRecord('last')])
  expect(log.reader.start()).toBeGreaterThan(1)
  expect(log.reader.start()).toBeLessThanOrEqual(25)
  expect(log.reader.read(24, 100).map((record) => record.position)).toEqual([25, 26, 27, 28, 29, 30, 31, 32])
})

test('after a start records of all segments are found, and of those that were trimmed none', async () => {
  const directory = temporaryDirectory()
  const anEvent = (number: number) => aRecord(JSON.stringify({ messageId: `m${number}`, note: 'x'.repeat(1_000) }))
  {
    await using log = await openIn(directory, { segmentBytesMax: 10_000 })
    for (let number = 1; number <= 30; number++) await log.append([anEvent(number)])
  }
  await using log = await openIn(directory, { segmentBytesMax: 10_000 })
  const found = () =>
    Array.from({ length: 30 }, (_, index) => log.withMessageId(`m${index + 1}`).map(({ position }) => position))
  expect(found()).toEqual(Array.from({ length: 30 }, (_, index) => [index + 1]))
  log.trim(25, systemClock.nowMs() + 60_000)
  await log.append([anEvent(31)])
  const start = log.reader.start()
  expect(start).toBeGreaterThan(1)
  expect(found()).toEqual(Array.from({ length: 30 }, (_, index) => (index + 1 < start ? [] : [index + 1])))
})

test('a record whose write failed is not found, and the one that takes its place is', async () => {
  await using log = await openIn(temporaryDirectory(), { logBytesMax: 60_000 })
  const large = aRecord(JSON.stringify({ messageId: 'large', note: 'x'.repeat(100_000) }))
  await expect(log.append([large])).rejects.toMatchObject({ failure: 'full' })
  expect(log.withMessageId('large')).toEqual([])
  await log.append([aRecord('{"messageId":"small"}')])
  expect(log.withMessageId('small')).toMatchObject([{ position: 1 }])
})

test('at its size limit the log refuses and stores nothing of the call', async () => {
  const directory = temporaryDirectory()
  await using log = await openIn(directory, { logBytesMax: 60_000 })
  await expect(log.append([aRecord('x'.repeat(100_000))])).rejects.toMatchObject({ failure: 'full' })
  expect(log.reader.end()).toBe(0)
  await log.append([aRecord('small')])
  expect(log.reader.end()).toBe(1)
})

test('past the pending limit the log is overloaded, at it not', async () => {
  await using log = await openIn(temporaryDirectory(), { pendingBytesMax: 1_014 })
  const exactly = log.append([aRecord('x'.repeat(1_000))])
  await expect(log.append([aRecord('y')])).rejects.toMatchObject({ failure: 'overloaded' })
  await exactly
  expect(log.pendingBytes()).toBe(0)
})

test('an append that is not committed in time is answered with a timeout', async () => {
  const impatient: Clock = { ...systemClock, after: (_, run) => systemClock.after(0, run) }
  await using log = await openIn(temporaryDirectory(), { clock: impatient })
  const many = Array.from({ length: 20_000 }, () => aRecord('x'.repeat(500)))
  await expect(log.append(many)).rejects.toMatchObject({ failure: 'timeout' })
})

test('files of the log are for their owner only', async () => {
  const directory = join(temporaryDirectory(), 'log')
  await using log = await openIn(directory)
  await log.append([aRecord('x')])
  expect(statSync(directory).mode & 0o777).toBe(0o700)
})
