import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toCsv } from './csv.ts'

/** A reader of RFC 4180, written to be read: no streaming, no options. */
function readCsv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  for (let at = 0; at < text.length; ) {
    let cell = ''
    if (text[at] === '"') {
      for (at += 1; ; at += 1) {
        if (text[at] === '"' && text[at + 1] === '"') at += 1
        else if (text[at] === '"') break
        cell += text[at]
      }
      at += 1
    } else {
      while (text[at] !== ',' && !text.startsWith('\r\n', at)) {
        cell += text[at]
        at += 1
      }
    }
    row.push(cell)
    if (text[at] === ',') at += 1
    else {
      at += 2
      rows.push(row)
      row = []
    }
  }
  return rows
}

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
