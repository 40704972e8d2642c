import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KEY_CHARS_MAX, KEY_PATTERN, keyOf } from './key.ts'

test.each([
  ['Order Completed Last 30days', 'order_completed_last_30days'],
  ['  Loyal   Customers!  ', 'loyal_customers'],
  ['30-day buyers', '30_day_buyers'],
  ['orderCount', 'ordercount'],
  ['VIP (gold/silver)', 'vip_gold_silver'],
  ['Größte Käufer', 'grosste_kaufer'],
  ['Ærø Łódź', 'aero_lodz'],
  ['İstanbul', 'istanbul'],
  ['Ｆｕｌｌ width', 'full_width'],
  ['already_snake__case', 'already_snake_case'],
  ['Купили 2 раза', '2'],
  ['🎉🎉', ''],
  ['---', ''],
  ['a'.repeat(200), 'a'.repeat(KEY_CHARS_MAX)],
])('%s is %s', (name, key) => {
  expect(keyOf(name)).toBe(key)
})

test('every key is one, and is its own key', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
      const key = keyOf(name)
      if (key === '') return
      expect(key).toMatch(KEY_PATTERN)
      expect(key.length).toBeLessThanOrEqual(KEY_CHARS_MAX)
      expect(keyOf(key)).toBe(key)
    }),
    { numRuns: 500 },
  )
})
