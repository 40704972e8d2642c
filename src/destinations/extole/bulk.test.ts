import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rowsByColumns } from './bulk.ts'

const event = (data: Record<string, unknown>) => ({
  event_name: 'identify',
  event_time: '2026-01-02T03:04:05.678Z',
  data: { partner_user_id: '17', ...data },
})

test.each([
  ['a number in text', '17'],
  ['a truth value in text', 'true'],
  ['nothing', null],
  ['an empty text', ''],
  ['a list', ['a']],
  ['an object', { city: 'Paris' }],
])('%s cannot be said in a file', (_, value) => {
  expect(rowsByColumns([event({ trait: value })])).toEqual([])
})

test('an id that looks like a number is text all the same', () => {
  expect(rowsByColumns([event({})])).toEqual([
    [{ index: 0, cells: { partner_user_id: '17', event_time: '2026-01-02T03:04:05.678Z' } }],
  ])
})

test('rows of one file have the same columns, each event is in one row at most, and every cell says its trait', () => {
  const trait = fc.oneof(fc.boolean(), fc.integer(), fc.string(), fc.constant(null))
  const data = fc.dictionary(fc.constantFrom('a', 'b', 'c'), trait)
  fc.assert(
    fc.property(fc.array(data, { maxLength: 20 }), (all) => {
      const files = rowsByColumns(all.map(event))
      const seen = files.flat().map(({ index }) => index)
      expect(new Set(seen).size).toBe(seen.length)
      for (const file of files) {
        expect(new Set(file.map(({ cells }) => Object.keys(cells).toSorted().join())).size).toBe(1)
        for (const { index, cells } of file)
          for (const [name, value] of Object.entries(all[index] ?? {})) expect(cells[name]).toBe(String(value))
      }
    }),
  )
})
