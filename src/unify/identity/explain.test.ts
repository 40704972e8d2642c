import { describe, expect, test } from 'vitest'
import { aCause, type EventFields, StoredProfiles, someRules } from './builders.ts'
import { explainProfile, type IdentityRecord, recordKeyOf } from './explain.ts'
import { EXTERNAL_IDS_MAX } from './external-ids.ts'
import { MAPPINGS_MAX } from './profile.ts'

/** Sends events, keeps their decisions as a database would, and explains. */
function explained(profileId: string, events: readonly EventFields[], stored = new StoredProfiles()): string[] {
  const kept = new Map<string, IdentityRecord>()
  for (const [index, fields] of events.entries()) {
    const record = { cause: aCause(index + 1), decision: stored.send(fields, aCause(index + 1)).users }
    const key = recordKeyOf(record)
    if (key !== undefined && !kept.has(key)) kept.set(key, record)
  }
  const involved = [...kept.values()].filter(({ decision }) => {
    if (decision.kind === 'none') return false
    return stored.byProfileId(decision.profileId)?.id === profileId
  })
  return explainProfile(profileId, involved.reverse(), (id) => id).map(({ text }) => text)
}

const email = (address: string) => ({ context: { traits: { email: address } } })

describe('what made a profile', () => {
  test('the event that created it, and each that added an id', () => {
    expect(
      explained('use_1', [
        { anonymousId: 'a1' },
        { anonymousId: 'a1' },
        { anonymousId: 'a1', userId: 'u1', ...email('e@x.com') },
      ]),
    ).toEqual([
      '2026-01-01T00:01:00.000Z event m1 created this profile with anonymous_id a1.',
      '2026-01-01T00:03:00.000Z event m3 added user_id u1 and email e@x.com to this profile.',
    ])
  })

  test('the event that merged it, and what the merged profile was made of', () => {
    expect(
      explained('use_1', [
        { anonymousId: 'a1' },
        { userId: 'u1' },
        { anonymousId: 'a1', userId: 'u1', ...email('e@x.com') },
      ]),
    ).toEqual([
      '2026-01-01T00:01:00.000Z event m1 created this profile with anonymous_id a1.',
      '2026-01-01T00:02:00.000Z event m2 created profile use_2 (now part of this one) with user_id u1.',
      '2026-01-01T00:03:00.000Z event m3 merged profile use_2 (found by user_id u1) into this profile (found by anonymous_id a1), the oldest of them.',
      '2026-01-01T00:03:00.000Z event m3 added email e@x.com to this profile.',
    ])
  })
})

describe('why an id is not there', () => {
  test('another person has it, and the rules keep the two apart', () => {
    const [, why] = explained('use_2', [
      { userId: 'u1', anonymousId: 'a1' },
      { userId: 'u2', anonymousId: 'a1' },
    ])
    expect(why).toBe(
      '2026-01-01T00:02:00.000Z event m2 carried anonymous_id a1, which was left out: with it, a profile would have had 2 values of user_id, and 1 ever is the most. It stayed with profile use_1.',
    )
  })

  test('it is told once, however often the event comes', () => {
    const events = [{ userId: 'u1', anonymousId: 'a1' }, { userId: 'u2' }]
    const shared = Array.from({ length: 10 }, () => ({ userId: 'u2', anonymousId: 'a1' }))
    expect(explained('use_2', [...events, ...shared])).toHaveLength(2)
  })

  test('its value is blocked', () => {
    expect(explained('use_1', [{ userId: 'u1', anonymousId: '0000', ...email('null') }]).slice(1)).toEqual([
      '2026-01-01T00:01:00.000Z event m1 carried anonymous_id 0000, which was not used: the rules block the expression ^[0-]*$.',
      '2026-01-01T00:01:00.000Z event m1 carried email null, which was not used: the rules block "null".',
    ])
  })

  test('it is too long, or no id at all', () => {
    expect(
      explained('use_1', [
        { userId: 'u1', anonymousId: 'a'.repeat(501), context: { externalIds: ['phone'], traits: { email: {} } } },
      ]).slice(1),
    ).toEqual([
      `2026-01-01T00:01:00.000Z event m1 carried anonymous_id ${'a'.repeat(100)}…, which was not used: it has more than 500 characters.`,
      '2026-01-01T00:01:00.000Z event m1 carried email that was not used: it is not an id as it must be.',
      '2026-01-01T00:01:00.000Z event m1 carried an external id that was not used: it is not an id as it must be.',
    ])
  })

  const phones = (count: number, from = 0) =>
    Array.from({ length: count }, (_, n) => ({
      id: `p${from + n}`,
      type: 'phone',
      collection: 'users',
      encoding: 'none',
    }))
  const manyPhones = () =>
    new StoredProfiles(
      someRules({
        types: [{ type: 'phone', collection: 'users', limit: { values: 1_000, period: 'ever' }, blocked: [] }],
      }),
    )

  test('there were too many in one event', () => {
    const event = { userId: 'u1', context: { externalIds: phones(EXTERNAL_IDS_MAX + 1) } }
    expect(explained('use_1', [event], manyPhones()).at(-1)).toBe(
      '2026-01-01T00:01:00.000Z event m1 carried more than 50 external ids; those from phone p50 on were not looked at.',
    )
  })

  test('the profile is full, or would have been over the caps', () => {
    const stored = manyPhones()
    const events = Array.from({ length: 20 }, (_, n) => ({
      userId: 'u1',
      context: { externalIds: phones(EXTERNAL_IDS_MAX, n * EXTERNAL_IDS_MAX) },
    }))
    const lines = explained('use_1', [...events, { anonymousId: 'a2' }, { userId: 'u1', anonymousId: 'a2' }], stored)
    expect(stored.find('user_id', 'u1')?.ids).toHaveLength(MAPPINGS_MAX)
    expect(lines.slice(-2)).toEqual([
      '2026-01-01T00:20:00.000Z event m20 carried phone p999, which was not added: the profile has 1000 ids, which is the most there can be.',
      '2026-01-01T00:22:00.000Z event m22 carried anonymous_id a2, which was left out: with it, a profile would have had 1001 ids, and 1000 is the most. It stayed with profile use_2.',
    ])
  })

  test('the profile had its merges', () => {
    const stored = manyPhones()
    const one = (id: string) => ({ context: { externalIds: phones(1).map((each) => ({ ...each, id })) } })
    const two = (a: string, b: string) => ({
      context: { externalIds: [...one(a).context.externalIds, ...one(b).context.externalIds] },
    })
    const events = Array.from({ length: 101 }, (_, n) => [one(`q${n}`), two('p', `q${n}`)]).flat()
    expect(explained('use_1', [one('p'), ...events], stored).at(-1)).toMatch(
      /carried phone q100, which was left out: with it, a profile would have taken in 101 others, and 100 is the most\. It stayed with profile use_102\.$/,
    )
  })
})

test('an event that only meets a profile leaves no record', () => {
  const stored = new StoredProfiles()
  stored.send({ userId: 'u1' })
  expect(recordKeyOf({ cause: aCause(2), decision: stored.send({ userId: 'u1' }).users })).toBeUndefined()
})
