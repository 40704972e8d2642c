import type { Row } from '../pipeline/rows.ts'
import type { StoredMembership, StoredProfile } from './port.ts'

export function toProfile(row: Row): StoredProfile {
  return {
    id: row['id'] as number,
    space: row['space'] as number,
    document: row['document'] as string,
    dueAtMs: row['due_at'] as number | null,
  }
}

export function toMembership(row: Row): StoredMembership {
  return {
    computation: row['computation'] as number,
    profile: row['profile'] as number,
    value: row['value'] as string,
    sinceMs: row['since'] as number,
  }
}
