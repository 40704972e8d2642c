import { expect, test } from 'vitest'
import type { HeldId } from './identity/index.ts'
import { type OutputTarget, outputsOf } from './outputs.ts'

const ids: HeldId[] = [
  ['user_id', 'ada'],
  ['email', 'old@example.com'],
  ['email', 'new@example.com'],
  ['braze_id', 'b1'],
  ['braze_id', 'b2'],
].map(([type = '', value = ''], at) => ({
  type,
  value,
  addedBy: { position: at + 1, messageId: `m${at}`, sourceId: 's', atMs: 0 },
}))
const target: OutputTarget = {
  spaceId: 'spa_1',
  computationId: 'aud_1',
  kind: 'audience',
  destinationId: 'dst_1',
  form: 'identify',
  enteredEvent: 'In',
  exitedEvent: 'Out',
  enrichTraits: ['plan'],
}
const told = (value: boolean) => ({
  profile: 7,
  collection: 'users' as const,
  change: { computation: 1, key: 'vip', value, before: !value, number: 1, atMs: 0 },
  cause: 'changed' as const,
  ids,
  traits: new Map(
    Object.entries({ plan: 'pro', other: 1, gone: null }).map(([name, value]) => [
      name,
      { value, sourceId: 's', updatedAtMs: 1, position: 1 },
    ]),
  ),
})
const sent = (over: Partial<OutputTarget>, value = true) => outputsOf(told(value), { ...target, ...over }, 0)

test('a custom id goes along only where a rule names it: in externalIds, and under a name of its own where it has one', () => {
  expect(JSON.stringify(sent({}))).not.toContain('b1')
  const idSync = [
    { externalId: 'user_id', strategy: 'first' },
    { externalId: 'email', strategy: 'last' },
    { externalId: 'braze_id', strategy: 'all', mapTo: 'brazeId' },
  ] as const
  const identifies = sent({ idSync })
  expect(identifies).toMatchObject(
    ['b1', 'b2'].map((id) => ({
      type: 'identify',
      userId: 'ada',
      traits: { vip: true, plan: 'pro', email: 'new@example.com', brazeId: id },
      context: { externalIds: [{ id, type: 'braze_id', collection: 'users', encoding: 'none' }] },
    })),
  )
  expect(new Set(identifies.map(({ messageId }) => messageId)).size).toBe(2)
  expect(sent({ idSync, form: 'track' })[0]).toMatchObject({
    type: 'track',
    event: 'In',
    properties: { audience_key: 'vip', vip: true, brazeId: 'b1' },
    context: { traits: { email: 'new@example.com' }, externalIds: [{ id: 'b1' }] },
  })
})

test('what a target is silent on makes no call, and the other side does', () => {
  expect(sent({ silentOn: ['exits'] }, false)).toEqual([])
  expect(sent({ silentOn: ['exits'] }, true)).toHaveLength(2)
  expect(sent({ silentOn: ['entries'] }, true)).toEqual([])
  expect(sent({ silentOn: ['entries'] }, false)).toHaveLength(2)
})

test('who is told by an address only has a name of their own in each call, and who has none of the ids is not told', () => {
  const idSync = [{ externalId: 'email', strategy: 'first' }] as const
  expect(sent({ idSync })).toMatchObject([{ anonymousId: 'use_7', traits: { email: 'old@example.com' } }])
  expect(sent({ idSync })[0]).not.toHaveProperty('userId')
  expect(sent({ idSync: [{ externalId: 'ios.idfa', strategy: 'all' }] })).toEqual([])
})

test('an exit goes to all combinations of ids, those without rules too', () => {
  const exits = sent({ idSync: [{ externalId: 'braze_id', strategy: 'first' }] }, false)
  expect(exits.map(({ userId, anonymousId, traits, context }) => [userId ?? anonymousId, traits, context])).toEqual([
    ['ada', { plan: 'pro', email: 'old@example.com', vip: false }, expect.anything()],
    ['ada', { plan: 'pro', email: 'new@example.com', vip: false }, expect.anything()],
    [
      'use_7',
      { plan: 'pro', vip: false },
      expect.objectContaining({ externalIds: [expect.objectContaining({ id: 'b1' })] }),
    ],
    [
      'use_7',
      { plan: 'pro', vip: false },
      expect.objectContaining({ externalIds: [expect.objectContaining({ id: 'b2' })] }),
    ],
  ])
})
