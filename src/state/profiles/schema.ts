/** Tables of people. Index keys hold integers and keyed hashes only: SQLite keeps deleted index keys in its pages (S16). */
import type { Migration } from '../migrate.ts'

const tables = (integer: string, bytes: string, strict: string, keyed: string) => [
  `CREATE TABLE profiles (id ${integer} PRIMARY KEY, space INTEGER NOT NULL, document TEXT NOT NULL,
    due_at ${integer})${strict}`,
  'CREATE INDEX profiles_due ON profiles (due_at, id) WHERE due_at IS NOT NULL',
  'CREATE INDEX profiles_space ON profiles (space, id)',
  `CREATE TABLE external_ids (key ${bytes} PRIMARY KEY, profile ${integer} NOT NULL)${keyed}`,
  `CREATE TABLE memberships (computation INTEGER NOT NULL, profile ${integer} NOT NULL, value TEXT NOT NULL,
    since ${integer} NOT NULL, UNIQUE (computation, profile))${strict}`,
  `CREATE INDEX memberships_in ON memberships (computation, profile) WHERE value <> 'false'`,
  'CREATE INDEX memberships_profile ON memberships (profile)',
  `CREATE TABLE outbox (number ${integer} PRIMARY KEY, source_id TEXT NOT NULL, body TEXT NOT NULL)${strict}`,
  `CREATE TABLE unify_runs (space INTEGER PRIMARY KEY, body TEXT NOT NULL)${strict}`,
  `CREATE TABLE unify_numbers (id INTEGER PRIMARY KEY, profile ${integer} NOT NULL, outbox ${integer} NOT NULL)${strict}`,
  'INSERT INTO unify_numbers (id, profile, outbox) VALUES (0, 0, 0)',
]

const ledger = (integer: string, strict: string) => [
  `CREATE TABLE sync_ledger (computation INTEGER NOT NULL, destination INTEGER NOT NULL, profile ${integer} NOT NULL,
    value TEXT, told_at ${integer}, message ${integer}, run ${integer}, before TEXT, due_at ${integer},
    anew INTEGER NOT NULL DEFAULT 0, UNIQUE (computation, profile, destination))${strict}`,
  'CREATE INDEX sync_ledger_profile ON sync_ledger (profile)',
  `CREATE INDEX sync_ledger_due ON sync_ledger (due_at, computation, profile, destination) WHERE due_at IS NOT NULL`,
]

const members = (integer: string, keyed: string) => [
  `CREATE TABLE members (computation INTEGER NOT NULL, profile ${integer} NOT NULL,
    PRIMARY KEY (computation, profile))${keyed}`,
  `INSERT INTO members (computation, profile)
    SELECT computation, profile FROM memberships WHERE value NOT IN ('false', 'null')`,
  'DROP TABLE memberships',
  'CREATE INDEX members_profile ON members (profile)',
]

export const profileMigrations: readonly Migration[] = [
  {
    id: 'unify-profiles',
    sqlite: tables('INTEGER', 'BLOB', ' STRICT', ' WITHOUT ROWID, STRICT'),
    postgres: tables('BIGINT', 'BYTEA', '', ''),
  },
  {
    id: 'unify-runs-by-name',
    sqlite: ['DROP TABLE unify_runs', 'CREATE TABLE unify_runs (name TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT'],
    postgres: ['DROP TABLE unify_runs', 'CREATE TABLE unify_runs (name TEXT PRIMARY KEY, body TEXT NOT NULL)'],
  },
  {
    // Without statistics SQLite would read a whole space to find those that are due.
    id: 'unify-due-of-space',
    sqlite: ['CREATE INDEX profiles_space_due ON profiles (space, due_at, id) WHERE due_at IS NOT NULL'],
    postgres: ['CREATE INDEX profiles_space_due ON profiles (space, due_at, id) WHERE due_at IS NOT NULL'],
  },
  {
    id: 'unify-sync-ledger',
    sqlite: ledger('INTEGER', ' STRICT'),
    postgres: ledger('BIGINT', ''),
  },
  {
    // What the value is, and since when, stands in the profile.
    id: 'unify-members',
    sqlite: members('INTEGER', ' WITHOUT ROWID, STRICT'),
    postgres: members('BIGINT', ''),
  },
  {
    id: 'unify-sync-ledger-due-run',
    sqlite: ['ALTER TABLE sync_ledger ADD COLUMN due_run INTEGER'],
    postgres: ['ALTER TABLE sync_ledger ADD COLUMN due_run BIGINT'],
  },
]
