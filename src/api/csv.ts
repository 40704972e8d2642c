/** CSV that a spreadsheet opens without running it (reliability contract S24): RFC 4180, and no cell begins a formula. */
import { stringify } from 'csv-stringify/sync'

/** With these a spreadsheet takes a cell for a formula, or for the end of the cell before. */
const DANGEROUS = ['=', '+', '-', '@', '\t', '\r', '\n', '\0']

/** Ends with a line end. */
export function toCsv(rows: readonly (readonly (string | number)[])[]): string {
  const safe = rows.map((row) => row.map(safeCell))
  return stringify(safe, { record_delimiter: 'windows', quoted_match: /[\r\n\t\0]/ })
}

function safeCell(cell: string | number): string {
  const text = String(cell)
  return DANGEROUS.some((start) => text.startsWith(start)) ? `'${text}` : text
}
