import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isMasked, mask, maskSettings } from './mask.ts'

test.each([
  ['0123456789abcdef-dada', '••••••••••dada'],
  ['twelve-chars', '••••••••••hars'],
  ['eleven-char', '••••••••••'],
  ['', '••••••••••'],
])('%j is shown as %s', (value, shown) => {
  expect(mask(value)).toBe(shown)
  expect(isMasked(mask(value))).toBe(true)
})

test('never more than the last four characters are shown', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 12 }), (value) => {
      expect(mask(value).replaceAll('•', '').length).toBeLessThanOrEqual(4)
    }),
  )
})

test('only secrets are masked, whatever their type; what is not set stays so', () => {
  const settings = { apiKey: 'abcdefghijkl', pin: 1234, empty: '', none: null, region: 'eu', __proto__: {} }
  const masked = maskSettings(settings, ['apiKey', 'pin', 'empty', 'none', 'absent'])
  expect({ ...masked }).toEqual({ apiKey: '••••••••••ijkl', pin: '••••••••••', empty: '', none: null, region: 'eu' })
  expect(settings.apiKey).toBe('abcdefghijkl')
})
