import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Alert } from '../api/index.ts'
import { type AlertBook, CLOSED_MAX, EMPTY_BOOK, noticeId, QUIET_MS, turn } from './alert-book.ts'

const NAMES: readonly string[] = ['a', 'b', 'c']

const alert = (id: string, over: Partial<Alert> = {}): Alert => ({
  id,
  kind: 'hold',
  destinations: [{ id, name: id }],
  since: '2026-01-01T00:00:00.000Z',
  message: 'm',
  detail: null,
  nextStep: 'n',
  ...over,
})

const at = (monotonicMs: number, ...found: Alert[]) => ({ found, nowMs: monotonicMs, monotonicMs })

test('an alert is told once it is open for long enough, once more when it ends, and is remembered', () => {
  const first = turn(EMPTY_BOOK, at(0, alert('a')))
  expect([first.opened, first.ended]).toEqual([[], []])
  expect(turn(first.book, at(QUIET_MS - 1, alert('a'))).opened).toEqual([])
  const second = turn(first.book, at(QUIET_MS, alert('a')))
  expect([second.opened, second.ended]).toEqual([[alert('a')], []])
  const third = turn(second.book, at(QUIET_MS + 1, alert('a')))
  expect([third.opened, third.ended]).toEqual([[], []])
  const fourth = turn(third.book, at(QUIET_MS + 2))
  expect([fourth.opened, fourth.ended]).toEqual([[], [alert('a')]])
  expect(fourth.book.closed).toEqual([{ ...alert('a'), closedAt: '1970-01-01T00:00:05.002Z' }])
})

test('a blink is told to nobody, and is remembered', () => {
  const { book } = turn(EMPTY_BOOK, at(0, alert('a')))
  const over = turn(book, at(QUIET_MS - 1))
  expect([over.opened, over.ended]).toEqual([[], []])
  expect(over.book.closed).toMatchObject([alert('a')])
})

test('what goes on keeps its beginning and says what is so now, also of other destinations', () => {
  const { book } = turn(EMPTY_BOOK, at(0, alert('a')))
  const more = { message: 'worse', destinations: [] }
  const later = turn(book, at(QUIET_MS, alert('a', { ...more, since: '2026-02-02T00:00:00.000Z' })))
  expect(later.opened).toEqual([alert('a', more)])
})

test('what ended and is there again with the same beginning is news of its own', () => {
  const over = turn(turn(EMPTY_BOOK, at(0, alert('a'))).book, at(1)).book
  const again = turn(turn(over, at(2, alert('a'))).book, at(2 + QUIET_MS, alert('a')))
  expect(again.opened).toEqual([alert('a', { since: '1970-01-01T00:00:00.002Z' })])
})

test('of those that ended the newest are remembered', () => {
  let book: AlertBook = EMPTY_BOOK
  for (let n = 0; n <= CLOSED_MAX; n++) book = turn(book, at(n, alert(`d${n}`))).book
  expect(book.closed).toHaveLength(CLOSED_MAX)
  expect(turn(book, at(1_000)).book.closed.map(({ id }) => id)).toEqual(
    Array.from({ length: CLOSED_MAX }, (_, n) => `d${CLOSED_MAX - n}`),
  )
})

test('whatever comes and goes, each alert is told open and ended in turns, and only when it is so', () => {
  const page = fc.record({ ids: fc.uniqueArray(fc.constantFrom(...NAMES)), waitMs: fc.nat({ max: QUIET_MS }) })
  fc.assert(
    fc.property(fc.array(page, { maxLength: 40 }), (pages) => {
      let book: AlertBook = EMPTY_BOOK
      let nowMs = 0
      const firstSeenMs = new Map<string, number>()
      const told = new Set<string>()
      for (const { ids, waitMs } of pages) {
        nowMs += waitMs
        const expected = { opened: [] as string[], ended: [] as string[] }
        for (const id of NAMES) {
          if (!ids.includes(id)) {
            firstSeenMs.delete(id)
            if (told.delete(id)) expected.ended.push(id)
            continue
          }
          if (!firstSeenMs.has(id)) firstSeenMs.set(id, nowMs)
          if (nowMs - (firstSeenMs.get(id) ?? 0) < QUIET_MS || told.has(id)) continue
          told.add(id)
          expected.opened.push(id)
        }
        const turned = turn(book, at(nowMs, ...ids.map((id) => alert(id))))
        book = turned.book
        const idsOf = (alerts: readonly Alert[]) => alerts.map(({ id }) => id).sort()
        expect({ opened: idsOf(turned.opened), ended: idsOf(turned.ended) }).toEqual(expected)
      }
    }),
  )
})

test('a notice has an id of its own for each opening and end, and keeps it when it is sent again', () => {
  const ids = [
    noticeId('alert.opened', alert('a')),
    noticeId('alert.closed', alert('a')),
    noticeId('alert.opened', alert('b')),
    noticeId('alert.opened', alert('a', { since: '2026-02-02T00:00:00.000Z' })),
  ]
  expect(new Set(ids).size).toBe(4)
  expect(noticeId('alert.opened', alert('a', { message: 'worse' }))).toBe(ids[0])
})
