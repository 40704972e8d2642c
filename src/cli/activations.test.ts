import { expect, test } from 'vitest'
import { everyMinutesOf, idSyncRuleOf } from './activations.ts'

test('a rule is a type and a strategy, with a name of its own behind a colon', () => {
  expect(idSyncRuleOf('email=last')).toEqual({ externalId: 'email', strategy: 'last' })
  expect(idSyncRuleOf('ios.idfa=all:Device: id')).toEqual({
    externalId: 'ios.idfa',
    strategy: 'all',
    mapTo: 'Device: id',
  })
  for (const wrong of ['email', '=all', 'email=', '']) expect(() => idSyncRuleOf(wrong)).toThrow('is no rule')
})

test('an interval is a number of minutes, hours or days, or now', () => {
  expect(['1m', '15m', '2h', '1d', 'now'].map(everyMinutesOf)).toEqual([1, 15, 120, 1_440, null])
  for (const wrong of ['15', 'm', '1.5h', '-1m', '']) expect(() => everyMinutesOf(wrong)).toThrow('is no interval')
})
