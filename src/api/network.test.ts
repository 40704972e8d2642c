import fc from 'fast-check'
import { expect, test } from 'vitest'
import { networkOf } from './network.ts'

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:0001:2::', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['1::5:6:7:203.0.113.9', '1:0:0:5::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['', 'unknown'],
  ['203.0.113.999', 'unknown'],
  ['x'.repeat(10_000), 'unknown'],
])('%s is counted as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test('two IPv6 addresses are one network if their first half is the same, however they are written', () => {
  const half = fc.array(fc.nat({ max: 0xffff }), { minLength: 4, maxLength: 4 })
  const written = (groups: readonly number[]) => new URL(`http://[${groups.map((n) => n.toString(16)).join(':')}]`)
  fc.assert(
    fc.property(half, half, half, half, (first, second, one, other) => {
      const network = (...groups: number[]) => networkOf(written(groups).hostname.slice(1, -1))
      expect(network(...first, ...one)).toBe(network(...first, ...other))
      const isSame = first.every((group, at) => group === second[at])
      expect(network(...first, ...one) === network(...second, ...one)).toBe(isSame)
    }),
  )
})
