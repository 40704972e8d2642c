import { expect, test } from 'vitest'
import { leftMs, NOTHING_RECEIVED, received } from './csv-progress.ts'

test('rows are counted without the head, in whatever pieces they come', () => {
  const pieces = ['profile_id,user_id\r\n', 'use_1,a\r\nuse_2,b', '\r\n', 'use_3,c\r\n']
  const all = pieces.reduce(received, NOTHING_RECEIVED)
  expect([all.rows, all.pieces.join('')]).toEqual([3, pieces.join('')])
  expect(pieces.slice(0, 2).reduce(received, NOTHING_RECEIVED).rows).toBe(1)
})

test('what is left takes as long as what is done, and nobody knows before there is anything', () => {
  expect([leftMs(0, 10, 500), leftMs(5, 10, 500), leftMs(12, 10, 500)]).toEqual([undefined, 500, 0])
})
