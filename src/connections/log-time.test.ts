import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryLog, type NewRecord } from '../log/index.ts'
import { positionBefore } from './log-time.ts'

const DAY_MS = 86_400_000
const START_MS = Date.parse('2026-01-01T00:00:00Z')

function record(atMs: number | null): NewRecord {
  if (atMs === null) return { kind: 'command', sourceId: '', body: Buffer.from('{"command":"tick"}') }
  return {
    kind: 'event',
    sourceId: 's',
    body: Buffer.from(JSON.stringify({ receivedAt: new Date(atMs).toISOString() })),
  }
}

test('nothing that arrived in time is before it, and little that arrived long before is behind it', async () => {
  const arrivals = fc.array(fc.tuple(fc.nat(2 * DAY_MS), fc.integer({ min: -3_600_000, max: 3_600_000 }), fc.nat(4)), {
    maxLength: 60,
  })
  await fc.assert(
    fc.asyncProperty(arrivals, fc.nat(60), async (steps, days) => {
      const log = new MemoryLog({ charsMax: 10_000_000 })
      const arrivedMs: (number | null)[] = []
      let nowMs = START_MS
      for (const [pause, disorder, kind] of steps) {
        nowMs += pause
        arrivedMs.push(kind === 0 ? null : nowMs + disorder)
      }
      if (arrivedMs.length > 0) await log.append(arrivedMs.map(record))
      const ms = START_MS + days * DAY_MS
      const position = positionBefore(log.reader, ms, arrivedMs.length)
      expect(arrivedMs.slice(0, position).filter((each) => each !== null && each >= ms)).toEqual([])
      const behind = arrivedMs.slice(position + 1).filter((each) => each !== null)
      expect(behind.filter((each) => each < ms - DAY_MS - 2 * 3_600_000)).toEqual([])
      expect(positionBefore(log.reader, Number.NEGATIVE_INFINITY, arrivedMs.length)).toBe(0)
    }),
  )
})

test('of a long log some tens of reads are enough', async () => {
  const log = new MemoryLog({ charsMax: 100_000_000 })
  for (let part = 0; part < 20; part += 1)
    await log.append(Array.from({ length: 5_000 }, (_, at) => record(START_MS + (part * 5_000 + at) * 60_000)))
  let reads = 0
  const counted = {
    start: () => log.reader.start(),
    read: (after: number, limit: number) => {
      reads += 1
      return log.reader.read(after, limit)
    },
  }
  const ms = START_MS + 80_000 * 60_000
  // A day before, and one more.
  expect(positionBefore(counted, ms, 100_000)).toBe(80_000 - 24 * 60 - 1)
  expect(reads).toBeLessThan(20)
})
