import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CsvError, csvReader, FIELD_LENGTH_MAX } from './csv.ts'

function read(pieces: readonly string[], separator = ','): string[][] {
  const reader = csvReader(separator)
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()]
}

test.each([
  {
    name: 'plain cells',
    text: 'a,b\n1,2\n',
    rows: [
      ['a', 'b'],
      ['1', '2'],
    ],
  },
  {
    name: 'a last line without an end',
    text: 'a,b\n1,2',
    rows: [
      ['a', 'b'],
      ['1', '2'],
    ],
  },
  { name: 'CRLF and CR', text: 'a\r\nb\rc', rows: [['a'], ['b'], ['c']] },
  {
    name: 'a separator, a line end and a doubled quote inside quotes',
    text: '"a,""b""\nc",d\n',
    rows: [['a,"b"\nc', 'd']],
  },
  { name: 'empty cells at both ends', text: ',\n', rows: [['', '']] },
  { name: 'an empty line is no row, an empty quoted cell is', text: '\n""\n', rows: [['']] },
  { name: 'a quote in the middle is text', text: 'a"b,c\n', rows: [['a"b', 'c']] },
  { name: 'text after a closing quote is kept', text: '"a"b,c\n', rows: [['ab', 'c']] },
])('$name', ({ text, rows }) => {
  expect(read([text])).toEqual(rows)
})

// Cells made of what a reader can trip over.
const anyCell = fc.string({ unit: fc.constantFrom('a', ',', '|', '"', '\n', '\r', ' ', 'é'), maxLength: 6 })
const anyRows = fc.array(fc.array(anyCell, { minLength: 1, maxLength: 4 }), { maxLength: 6 })
const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`

test('whatever is written quoted is read back, in whatever pieces it comes', () => {
  fc.assert(
    fc.property(
      anyRows,
      fc.constantFrom(',', '|'),
      fc.constantFrom('\n', '\r\n'),
      fc.infiniteStream(fc.integer({ min: 1, max: 5 })),
      (rows, separator, end, sizes) => {
        const text = rows.map((row) => row.map(quote).join(separator) + end).join('')
        const pieces: string[] = []
        for (let at = 0; at < text.length; ) {
          const size = sizes.next().value
          pieces.push(text.slice(at, at + size))
          at += size
        }
        expect(read(pieces, separator)).toEqual(rows)
      },
    ),
  )
})

test('pieces do not show: any text reads the same in one and in many', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r'), maxLength: 20 }), (text) => {
      const outcome = (pieces: string[]) => {
        try {
          return read(pieces)
        } catch (error) {
          return error instanceof CsvError
        }
      }
      expect(outcome([...text])).toEqual(outcome([text]))
    }),
  )
})

test('a field may be FIELD_LENGTH_MAX long and no longer', () => {
  expect(read([`"${'a'.repeat(FIELD_LENGTH_MAX)}"`])[0]?.[0]).toHaveLength(FIELD_LENGTH_MAX)
  expect(() => read([`"${'a'.repeat(FIELD_LENGTH_MAX + 1)}"`])).toThrow(CsvError)
  expect(() => read(['a'.repeat(FIELD_LENGTH_MAX), 'a'])).toThrow(CsvError)
})

test('a missing closing quote is an error, not a row', () => {
  expect(() => read(['a,"b\n'])).toThrow(CsvError)
})
