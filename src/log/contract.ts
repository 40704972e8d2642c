/** The promises of the log port, run by every adapter's test. */
import { expect, test } from 'vitest'
import { FOUND_MAX, type LogFinder, type LogReader, type LogWriter, type NewRecord } from './log.ts'

export interface OpenedLog extends AsyncDisposable {
  readonly writer: LogWriter & LogFinder
  readonly reader: LogReader
  /** The same log after the process died without closing it. */
  reopen(): Promise<OpenedLog>
}

export function aRecord(text: string, over: Partial<NewRecord> = {}): NewRecord {
  return { kind: 'event', sourceId: 'src', body: Buffer.from(text), ...over }
}

const anEvent = (messageId: string) =>
  aRecord(JSON.stringify({ type: 'track', properties: { messageId: 'inner' }, messageId, context: {} }))

const refused = (...events: readonly string[]) =>
  aRecord(JSON.stringify({ receivedAt: '', samples: events.map((event) => ({ reason: 'r', event })) }), {
    kind: 'rejected',
  })

const texts = (log: OpenedLog, after = 0, limit = 1_000) => log.reader.read(after, limit).map((record) => record.body)

export function eventLogContract(adapter: string, open: () => Promise<OpenedLog>): void {
  const promise = (behaviour: string, check: (log: OpenedLog) => Promise<void>) =>
    test(`${adapter}: ${behaviour}`, async () => {
      await using log = await open()
      await check(log)
    })

  promise('an empty log ends at 0 and has nothing to read', async (log) => {
    expect(log.reader.end()).toBe(0)
    expect(log.reader.start()).toBe(1)
    expect(log.reader.read(0, 10)).toEqual([])
  })

  promise('what append resolved for can be read back unchanged', async (log) => {
    const records: NewRecord[] = [
      aRecord('{"a":1}'),
      aRecord('"ü\u{1f347}\u0001"', { kind: 'rejected', sourceId: 'other' }),
      { kind: 'command', sourceId: '', body: Buffer.alloc(1024 ** 2, '7') },
    ]
    const { firstPosition, lastPosition } = await log.writer.append(records)
    expect([firstPosition, lastPosition]).toEqual([1, 3])
    const stored = log.reader.read(0, 10)
    expect(stored.map(({ position, kind, sourceId }) => ({ position, kind, sourceId }))).toEqual(
      records.map(({ kind, sourceId }, index) => ({ position: index + 1, kind, sourceId })),
    )
    expect(stored.map((record) => record.body)).toEqual(records.map(({ body }) => Buffer.from(body).toString()))
  })

  promise('calls keep their order and get consecutive positions', async (log) => {
    const calls = Array.from({ length: 50 }, (_, call) => [aRecord(`${call}.0`), aRecord(`${call}.1`)])
    const appended = await Promise.all(calls.map((records) => log.writer.append(records)))
    expect(texts(log)).toEqual(calls.flat().map((record) => Buffer.from(record.body).toString()))
    expect(appended.map(({ firstPosition }) => firstPosition)).toEqual(calls.map((_, index) => index * 2 + 1))
  })

  promise('a call larger than a group is stored whole', async (log) => {
    const { firstPosition, lastPosition } = await log.writer.append(
      Array.from({ length: 2_500 }, (_, i) => aRecord(`${i}`)),
    )
    expect(lastPosition - firstPosition + 1).toBe(2_500)
    expect(log.reader.end()).toBe(2_500)
  })

  promise(
    'reading goes on after the position given, at most as many as asked for, and never more than 1,000',
    async (log) => {
      await log.writer.append(Array.from({ length: 1_200 }, (_, i) => aRecord(`${i + 1}`)))
      expect(texts(log, 5, 3)).toEqual(['6', '7', '8'])
      expect(texts(log, 0, 5_000)).toHaveLength(1_000)
      expect(texts(log, 1_200)).toEqual([])
      expect(log.reader.get(1_200)?.position).toBe(1_200)
      expect(log.reader.get(1_201)).toBeUndefined()
    },
  )

  promise('a page of large records ends early, and reading on gets the rest', async (log) => {
    await log.writer.append(Array.from({ length: 7 }, () => aRecord(`"${'x'.repeat(1024 ** 2 - 2)}"`)))
    const first = log.reader.read(0, 1_000)
    expect(first.length).toBeLessThan(7)
    const rest = log.reader.read(first.length, 1_000)
    expect([...first, ...rest].map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  promise('an append of nothing is refused', async (log) => {
    await expect(log.writer.append([])).rejects.toMatchObject({ name: 'LogError' })
  })

  promise('records are found by the messageIds that they came under, and not by what they mention', async (log) => {
    const odd = 'a "quoted" \\ ü id'
    const long = 'm'.repeat(2_000)
    await log.writer.append([
      anEvent('a'),
      anEvent(odd),
      refused(JSON.stringify({ messageId: 'a', type: 'x' }), '{"messageId":5}', '{"userId":"a","messageId":"cut o'),
      anEvent('a'),
      refused(JSON.stringify({ messageId: odd }), JSON.stringify({ messageId: odd })),
      refused(JSON.stringify({ messageId: long })),
      aRecord('{"messageId":"a"}', { kind: 'command', sourceId: '' }),
      aRecord('no JSON, "messageId":"a" and "messageId":"a"'),
      aRecord('{"type":"track"}'),
      aRecord('{"messageId":"plain"}'),
    ])
    const found = (messageId: string) => log.writer.withMessageId(messageId).map(({ position }) => position)
    expect(found('a')).toEqual([1, 3, 4])
    expect(found(odd)).toEqual([2, 5])
    expect(found(long)).toEqual([6])
    expect(found('plain')).toEqual([10])
    for (const nothing of ['inner', 'cut o', 'm', '', 'undefined']) expect(found(nothing)).toEqual([])
    await log.writer.append([anEvent('a')])
    expect(log.writer.withMessageId('a')).toEqual([1, 3, 4, 11].map((position) => log.reader.get(position)))
  })

  promise('of many records of one messageId the latest hundred are found', async (log) => {
    await log.writer.append(Array.from({ length: FOUND_MAX }, () => anEvent('often')))
    expect(log.writer.withMessageId('often').map(({ position }) => position)).toHaveLength(FOUND_MAX)
    await log.writer.append([anEvent('other'), anEvent('often')])
    const positions = log.writer.withMessageId('often').map(({ position }) => position)
    expect([positions.length, positions[0], positions.at(-1)]).toEqual([FOUND_MAX, 2, FOUND_MAX + 2])
  })

  promise('a log opened again finds what it had before', async (log) => {
    await log.writer.append([anEvent('before'), anEvent('twice')])
    await using again = await log.reopen()
    await again.writer.append([anEvent('twice')])
    const found = (messageId: string) => again.writer.withMessageId(messageId).map(({ position }) => position)
    expect([found('before'), found('twice')]).toEqual([[1], [2, 3]])
  })

  promise('a log opened again goes on after its last position', async (log) => {
    await log.writer.append([aRecord('before')])
    await using again = await log.reopen()
    expect(again.reader.end()).toBe(1)
    await again.writer.append([aRecord('after')])
    expect(texts(again)).toEqual(['before', 'after'])
  })
}
