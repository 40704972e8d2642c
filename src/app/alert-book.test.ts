import { expect, test } from 'vitest'
import type { Alert } from '../api/index.ts'
import { type AlertBook, CLOSED_MAX, EMPTY_BOOK, noticeId, turn } from './alert-book.ts'

const alert = (id: string, over: Partial<Alert> = {}): Alert => ({
  kind: 'hold',
  destinations: [{ id, name: id }],
  since: '2026-01-01T00:00:00.000Z',
  message: 'm',
  nextStep: 'n',
  ...over,
})

test('an alert opens once and ends once, and is remembered', () => {
  const first = turn(EMPTY_BOOK, [alert('a')], 1)
  expect([first.opened, first.ended]).toEqual([[alert('a')], []])
  const second = turn(first.book, [alert('a')], 2)
  expect([second.opened, second.ended]).toEqual([[], []])
  const third = turn(second.book, [], 3)
  expect([third.opened, third.ended]).toEqual([[], [alert('a')]])
  expect(third.book).toEqual({ open: [], closed: [{ ...alert('a'), closedAt: '1970-01-01T00:00:00.003Z' }] })
})

test('what goes on keeps its beginning and says what is so now', () => {
  const { book } = turn(EMPTY_BOOK, [alert('a')], 1)
  const later = turn(book, [alert('a', { since: '2026-02-02T00:00:00.000Z', message: 'worse' })], 2)
  expect(later.book.open).toEqual([alert('a', { message: 'worse' })])
})

test('kinds and destinations make alerts different, their order does not', () => {
  const both = {
    destinations: [
      { id: 'a', name: 'a' },
      { id: 'b', name: 'b' },
    ],
  }
  const { book } = turn(EMPTY_BOOK, [alert('', both)], 1)
  expect(turn(book, [alert('', { destinations: both.destinations.toReversed() })], 2).opened).toEqual([])
  expect(turn(book, [alert('', { ...both, kind: 'backlog' })], 2).opened).toHaveLength(1)
})

test('of those that ended the newest are remembered', () => {
  let book: AlertBook = EMPTY_BOOK
  for (let n = 0; n <= CLOSED_MAX; n++) book = turn(book, [alert(`d${n}`)], n).book
  expect(book.closed).toHaveLength(CLOSED_MAX)
  expect(turn(book, [], 1_000).book.closed.map(({ destinations }) => destinations[0]?.id)).toEqual(
    Array.from({ length: CLOSED_MAX }, (_, n) => `d${CLOSED_MAX - n}`),
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
