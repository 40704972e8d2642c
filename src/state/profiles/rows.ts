import type { Row } from '../pipeline/rows.ts'
import type { StoredMembership, StoredProfile } from './port.ts'
import type { StoredTelling } from './telling-port.ts'

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
  }
}

export function toTelling(row: Row): StoredTelling {
  const [value, dueAtMs] = [row['value'] as string | null, row['due_at'] as number | null]
  return {
    computation: row['computation'] as number,
    destination: row['destination'] as number,
    profile: row['profile'] as number,
    told:
      value === null
        ? null
        : {
            value,
            atMs: row['told_at'] as number,
            message: row['message'] as number | null,
            run: row['run'] as number | null,
          },
    before: row['before'] as string | null,
    due: dueAtMs === null ? null : { atMs: dueAtMs, anew: row['anew'] === 1, run: row['due_run'] as number | null },
  }
}

/** The last row of each key, in the order in which the keys came first. */
export function lastOf<T>(rows: readonly T[], keyOf: (row: T) => string): T[] {
  return [...new Map(rows.map((row) => [keyOf(row), row])).values()]
}
