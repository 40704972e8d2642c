/**
 * Tables of the pipeline. Index keys and WITHOUT ROWID tables hold integers and keyed hashes only: SQLite keeps deleted
 * index keys in its pages (S16). The deduplication tables, one a day, are made when their day comes; on PostgreSQL they
 * are partitions.
 */
import type { Migration } from '../migrate.ts'
import { profileMigrations } from '../profiles/schema.ts'
import { seenMigrations } from '../seen/schema.ts'
import { volumeMigrations } from '../volume/schema.ts'

// `log_days`: the position of the first event accepted on a day, which tells how old a position is.

export const pipelineMigrations: readonly Migration[] = [
  {
    id: 'pipeline-001',
    sqlite: [
      'CREATE TABLE installation (name TEXT PRIMARY KEY, sealed TEXT NOT NULL) STRICT',
      'CREATE TABLE log_offset (partition INTEGER PRIMARY KEY, position INTEGER NOT NULL) STRICT',
      'INSERT INTO log_offset (partition, position) VALUES (0, 0)',
      'CREATE TABLE log_days (day INTEGER PRIMARY KEY, first_position INTEGER NOT NULL) STRICT',
      `CREATE TABLE routings (position INTEGER PRIMARY KEY, lane INTEGER NOT NULL, config_version INTEGER NOT NULL,
        decisions TEXT NOT NULL) STRICT`,
      `CREATE TABLE deliveries (position INTEGER NOT NULL, route INTEGER NOT NULL, instance INTEGER NOT NULL,
        lane INTEGER NOT NULL, state INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, status INTEGER,
        reason TEXT, ended_at INTEGER, PRIMARY KEY (position, route)) WITHOUT ROWID, STRICT`,
      'CREATE INDEX deliveries_open ON deliveries (instance, position, route) WHERE state = 0',
      'CREATE INDEX deliveries_dead ON deliveries (position, route, instance) WHERE state = 2',
      `CREATE INDEX deliveries_ended ON deliveries (ended_at, position, route)
        WHERE state > 0 AND state <> 2 AND route > 0`,
      `CREATE TABLE retries (position INTEGER NOT NULL, route INTEGER NOT NULL, first_attempt_at INTEGER NOT NULL,
        paused_ms_at_first INTEGER NOT NULL, next_attempt_at INTEGER NOT NULL, malformed INTEGER NOT NULL, frozen TEXT,
        UNIQUE (position, route)) STRICT`,
      `CREATE TABLE spills (instance INTEGER NOT NULL, lane INTEGER NOT NULL, position INTEGER NOT NULL,
        route INTEGER NOT NULL, PRIMARY KEY (instance, lane, position, route)) WITHOUT ROWID, STRICT`,
      `CREATE TABLE delivery_details (position INTEGER NOT NULL, route INTEGER NOT NULL, request TEXT, response TEXT,
        body BLOB, UNIQUE (position, route)) STRICT`,
      'CREATE TABLE tombstones (lane INTEGER PRIMARY KEY, before_ms INTEGER NOT NULL) STRICT',
      `CREATE TABLE counters (scope TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,
        PRIMARY KEY (scope, id, name)) WITHOUT ROWID, STRICT`,
      `CREATE TABLE instance_runtimes (instance INTEGER PRIMARY KEY, paused_ms INTEGER NOT NULL, hold_reason TEXT,
        hold_since INTEGER, hold_detail TEXT) STRICT`,
      'CREATE TABLE regulations (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, subjects INTEGER NOT NULL) STRICT',
      `CREATE TABLE regulation_tasks (regulation_id TEXT NOT NULL, position INTEGER NOT NULL, route INTEGER NOT NULL,
        destination_id TEXT NOT NULL, PRIMARY KEY (regulation_id, position, route)) WITHOUT ROWID, STRICT`,
    ],
    postgres: [
      'CREATE TABLE installation (name TEXT PRIMARY KEY, sealed TEXT NOT NULL)',
      'CREATE TABLE log_offset (partition INTEGER PRIMARY KEY, position BIGINT NOT NULL)',
      'INSERT INTO log_offset (partition, position) VALUES (0, 0)',
      'CREATE TABLE log_days (day INTEGER PRIMARY KEY, first_position BIGINT NOT NULL)',
      `CREATE TABLE dedup (day INTEGER NOT NULL, key BYTEA NOT NULL, position BIGINT NOT NULL, PRIMARY KEY (key, day))
        PARTITION BY LIST (day)`,
      `CREATE TABLE routings (position BIGINT PRIMARY KEY, lane BIGINT NOT NULL, config_version INTEGER NOT NULL,
        decisions TEXT NOT NULL)`,
      `CREATE TABLE deliveries (position BIGINT NOT NULL, route INTEGER NOT NULL, instance INTEGER NOT NULL,
        lane BIGINT NOT NULL, state SMALLINT NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, status INTEGER,
        reason TEXT, ended_at BIGINT, PRIMARY KEY (position, route)) WITH (fillfactor = 80)`,
      'CREATE INDEX deliveries_open ON deliveries (instance, position, route) WHERE state = 0',
      'CREATE INDEX deliveries_dead ON deliveries (position, route, instance) WHERE state = 2',
      `CREATE INDEX deliveries_ended ON deliveries (ended_at, position, route)
        WHERE state > 0 AND state <> 2 AND route > 0`,
      `CREATE TABLE retries (position BIGINT NOT NULL, route INTEGER NOT NULL, first_attempt_at BIGINT NOT NULL,
        paused_ms_at_first BIGINT NOT NULL, next_attempt_at BIGINT NOT NULL, malformed INTEGER NOT NULL, frozen TEXT,
        PRIMARY KEY (position, route))`,
      `CREATE TABLE spills (instance INTEGER NOT NULL, lane BIGINT NOT NULL, position BIGINT NOT NULL,
        route INTEGER NOT NULL, PRIMARY KEY (instance, lane, position, route))`,
      `CREATE TABLE delivery_details (position BIGINT NOT NULL, route INTEGER NOT NULL, request TEXT, response TEXT,
        body BYTEA, PRIMARY KEY (position, route))`,
      'CREATE TABLE tombstones (lane BIGINT PRIMARY KEY, before_ms BIGINT NOT NULL)',
      `CREATE TABLE counters (scope TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, value BIGINT NOT NULL,
        PRIMARY KEY (scope, id, name)) WITH (fillfactor = 50)`,
      `CREATE TABLE instance_runtimes (instance INTEGER PRIMARY KEY, paused_ms BIGINT NOT NULL, hold_reason TEXT,
        hold_since BIGINT, hold_detail TEXT)`,
      'CREATE TABLE regulations (id TEXT PRIMARY KEY, created_at BIGINT NOT NULL, subjects INTEGER NOT NULL)',
      `CREATE TABLE regulation_tasks (regulation_id TEXT NOT NULL, position BIGINT NOT NULL, route INTEGER NOT NULL,
        destination_id TEXT NOT NULL, PRIMARY KEY (regulation_id, position, route))`,
    ],
  },
  {
    id: 'pipeline-replays',
    sqlite: [
      `CREATE TABLE replays (number INTEGER PRIMARY KEY, id TEXT NOT NULL, kind TEXT NOT NULL, instance INTEGER NOT NULL,
        selection TEXT NOT NULL, total INTEGER NOT NULL, rate INTEGER NOT NULL, created_at INTEGER NOT NULL,
        cursor_position INTEGER NOT NULL, cursor_route INTEGER NOT NULL, is_read INTEGER NOT NULL DEFAULT 0,
        state INTEGER NOT NULL DEFAULT 0, ended_at INTEGER) STRICT`,
      'CREATE UNIQUE INDEX replays_running ON replays (instance) WHERE state = 0',
      'ALTER TABLE deliveries ADD COLUMN replay INTEGER',
      'ALTER TABLE deliveries ADD COLUMN attempts_before INTEGER',
    ],
    postgres: [
      `CREATE TABLE replays (number INTEGER PRIMARY KEY, id TEXT NOT NULL, kind TEXT NOT NULL, instance INTEGER NOT NULL,
        selection TEXT NOT NULL, total BIGINT NOT NULL, rate INTEGER NOT NULL, created_at BIGINT NOT NULL,
        cursor_position BIGINT NOT NULL, cursor_route BIGINT NOT NULL, is_read SMALLINT NOT NULL DEFAULT 0,
        state SMALLINT NOT NULL DEFAULT 0, ended_at BIGINT)`,
      'CREATE UNIQUE INDEX replays_running ON replays (instance) WHERE state = 0',
      'ALTER TABLE deliveries ADD COLUMN replay INTEGER',
      'ALTER TABLE deliveries ADD COLUMN attempts_before INTEGER',
    ],
  },
  ...profileMigrations,
  ...seenMigrations,
  ...volumeMigrations,
]
