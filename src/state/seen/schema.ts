import type { Migration } from '../migrate.ts'

export const seenMigrations: readonly Migration[] = [
  {
    id: 'seen-names',
    sqlite: [
      `CREATE TABLE seen_names (source_id TEXT NOT NULL, key BLOB NOT NULL, document TEXT NOT NULL,
        PRIMARY KEY (source_id, key)) WITHOUT ROWID, STRICT`,
    ],
    postgres: [
      `CREATE TABLE seen_names (source_id TEXT NOT NULL, key BYTEA NOT NULL, document TEXT NOT NULL,
        PRIMARY KEY (source_id, key))`,
    ],
  },
]
