/**
 * A streaming CSV reader after RFC 4180, fed text in pieces of any size. Pure.
 *
 * A field that starts with a quote runs to its closing quote; a doubled quote inside is one quote. A quote elsewhere is
 * text, as spreadsheets write it. Lines end in LF, CRLF or CR outside quotes; a last line without an end counts; an empty
 * line is no row. Text after a closing quote is kept as it is, because a reader that refuses a row refuses a file.
 */

/** Characters in one field. A missing closing quote must not swallow the file into memory. */
export const FIELD_LENGTH_MAX = 1_048_576

export class CsvError extends Error {}

export interface CsvReader {
  /** The rows that `text` completes. @throws CsvError when a field grows past FIELD_LENGTH_MAX. */
  push(text: string): string[][]
  /** The last row, if the text did not end in a line end. @throws CsvError when a quoted field is still open. */
  end(): string[][]
}

type State = 'start' | 'plain' | 'quoted' | 'closing'

/** @param separator one character: `,` for CSV, `|` for PSV. */
export function csvReader(separator: string): CsvReader {
  let state: State = 'start'
  let field = ''
  let row: string[] = []
  let afterCarriageReturn = false
  let rows: string[][] = []

  function endField(): void {
    row.push(field)
    field = ''
    state = 'start'
  }

  function endRow(): void {
    const isEmpty = row.length === 0 && field === '' && state === 'start'
    if (!isEmpty) {
      endField()
      rows.push(row)
    }
    row = []
  }

  /** The first index at or after `from` of a character that ends a plain run, so that runs are cut out whole. */
  function plainEnd(text: string, from: number): number {
    let at = from
    for (; at < text.length; at++) {
      const char = text[at]
      if (char === separator || char === '\n' || char === '\r') break
    }
    return at
  }

  return {
    push(text) {
      rows = []
      let at = 0
      while (at < text.length) {
        const char = text[at]
        if (state === 'quoted') {
          const quote = text.indexOf('"', at)
          const end = quote < 0 ? text.length : quote
          field += text.slice(at, end)
          if (field.length > FIELD_LENGTH_MAX)
            throw new CsvError('a field is too long, or its closing quote is missing')
          at = end + 1
          if (quote >= 0) state = 'closing'
          continue
        }
        if (state === 'closing' && char === '"') {
          field += '"'
          state = 'quoted'
          at += 1
          continue
        }
        if (afterCarriageReturn) {
          afterCarriageReturn = false
          if (char === '\n') {
            at += 1
            continue
          }
        }
        if (char === separator) {
          endField()
          at += 1
          continue
        }
        if (char === '\n' || char === '\r') {
          endRow()
          afterCarriageReturn = char === '\r'
          at += 1
          continue
        }
        if (state === 'start' && char === '"') {
          state = 'quoted'
          at += 1
          continue
        }
        const end = plainEnd(text, at)
        field += text.slice(at, end)
        if (field.length > FIELD_LENGTH_MAX) throw new CsvError('a field is too long')
        state = 'plain'
        at = end
      }
      return rows
    },
    end() {
      rows = []
      if (state === 'quoted') throw new CsvError('the closing quote of the last field is missing')
      endRow()
      return rows
    },
  }
}
