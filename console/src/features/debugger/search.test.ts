import { expect, test } from 'vitest'
import { debuggerSearch, isFiltering } from './search.ts'

test('an address holds a filter; what is none is left out', () => {
  expect(debuggerSearch({ q: 42, type: 'track', user: 'ada', outcome: 'dead' })).toEqual({
    ...{ q: '42', type: 'track', user: 'ada', outcome: 'dead' },
  })
  expect(isFiltering(debuggerSearch({ type: 'nonsense', outcome: ['dead'], event: '', q: null }))).toBe(false)
})
