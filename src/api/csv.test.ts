import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCsv } from './csv.fixture.ts'
import { toCsv } from './csv.ts'

const STARTS = ['=', '+', '-', '@', '\t', '\r', '\n', '\0']
const ENDS = ['', '1+1', "cmd|' /C calc'!A0", 'HYPERLINK("http://evil.example","x")', 'a,b\r\n"c"']

test.each(STARTS.flatMap((start) => ENDS.map((end) => start + end)))('a spreadsheet takes %j for text', (payload) => {
  expect(readCsv(toCsv([['a', payload, 'z']]))).toEqual([['a', `'${payload}`, 'z']])
})

test('what a parser reads is what was written, with the mark before what would be a formula', () => {
  const anyCell = fc.oneof(fc.string(), fc.stringMatching(/^[",\r\n\t =+@a-]{0,6}$/))
  const anyRow = fc.tuple(anyCell, anyCell, anyCell)
  fc.assert(
    fc.property(fc.array(anyRow, { minLength: 1, maxLength: 5 }), (rows) => {
      const marked = rows.map((row) => row.map((cell) => (STARTS.some((s) => cell.startsWith(s)) ? `'${cell}` : cell)))
      expect(readCsv(toCsv(rows))).toEqual(marked)
    }),
  )
})
