import { expect, test } from 'vitest'
import { covers, RIGHTS, ROLE_RIGHTS, ROLES, rightsOf } from './rights.ts'

test('each role can do what the one before it can, and something more', () => {
  for (const [index, role] of ROLES.entries()) {
    const before = ROLES[index - 1]
    if (before === undefined) continue
    expect(covers(new Set(ROLE_RIGHTS[role]), ROLE_RIGHTS[before])).toBe(true)
    expect(covers(new Set(ROLE_RIGHTS[before]), ROLE_RIGHTS[role])).toBe(false)
  }
})

test('to see contents is in no role: an owner with pii, and nobody else, has every right there is', () => {
  expect(ROLES.flatMap((role) => [...rightsOf({ role, pii: false })])).not.toContain('pii:read')
  expect([...rightsOf({ role: 'owner', pii: true })].sort()).toEqual([...RIGHTS].sort())
})
