/** The workspace's tables as `migrations.ts` makes them. Times are Unix milliseconds, booleans 0 and 1. */

export interface WorkspaceTables {
  workspace: {
    id: string
    slug: string
    name: string
    /** A sealed constant: opens only with the key the secrets are sealed with. */
    key_check: string
    created_at_ms: number
  }
  /** One row. */
  config_version: { id: number; version: number }
  /** The last number given out, by name of the series. Numbers are never given out twice. */
  numbers: { name: NumberSeries; last: number }
  sources: {
    id: string
    slug: string
    name: string
    kind: string
    enabled: number
    created_at_ms: number
    updated_at_ms: number
  }
  write_keys: {
    key: string
    source_id: string
    /** Position among the keys of all sources: keys are listed in the order they were made. */
    number: number
    created_at_ms: number
    revoked_at_ms: number | null
  }
  destinations: {
    id: string
    number: number
    source_id: string
    kind: string
    name: string
    enabled: number
    /** Sealed JSON. */
    settings: string
    start_position: number
    /** JSON array of strings. */
    consent_categories: string
    created_at_ms: number
    updated_at_ms: number
  }
  subscriptions: {
    id: string
    number: number
    destination_id: string
    name: string
    action: string
    trigger_fql: string
    /** JSON. */
    mapping: string
    enabled: number
    created_at_ms: number
    updated_at_ms: number
  }
  destination_filters: {
    id: string
    number: number
    destination_id: string
    title: string
    description: string | null
    condition_fql: string
    /** JSON. */
    actions: string
    enabled: number
    created_at_ms: number
    updated_at_ms: number
  }
  /** A space is also the source with the same id, which has its slug and name. */
  spaces: {
    id: string
    number: number
    /** JSON of `IdentityRules`; null for the default ones. */
    identity_rules: string | null
  }
  space_filters: {
    id: string
    number: number
    space_id: string
    name: string
    description: string | null
    condition_fql: string
    enabled: number
    created_at_ms: number
    updated_at_ms: number
  }
  computations: {
    id: string
    number: number
    space_id: string
    kind: 'audience' | 'trait'
    level: 'users' | 'accounts'
    name: string
    key: string
    description: string
    /** Canonical text. */
    query: string
    enabled: number
    includes_anonymous: number
    /** JSON array of strings; null for the usual ones. */
    external_id_types: string | null
    includes_history: number
    /** Days before it was made, changed or switched on; null for all there are. */
    look_back_days: number | null
    counts_from_ms: number | null
    /** Ids of actors; empty where nobody noted them. */
    created_by: string
    updated_by: string
    /** JSON. */
    activations: string
    created_at_ms: number
    updated_at_ms: number
  }
  /** What was deleted, to be restored; of those whose values stay, they stay under `key`. */
  deleted_computations: {
    id: string
    number: number
    space_id: string
    kind: 'audience' | 'trait'
    name: string
    key: string
    /** JSON of its row. */
    definition: string
    keeps_values: number
    deleted_at_ms: number
  }
  /** Every key that was ever given. */
  computation_keys: { space_id: string; key: string }
  /** `computation` is JSON: `ComputationEnding`. */
  computation_endings: { number: number; space_id: string; computation: string; is_deleted: number }
  space_sources: { space_id: string; source_id: string }
  api_tokens: {
    id: string
    name: string
    hash: string
    /** JSON array of strings. */
    scopes: string
    /** Who made it; null for the program itself. */
    user_id: string | null
    created_at_ms: number
    revoked_at_ms: number | null
  }
  users: {
    id: string
    email: string
    /** Lower case: no two users differ in case only. */
    email_key: string
    name: string
    role: string
    pii: number
    /** Never leaves the process. */
    password: string
    created_at_ms: number
  }
  sessions: { hash: string; user_id: string; created_at_ms: number; seen_at_ms: number }
  invites: {
    id: string
    hash: string
    email: string
    email_key: string
    role: string
    pii: number
    /** A user's id; null for the program itself, and for a token that is nobody's. */
    invited_by: string | null
    /** A token's id; null for a session and for the program itself. */
    invited_with_token: string | null
    created_at_ms: number
    expires_at_ms: number
  }
  password_resets: {
    user_id: string
    hash: string
    /** What the person could do when it was made. */
    role: string
    pii: number
    /** A user's id; null for the program itself, and for a token that is nobody's. */
    made_by: string | null
    /** A token's id; null for a session and for the program itself. */
    made_with_token: string | null
    expires_at_ms: number
  }
  /** What was done under a key, by a keyed hash of it and who asked. `once.ts` seals `done` and `answer`. */
  idempotency_keys: {
    id: string
    /** A keyed hash of method, address and body. */
    fingerprint: string
    created_at_ms: number
    done: string
    answer: string | null
  }
  /** `role` null: it gives none. */
  user_groups: { id: string; name: string; role: string | null; pii: number; created_at_ms: number }
  /** By address: a member may be invited only. */
  group_members: { group_id: string; email_key: string }
  labels: { key: string; value: string; description: string | null }
  source_labels: { source_id: string; key: string; value: string }
  /** Append-only: triggers refuse changes. `audit.ts` has the hash chain. */
  audit_events: {
    seq: number
    id: string
    at_ms: number
    actor_kind: string
    actor_id: string
    actor_name: string
    address: string | null
    type: string
    resource_type: string
    resource_id: string
    resource_name: string
    before_json: string | null
    after_json: string | null
    previous_hash: string
    hash: string
  }
}

export type NumberSeries =
  | 'destination'
  | 'subscription'
  | 'write_key'
  | 'audit'
  | 'filter'
  | 'space'
  | 'computation'
  | 'computation_ending'
