import type { Row } from '../pipeline/rows.ts'
import type { StoredSeen } from './port.ts'

export const SEEN_COLUMNS = 'source_id, key, document'
/** What a document ends with begins so. No text in it does: its quotes are escaped. */
export const MEMBERS_START = ',"members":'

export function toSeen(row: Row): StoredSeen {
  return {
    sourceId: row['source_id'] as string,
    key: Uint8Array.from(row['key'] as Uint8Array),
    document: row['document'] as string,
  }
}

/** The last row of each name. */
export function lastOfNames(rows: readonly StoredSeen[]): StoredSeen[] {
  return [...new Map(rows.map((row) => [`${row.sourceId} ${Buffer.from(row.key).toString('latin1')}`, row])).values()]
}
