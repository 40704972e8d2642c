import { expect, test } from 'vitest'
import { auditFilterOf, auditQueryOf } from './audit-filter.ts'

test('a filter from an address asks for whole days, the last one included', () => {
  const filter = auditFilterOf({ type: 'SOURCE', id: 'src_1', from: '2026-02-27', to: '2026-02-28', cursor: 'abc' })
  expect(auditQueryOf(filter)).toEqual({
    resourceType: 'SOURCE',
    resourceId: 'src_1',
    startTime: '2026-02-27T00:00:00.000Z',
    endTime: '2026-03-01T00:00:00.000Z',
    'pagination.cursor': 'abc',
  })
})

test.each([
  {},
  { type: '', id: '' },
  { from: 'yesterday', to: '2026-13-45' },
  { from: 20261127, type: { a: 1 }, id: ['x'] },
  { to: '2026-02-28T10:00:00Z', other: 'x' },
  { type: 'x', from: '0002-11-27', to: '1999-12-31' },
])('what does not fit in an address, %j, narrows nothing', (search) => {
  expect(auditQueryOf(auditFilterOf(search))).toEqual({})
})

test('an id of digits alone, which an address gives as a number, is looked for as text', () => {
  expect(auditFilterOf({ id: 42 })).toEqual({ id: '42' })
})
