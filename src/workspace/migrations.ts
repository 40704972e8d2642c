import type { Migration } from '../state/index.ts'

/** Column types that differ. Whole numbers of both fit JavaScript's: times, positions, counts. */
interface ColumnTypes {
  readonly integer: string
}

const tables = ({ integer }: ColumnTypes): string[] => [
  `CREATE TABLE workspace (
    id TEXT PRIMARY KEY, slug TEXT NOT NULL, name TEXT NOT NULL, key_check TEXT NOT NULL, created_at_ms ${integer} NOT NULL
  )`,
  `CREATE TABLE config_version (id ${integer} PRIMARY KEY CHECK (id = 1), version ${integer} NOT NULL)`,
  'INSERT INTO config_version (id, version) VALUES (1, 1)',
  `CREATE TABLE numbers (name TEXT PRIMARY KEY, last ${integer} NOT NULL)`,
  `INSERT INTO numbers (name, last) VALUES ('destination', 0), ('subscription', 0), ('write_key', 0), ('audit', 0)`,
  `CREATE TABLE sources (
    id TEXT PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL, kind TEXT NOT NULL,
    enabled ${integer} NOT NULL, created_at_ms ${integer} NOT NULL, updated_at_ms ${integer} NOT NULL
  )`,
  `CREATE TABLE write_keys (
    key TEXT PRIMARY KEY, source_id TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    number ${integer} NOT NULL UNIQUE, created_at_ms ${integer} NOT NULL, revoked_at_ms ${integer}
  )`,
  'CREATE INDEX write_keys_source ON write_keys (source_id)',
  `CREATE TABLE destinations (
    id TEXT PRIMARY KEY, number ${integer} NOT NULL UNIQUE, source_id TEXT NOT NULL REFERENCES sources (id),
    kind TEXT NOT NULL, name TEXT NOT NULL, enabled ${integer} NOT NULL, settings TEXT NOT NULL,
    start_position ${integer} NOT NULL, created_at_ms ${integer} NOT NULL, updated_at_ms ${integer} NOT NULL,
    UNIQUE (source_id, name)
  )`,
  `CREATE TABLE subscriptions (
    id TEXT PRIMARY KEY, number ${integer} NOT NULL UNIQUE,
    destination_id TEXT NOT NULL REFERENCES destinations (id) ON DELETE CASCADE,
    name TEXT NOT NULL, action TEXT NOT NULL, trigger_fql TEXT NOT NULL, mapping TEXT NOT NULL,
    enabled ${integer} NOT NULL, created_at_ms ${integer} NOT NULL, updated_at_ms ${integer} NOT NULL
  )`,
  'CREATE INDEX subscriptions_destination ON subscriptions (destination_id)',
  'CREATE TABLE spaces (id TEXT PRIMARY KEY REFERENCES sources (id) ON DELETE CASCADE)',
  `CREATE TABLE space_sources (
    space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
    source_id TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    PRIMARY KEY (space_id, source_id)
  )`,
  `CREATE TABLE api_tokens (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, scopes TEXT NOT NULL,
    created_at_ms ${integer} NOT NULL, revoked_at_ms ${integer}
  )`,
  `CREATE TABLE audit_events (
    seq ${integer} PRIMARY KEY, id TEXT NOT NULL UNIQUE, at_ms ${integer} NOT NULL,
    actor_kind TEXT NOT NULL, actor_id TEXT NOT NULL, actor_name TEXT NOT NULL, address TEXT,
    type TEXT NOT NULL, resource_type TEXT NOT NULL, resource_id TEXT NOT NULL, resource_name TEXT NOT NULL,
    before_json TEXT, after_json TEXT, previous_hash TEXT NOT NULL, hash TEXT NOT NULL
  )`,
  'CREATE INDEX audit_events_resource ON audit_events (resource_type, resource_id, seq)',
]

const destinationFilters = ({ integer }: ColumnTypes): string[] => [
  `INSERT INTO numbers (name, last) VALUES ('filter', 0)`,
  `CREATE TABLE destination_filters (
    id TEXT PRIMARY KEY, number ${integer} NOT NULL UNIQUE,
    destination_id TEXT NOT NULL REFERENCES destinations (id) ON DELETE CASCADE,
    title TEXT NOT NULL, description TEXT, condition_fql TEXT NOT NULL, actions TEXT NOT NULL,
    enabled ${integer} NOT NULL, created_at_ms ${integer} NOT NULL, updated_at_ms ${integer} NOT NULL
  )`,
  'CREATE INDEX destination_filters_destination ON destination_filters (destination_id)',
  `ALTER TABLE destinations ADD COLUMN consent_categories TEXT NOT NULL DEFAULT '[]'`,
]

const computations = ({ integer }: ColumnTypes): string[] => [
  `ALTER TABLE spaces ADD COLUMN number ${integer} NOT NULL DEFAULT 0`,
  'UPDATE spaces SET number = (SELECT count(*) FROM spaces other WHERE other.id <= spaces.id)',
  `INSERT INTO numbers (name, last) SELECT 'space', count(*) FROM spaces`,
  `INSERT INTO numbers (name, last) VALUES ('computation', 0)`,
  `CREATE TABLE computations (
    id TEXT PRIMARY KEY, number ${integer} NOT NULL UNIQUE,
    space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
    kind TEXT NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL, description TEXT NOT NULL, query TEXT NOT NULL,
    enabled ${integer} NOT NULL, includes_anonymous ${integer} NOT NULL, activations TEXT NOT NULL,
    created_at_ms ${integer} NOT NULL, updated_at_ms ${integer} NOT NULL, UNIQUE (space_id, name), UNIQUE (space_id, key)
  )`,
  `CREATE TABLE computation_keys (
    space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE, key TEXT NOT NULL, PRIMARY KEY (space_id, key)
  )`,
]

const lookBack = ({ integer }: ColumnTypes): string[] =>
  ['look_back_days', 'counts_from_ms'].map((column) => `ALTER TABLE computations ADD COLUMN ${column} ${integer}`)

const computationActors = ['created_by', 'updated_by'].map(
  (column) => `ALTER TABLE computations ADD COLUMN ${column} TEXT NOT NULL DEFAULT ''`,
)

const computationEndings = ({ integer }: ColumnTypes): string[] => [
  `INSERT INTO numbers (name, last) VALUES ('computation_ending', 0)`,
  `CREATE TABLE computation_endings (
    number ${integer} PRIMARY KEY, space_id TEXT NOT NULL, computation TEXT NOT NULL, is_deleted ${integer} NOT NULL
  )`,
]

const deletedComputations = ({ integer }: ColumnTypes): string[] => [
  `CREATE TABLE deleted_computations (
    id TEXT PRIMARY KEY, number ${integer} NOT NULL UNIQUE,
    space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
    kind TEXT NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL, definition TEXT NOT NULL,
    keeps_values ${integer} NOT NULL, deleted_at_ms ${integer} NOT NULL, UNIQUE (space_id, key)
  )`,
]

const accounts = ({ integer }: ColumnTypes): string[] => [
  `CREATE TABLE users (
    id TEXT PRIMARY KEY, email TEXT NOT NULL, email_key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, role TEXT NOT NULL,
    pii ${integer} NOT NULL, password TEXT NOT NULL, created_at_ms ${integer} NOT NULL
  )`,
  `CREATE TABLE sessions (
    hash TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at_ms ${integer} NOT NULL, seen_at_ms ${integer} NOT NULL
  )`,
  'CREATE INDEX sessions_user ON sessions (user_id)',
  `CREATE TABLE invites (
    id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, email TEXT NOT NULL, email_key TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL, pii ${integer} NOT NULL, created_at_ms ${integer} NOT NULL, expires_at_ms ${integer} NOT NULL
  )`,
  'ALTER TABLE api_tokens ADD COLUMN user_id TEXT',
  'CREATE INDEX api_tokens_user ON api_tokens (user_id)',
  // The token of quickstart.json could do everything there was.
  `UPDATE api_tokens SET scopes =
    '["api:read","api:write","tokens:write","regulations:write","users:read","users:write","owners:write","audit:read","pii:read"]'
    WHERE name = 'quickstart' AND scopes = '["api:read","api:write","tokens:write","regulations:write","pii:read"]'`,
]

const passwordResets = ({ integer }: ColumnTypes): string[] => [
  `CREATE TABLE password_resets (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE, hash TEXT NOT NULL UNIQUE, role TEXT NOT NULL,
    pii ${integer} NOT NULL, made_by TEXT, expires_at_ms ${integer} NOT NULL
  )`,
]

const idempotencyKeys = ({ integer }: ColumnTypes): string[] => [
  `CREATE TABLE idempotency_keys (
    id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, created_at_ms ${integer} NOT NULL, done TEXT NOT NULL, answer TEXT
  )`,
  'CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at_ms, id)',
]

const secretsOfTokens = [
  'ALTER TABLE invites ADD COLUMN invited_with_token TEXT',
  'ALTER TABLE password_resets ADD COLUMN made_with_token TEXT',
]

const spaceFilters = ({ integer }: ColumnTypes): string[] => [
  `CREATE TABLE space_filters (
    id TEXT PRIMARY KEY, number ${integer} NOT NULL UNIQUE,
    space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
    name TEXT NOT NULL, description TEXT, condition_fql TEXT NOT NULL, enabled ${integer} NOT NULL,
    created_at_ms ${integer} NOT NULL, updated_at_ms ${integer} NOT NULL
  )`,
  'CREATE INDEX space_filters_space ON space_filters (space_id)',
]

const groupsAndLabels = ({ integer }: ColumnTypes): string[] => [
  `CREATE TABLE user_groups (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT, pii ${integer} NOT NULL, created_at_ms ${integer} NOT NULL
  )`,
  `CREATE TABLE group_members (
    group_id TEXT NOT NULL REFERENCES user_groups (id) ON DELETE CASCADE, email_key TEXT NOT NULL,
    PRIMARY KEY (group_id, email_key)
  )`,
  'CREATE INDEX group_members_email ON group_members (email_key)',
  'CREATE TABLE labels (key TEXT NOT NULL, value TEXT NOT NULL, description TEXT, PRIMARY KEY (key, value))',
  `CREATE TABLE source_labels (
    source_id TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE, key TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (source_id, key, value), FOREIGN KEY (key, value) REFERENCES labels (key, value) ON DELETE CASCADE
  )`,
]

const auditByTime = ['CREATE INDEX audit_events_time ON audit_events (at_ms, seq)']

const sqliteAppendOnly = ['UPDATE', 'DELETE'].map(
  (change) => `CREATE TRIGGER audit_events_no_${change.toLowerCase()} BEFORE ${change} ON audit_events
    BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END`,
)

const postgresTriggers = [
  `CREATE FUNCTION audit_events_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'audit events are append-only'; END $$`,
  `CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION audit_events_append_only()`,
  // Every other process reloads when the change commits (DESIGN 5).
  `CREATE FUNCTION config_version_notify() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_notify('grapevine_config', NEW.version::text); RETURN NULL; END $$`,
  `CREATE TRIGGER config_version_notify AFTER UPDATE ON config_version
    FOR EACH ROW EXECUTE FUNCTION config_version_notify()`,
]

/** Channel on which PostgreSQL tells the new version of the configuration. */
export const CONFIG_CHANNEL = 'grapevine_config'

export const workspaceMigrations: readonly Migration[] = [
  {
    id: 'workspace-001',
    sqlite: [...tables({ integer: 'INTEGER' }), ...sqliteAppendOnly],
    postgres: [...tables({ integer: 'BIGINT' }), ...postgresTriggers],
  },
  {
    id: 'workspace-destination-filters',
    sqlite: destinationFilters({ integer: 'INTEGER' }),
    postgres: destinationFilters({ integer: 'BIGINT' }),
  },
  {
    id: 'workspace-computations',
    sqlite: computations({ integer: 'INTEGER' }),
    postgres: computations({ integer: 'BIGINT' }),
  },
  {
    id: 'workspace-computations-history',
    sqlite: ['ALTER TABLE computations ADD COLUMN includes_history INTEGER NOT NULL DEFAULT 1'],
    postgres: ['ALTER TABLE computations ADD COLUMN includes_history BIGINT NOT NULL DEFAULT 1'],
  },
  {
    id: 'workspace-computations-look-back',
    sqlite: lookBack({ integer: 'INTEGER' }),
    postgres: lookBack({ integer: 'BIGINT' }),
  },
  {
    id: 'workspace-computations-actors',
    sqlite: computationActors,
    postgres: computationActors,
  },
  {
    id: 'workspace-computation-endings',
    sqlite: computationEndings({ integer: 'INTEGER' }),
    postgres: computationEndings({ integer: 'BIGINT' }),
  },
  {
    id: 'workspace-deleted-computations',
    sqlite: deletedComputations({ integer: 'INTEGER' }),
    postgres: deletedComputations({ integer: 'BIGINT' }),
  },
  {
    id: 'workspace-computations-external-ids',
    sqlite: ['ALTER TABLE computations ADD COLUMN external_id_types TEXT'],
    postgres: ['ALTER TABLE computations ADD COLUMN external_id_types TEXT'],
  },
  {
    id: 'workspace-space-identity-rules',
    sqlite: ['ALTER TABLE spaces ADD COLUMN identity_rules TEXT'],
    postgres: ['ALTER TABLE spaces ADD COLUMN identity_rules TEXT'],
  },
  {
    id: 'workspace-accounts',
    sqlite: accounts({ integer: 'INTEGER' }),
    postgres: accounts({ integer: 'BIGINT' }),
  },
  {
    id: 'workspace-computations-level',
    sqlite: [`ALTER TABLE computations ADD COLUMN level TEXT NOT NULL DEFAULT 'users'`],
    postgres: [`ALTER TABLE computations ADD COLUMN level TEXT NOT NULL DEFAULT 'users'`],
  },
  {
    id: 'workspace-space-filters',
    sqlite: spaceFilters({ integer: 'INTEGER' }),
    postgres: spaceFilters({ integer: 'BIGINT' }),
  },
  {
    id: 'workspace-groups-and-labels',
    sqlite: groupsAndLabels({ integer: 'INTEGER' }),
    postgres: groupsAndLabels({ integer: 'BIGINT' }),
  },
  {
    id: 'workspace-invites-inviter',
    sqlite: ['ALTER TABLE invites ADD COLUMN invited_by TEXT'],
    postgres: ['ALTER TABLE invites ADD COLUMN invited_by TEXT'],
  },
  {
    id: 'workspace-password-resets',
    sqlite: passwordResets({ integer: 'INTEGER' }),
    postgres: passwordResets({ integer: 'BIGINT' }),
  },
  {
    id: 'workspace-idempotency-keys',
    sqlite: idempotencyKeys({ integer: 'INTEGER' }),
    postgres: idempotencyKeys({ integer: 'BIGINT' }),
  },
  { id: 'workspace-secrets-made-with-tokens', sqlite: secretsOfTokens, postgres: secretsOfTokens },
  { id: 'workspace-audit-events-by-time', sqlite: auditByTime, postgres: auditByTime },
]
