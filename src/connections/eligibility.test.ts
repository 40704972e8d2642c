import { expect, test } from 'vitest'
import { typesAskedFor } from './eligibility.ts'

test.each([
  [false, undefined, ['android.idfa', 'email', 'ios.idfa', 'user_id']],
  [true, undefined, undefined],
  [false, ['email', 'crm'], ['crm', 'email']],
  [true, ['email'], ['anonymous_id', 'email']],
])('with anonymous people %s and the types %j a member has one of %j', (includesAnonymous, types, asked) => {
  const found = typesAskedFor({ includesAnonymous, ...(types === undefined ? {} : { externalIdTypes: types }) })
  expect(found === undefined ? undefined : [...found].toSorted()).toEqual(asked)
})
