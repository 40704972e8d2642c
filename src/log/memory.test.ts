import { expect, test } from 'vitest'
import { aRecord, eventLogContract, type OpenedLog } from './contract.ts'
import { MemoryLog } from './memory.ts'

const opened = (log: MemoryLog): OpenedLog => ({
  writer: log,
  reader: log.reader,
  // The process is the same: what closing could lose is all that a log in memory can promise to keep.
  reopen: async () => opened(log),
  async [Symbol.asyncDispose]() {},
})

eventLogContract('memory', async () => opened(new MemoryLog({ charsMax: 64 * 1024 ** 2 })))

test('a log that holds charsMax characters is full, and nothing of a call that does not fit is kept', async () => {
  const log = new MemoryLog({ charsMax: 4 })
  await log.append([aRecord('12'), aRecord('34')])
  await expect(log.append([aRecord('5')])).rejects.toMatchObject({ failure: 'full' })
  expect(log.reader.read(0, 10).map(({ body }) => body)).toEqual(['12', '34'])
  expect(log.end.end()).toBe(2)
})

test('a log that was cleared has room again, and its positions go on', async () => {
  const log = new MemoryLog({ charsMax: 4 })
  await log.append([aRecord('1234')])
  log.clear()
  expect([log.reader.start(), log.reader.end(), log.reader.read(0, 10)]).toEqual([2, 1, []])
  expect(await log.append([aRecord('56')])).toEqual({ firstPosition: 2, lastPosition: 2 })
  expect(log.reader.read(1, 10)).toMatchObject([{ position: 2, body: '56' }])
  expect(log.reader.get(2)?.body).toBe('56')
  expect(log.reader.get(1)).toBeUndefined()
})
