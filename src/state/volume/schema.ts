/**
 * Tables of the counts over time. The bucket comes first in their keys, so that what is written together lies together.
 * Names of events stand in a table with row ids only: an index would keep what was deleted (S16).
 */
import type { Migration } from '../migrate.ts'

const BUCKETS = ['volume_minutes', 'volume_hours']

const tables = (integer: string, rows: string, keys: string) => [
  `CREATE TABLE volume_series (number ${integer} PRIMARY KEY, scope TEXT NOT NULL, id TEXT NOT NULL, fact TEXT NOT NULL,
    route INTEGER, type TEXT, name TEXT, reason TEXT, last_hour ${integer} NOT NULL)${rows}`,
  ...BUCKETS.map(
    (
      table,
    ) => `CREATE TABLE ${table} (bucket ${integer} NOT NULL, series ${integer} NOT NULL, count ${integer} NOT NULL,
      retries ${integer} NOT NULL, PRIMARY KEY (bucket, series))${keys}`,
  ),
]

export const volumeMigrations: readonly Migration[] = [
  {
    id: 'volume-over-time',
    sqlite: tables('INTEGER', ' STRICT', ' WITHOUT ROWID, STRICT'),
    postgres: tables('BIGINT', '', ' WITH (fillfactor = 70)'),
  },
]
