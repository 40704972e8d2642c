/** Rows of an uploaded file in any of its formats, as column name to value. Pure. */
import { type CsvReader, csvReader } from './csv.ts'
import { normalizeEmail } from './identity.ts'
import { isObject, parseJson } from './json.ts'

export type FileFormat = 'CSV' | 'PSV' | 'JSON' | 'JSONL' | 'XLSX'
export const FILE_FORMATS: readonly FileFormat[] = ['CSV', 'PSV', 'JSON', 'JSONL', 'XLSX']
/** Characters of a JSON array, which cannot be read in pieces. Larger sets come as JSONL or CSV. */
export const JSON_LENGTH_MAX = 64 * 1024 * 1024

/** An empty cell is a column with the value undefined. A row that is undefined could not be read. */
export type FileRow = ReadonlyMap<string, unknown> | undefined

export class RowsError extends Error {}

export interface RowReader {
  /** The rows that `text` completes. @throws Error when the file is beyond reading. */
  push(text: string): FileRow[]
  end(): FileRow[]
}

/** @throws RowsError for XLSX, which files may hold and jobs cannot read. */
export function rowReader(format: FileFormat): RowReader {
  switch (format) {
    case 'CSV':
      return tableReader(csvReader(','))
    case 'PSV':
      return tableReader(csvReader('|'))
    case 'JSONL':
      return lineReader()
    case 'JSON':
      return arrayReader()
    default:
      throw new RowsError(`${format} rows cannot be read`)
  }
}

function tableReader(cells: CsvReader): RowReader {
  let header: readonly string[] | undefined
  let isFirst = true
  const read = (rows: string[][]): FileRow[] => {
    const found: FileRow[] = []
    for (const row of rows) {
      if (header === undefined) {
        const [only] = row
        // A file of bare emails is read as if its header said so.
        const isHeaderless = row.length === 1 && normalizeEmail(only ?? '') !== undefined
        header = isHeaderless ? ['email'] : row.map((name) => name.trim())
        if (!isHeaderless) continue
      }
      const entries = header.flatMap((name, index): [string, unknown][] => {
        const cell = row[index]
        return name === '' ? [] : [[name, cell === undefined || cell === '' ? undefined : cellValue(name, cell)]]
      })
      found.push(new Map(entries))
    }
    return found
  }
  return {
    push(text) {
      const start = isFirst && text.startsWith('\ufeff') ? 1 : 0
      if (text !== '') isFirst = false
      return read(cells.push(text.slice(start)))
    },
    end: () => read(cells.end()),
  }
}

/** Columns that are text whatever they look like: an id `0012` or `12` is no number. */
const TEXT_COLUMNS = new Set([
  'event_name',
  'event_time',
  'email',
  'partner_user_id',
  'partner_conversion_id',
  'partner_event_id',
  'person_id',
  'first_name',
  'last_name',
  'coupon_code',
  'advocate_code',
])

/** A cell reads as JSON only where nothing is lost by it: `true` and `12`, but not `1.0`, `007` or `1e5`. */
function cellValue(name: string, cell: string): unknown {
  if (TEXT_COLUMNS.has(name)) return cell
  if (cell === 'true') return true
  if (cell === 'false') return false
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(cell) && String(Number(cell)) === cell ? Number(cell) : cell
}

function lineReader(): RowReader {
  let rest = ''
  const read = (lines: string[]) => lines.filter((line) => line.trim() !== '').map(objectRow)
  return {
    push(text) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > JSON_LENGTH_MAX) throw new RowsError('a line is too long')
      return read(lines)
    },
    end: () => read([rest]),
  }
}

function objectRow(line: string): FileRow {
  try {
    return rowOf(parseJson(line))
  } catch {
    return undefined
  }
}

function rowOf(value: unknown): FileRow {
  return isObject(value) ? new Map(Object.entries(value)) : undefined
}

function arrayReader(): RowReader {
  let text = ''
  return {
    push(piece) {
      text += piece
      if (text.length > JSON_LENGTH_MAX) throw new RowsError('a JSON file is too long: use JSONL or CSV')
      return []
    },
    end() {
      const value = parseJson(text)
      if (!Array.isArray(value)) throw new RowsError('a JSON file must be an array of objects')
      return value.map(rowOf)
    },
  }
}

/** By extension, else by the first characters of the content. */
export function inferFormat(fileName: string, start: string): FileFormat {
  const extension = /\.([A-Za-z]+)$/.exec(fileName)?.[1]?.toUpperCase()
  const named = FILE_FORMATS.find((format) => format === extension)
  if (named !== undefined) return named
  const first = start.trimStart().replace(/^\ufeff/, '')
  if (first.startsWith('[')) return 'JSON'
  if (first.startsWith('{')) return 'JSONL'
  const line = first.split('\n')[0] ?? ''
  return line.includes('|') && !line.includes(',') ? 'PSV' : 'CSV'
}
