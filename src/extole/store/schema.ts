/**
 * The sandbox's tables. Ids are 64-bit integers in the file and decimal text in the program: text bound to an integer
 * column is converted by SQLite, and every SELECT casts back, so no id ever is a JavaScript number.
 */
export const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS token (
  hash BLOB PRIMARY KEY, identity_id INTEGER NOT NULL, name TEXT, type TEXT NOT NULL, scopes TEXT NOT NULL,
  created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS person (
  id INTEGER PRIMARY KEY, email TEXT, forwarded_to INTEGER, erased INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 1, created_ms INTEGER NOT NULL, block TEXT, data TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX IF NOT EXISTS person_forwarded ON person (forwarded_to) WHERE forwarded_to IS NOT NULL;
CREATE TABLE IF NOT EXISTS person_key (
  name TEXT NOT NULL, value TEXT NOT NULL, person_id INTEGER NOT NULL, attached INTEGER NOT NULL,
  PRIMARY KEY (name, value, person_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS person_key_person ON person_key (person_id);
CREATE TABLE IF NOT EXISTS event (
  id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, name TEXT NOT NULL, container TEXT NOT NULL,
  event_ms INTEGER NOT NULL, received_ms INTEGER NOT NULL, duplicate INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS seen_key (
  container TEXT NOT NULL, event TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, event_id INTEGER NOT NULL,
  PRIMARY KEY (container, event, name, value)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS step (
  id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, name TEXT NOT NULL, event_id INTEGER NOT NULL,
  root_event_id INTEGER NOT NULL, event_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL, quality TEXT NOT NULL,
  container TEXT NOT NULL, is_primary INTEGER NOT NULL, value REAL, unique_keys TEXT, data TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS step_person ON step (person_id, event_ms);
CREATE TABLE IF NOT EXISTS erasure (
  id INTEGER PRIMARY KEY, email TEXT, partner_user_id TEXT, created_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS identity_log (
  id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, log_ms INTEGER NOT NULL, entry TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS identity_log_person ON identity_log (person_id);
CREATE TABLE IF NOT EXISTS audience (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, enabled INTEGER NOT NULL, archived INTEGER NOT NULL DEFAULT 0,
  tags TEXT NOT NULL, created_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS membership (
  audience_id INTEGER NOT NULL, person_id INTEGER NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
  PRIMARY KEY (audience_id, person_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS membership_person ON membership (person_id);
CREATE TABLE IF NOT EXISTS audience_operation (
  id INTEGER PRIMARY KEY, audience_id INTEGER NOT NULL, request TEXT NOT NULL, state TEXT NOT NULL,
  progress TEXT NOT NULL DEFAULT '{}', created_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS shareable (
  code TEXT PRIMARY KEY, person_id INTEGER NOT NULL, record TEXT NOT NULL, created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS shareable_person ON shareable (person_id);
CREATE TABLE IF NOT EXISTS relationship (
  id INTEGER PRIMARY KEY, advocate_id INTEGER NOT NULL, friend_id INTEGER NOT NULL, container TEXT NOT NULL,
  root_event_id INTEGER NOT NULL, reason TEXT NOT NULL, created_ms INTEGER NOT NULL,
  UNIQUE (advocate_id, friend_id, container)
);
CREATE INDEX IF NOT EXISTS relationship_friend ON relationship (friend_id);
CREATE TABLE IF NOT EXISTS prehandler (
  id INTEGER PRIMARY KEY, record TEXT NOT NULL, archived INTEGER NOT NULL DEFAULT 0, created_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS file (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, status TEXT NOT NULL, format TEXT NOT NULL, tags TEXT NOT NULL,
  size INTEGER NOT NULL, user_id TEXT NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS file_name ON file (name);
CREATE TABLE IF NOT EXISTS file_chunk (
  file_id INTEGER NOT NULL, position INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (file_id, position)
);
CREATE TABLE IF NOT EXISTS batch (
  id INTEGER PRIMARY KEY, request TEXT NOT NULL, status TEXT NOT NULL, created_ms INTEGER NOT NULL, started_ms INTEGER,
  completed_ms INTEGER, rows_read INTEGER NOT NULL DEFAULT 0, success_rows INTEGER NOT NULL DEFAULT 0,
  failed_rows INTEGER NOT NULL DEFAULT 0, error_code TEXT, error_message TEXT
);
`
