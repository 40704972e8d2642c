/**
 * The same rules, as slow and as plain as they can be said: every event looks at every profile there is, and a profile is
 * nothing but the list of what was accepted for it. No steps, no rows, no shortcuts.
 */

import { defaultLimit, type IdentityRules, PERIOD_MS } from '../../workspace/index.ts'
import { idKey, MAPPINGS_MAX, MERGES_MAX } from './profile.ts'

export interface NaiveId {
  readonly type: string
  readonly value: string
}

export interface NaiveEvent {
  readonly ids: readonly NaiveId[]
  readonly atMs: number
}

export interface NaiveProfile {
  readonly createdAt: number
  readonly mergesCount: number
  readonly ids: readonly (NaiveId & { readonly atMs: number; readonly position: number })[]
}

/** @param events with ids of one collection, highest priority first, none twice, none blocked */
export function recompute(events: readonly NaiveEvent[], rules: IdentityRules): NaiveProfile[] {
  let profiles: NaiveProfile[] = []
  for (const [position, event] of events.entries()) {
    for (let count = event.ids.length; count > 0; count--) {
      const after = tryWith(event.ids.slice(0, count), event.atMs, position, profiles, rules)
      if (after === undefined) continue
      profiles = after
      break
    }
  }
  return profiles
}

function tryWith(
  ids: readonly NaiveId[],
  atMs: number,
  position: number,
  profiles: readonly NaiveProfile[],
  rules: IdentityRules,
): NaiveProfile[] | undefined {
  const has = (profile: NaiveProfile, id: NaiveId) => profile.ids.some((held) => nameOf(held) === nameOf(id))
  const matched = profiles.filter((profile) => ids.some((id) => has(profile, id)))
  matched.sort((a, b) => a.createdAt - b.createdAt)
  const held = matched.flatMap((profile) => profile.ids)
  const mergesCount = matched.reduce((sum, profile) => sum + profile.mergesCount, 0) + Math.max(0, matched.length - 1)
  if (matched.length > 1 && (mergesCount > MERGES_MAX || held.length > MAPPINGS_MAX)) return undefined

  const fresh = ids
    .filter((id) => !matched.some((profile) => has(profile, id)))
    .slice(0, MAPPINGS_MAX - held.length)
    .map((id) => ({ ...id, atMs, position }))
  const all = [...held, ...fresh]
  for (const type of new Set(all.map((id) => id.type))) {
    const { values, period } = rules.types.find((rule) => rule.type === type)?.limit ?? defaultLimit(type)
    const counted = (list: NaiveProfile['ids']) =>
      list.filter((id) => id.type === type && id.atMs > atMs - PERIOD_MS[period]).length
    const before = Math.max(0, ...matched.map((profile) => counted(profile.ids)))
    if (counted(all) > before && counted(all) > values) return undefined
  }
  const createdAt = matched[0]?.createdAt ?? position
  return [...profiles.filter((profile) => !matched.includes(profile)), { createdAt, mergesCount, ids: all }]
}

const nameOf = (id: NaiveId) => idKey('users', id)
