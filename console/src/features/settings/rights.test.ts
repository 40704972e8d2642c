import { expect, test } from 'vitest'
import { RIGHTS, ROLES } from '../../../../src/workspace/accounts/rights.ts'
import { grantOf, keptGrant, permissionsOf, RIGHT_WORDS, ROLE_CHOICES, rolesToGive } from './rights.ts'

test('every right and every role there is has words', () => {
  expect(RIGHT_WORDS.map(([right]) => right).sort()).toEqual([...RIGHTS].sort())
  expect(ROLE_CHOICES.map(({ value }) => value)).toEqual([...ROLES])
})

test('what permissions give is what is asked for when it is sent back', () => {
  for (const role of [null, ...ROLES])
    for (const pii of [false, true]) expect(grantOf(permissionsOf({ role, pii }))).toEqual({ role, pii })
})

test('what one person changed and what another changed meanwhile are both kept', () => {
  const opened = { role: 'viewer', pii: false } as const
  expect(keptGrant(opened, { role: 'editor', pii: false }, { role: 'viewer', pii: true })).toEqual({
    ...{ role: 'editor', pii: true },
  })
  expect(keptGrant(opened, { role: 'editor', pii: true }, { role: 'admin', pii: false })).toEqual({
    ...{ role: 'admin', pii: true },
  })
})

test('only who may manage owners can make one', () => {
  expect(rolesToGive(['users:write']).map(({ value }) => value)).toEqual(['viewer', 'editor', 'admin'])
  expect(rolesToGive(['users:write', 'owners:write']).map(({ value }) => value)).toContain('owner')
})
