import { expect, test } from 'vitest'
import { idSyncRuleOf } from './activations.ts'

test('a rule is a type and a strategy, with a name of its own behind a colon', () => {
  expect(idSyncRuleOf('email=last')).toEqual({ externalId: 'email', strategy: 'last' })
  expect(idSyncRuleOf('ios.idfa=all:Device: id')).toEqual({
    externalId: 'ios.idfa',
    strategy: 'all',
    mapTo: 'Device: id',
  })
  for (const wrong of ['email', '=all', 'email=', '']) expect(() => idSyncRuleOf(wrong)).toThrow('is no rule')
})
