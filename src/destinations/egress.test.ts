import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  checkUrl,
  type EgressPolicy,
  isAddressAllowed,
  isPublicAddress,
  PORTS_DEFAULT,
  parseEgressAllow,
} from './egress.ts'

function aPolicy(over: Partial<EgressPolicy> = {}): EgressPolicy {
  return { ports: PORTS_DEFAULT, allowHttp: false, allow: [], ...over }
}

const allowing = (...entries: string[]) => aPolicy({ allow: parseEgressAllow(entries).allow })

test.each([
  { url: 'https://api.extole.io', isAllowed: true },
  { url: 'https://api.extole.io/v6/async-events?x=1', isAllowed: true },
  { url: 'https://api.extole.io:8443/', isAllowed: true },
  { url: 'https://1.1.1.1/', isAllowed: true },
  { url: 'https://[2606:4700::1111]/', isAllowed: true },
  { url: 'http://api.extole.io/', isAllowed: false },
  { url: 'https://api.extole.io:22/', isAllowed: false },
  { url: 'https://api.extole.io:80/', isAllowed: false },
  { url: 'https://user@api.extole.io/', isAllowed: false },
  { url: 'https://user:secret@api.extole.io/', isAllowed: false },
  { url: 'https://:secret@api.extole.io/', isAllowed: false },
  { url: 'ftp://api.extole.io/', isAllowed: false },
  { url: 'file:///etc/passwd', isAllowed: false },
  { url: 'gopher://api.extole.io:443/', isAllowed: false },
  { url: 'data:text/plain,x', isAllowed: false },
  { url: 'javascript:1', isAllowed: false },
  { url: '//api.extole.io/', isAllowed: false },
  { url: 'api.extole.io', isAllowed: false },
  { url: '', isAllowed: false },
  { url: 'https://', isAllowed: false },
])('$url may be called: $isAllowed', ({ url, isAllowed }) => {
  expect(checkUrl(aPolicy(), url).isAllowed).toBe(isAllowed)
})

test('plain http is a setting, and brings port 80', () => {
  const policy = aPolicy({ allowHttp: true })
  expect(checkUrl(policy, 'http://example.com/').isAllowed).toBe(true)
  expect(isAddressAllowed(policy, 'http:', { hostname: 'example.com', port: 80 }, '1.1.1.1')).toBe(true)
  expect(isAddressAllowed(policy, 'http:', { hostname: 'example.com', port: 80 }, '10.0.0.1')).toBe(false)
  expect(checkUrl(policy, 'http://example.com:8080/').isAllowed).toBe(false)
})

test.each([
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.0.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:1.1.1.1',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b::101:101',
  '64:ff9b:1::1',
  '100::1',
  '2001::1',
  '2001:0:4136:e378:8000:63bf:3fff:fdd2',
  '2001:db8::1',
  '2002:7f00:1::1',
  '3fff::1',
  '5f00::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%lo',
  'fec0::1',
  'ff02::1',
  'localhost',
  '',
])('%s is not a public address', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test.each([
  '1.1.1.1',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2001:200::1',
  '2001:4860:4860::8888',
  '2606:4700::1111',
  '2a00::1',
])('%s is a public address', (address) => {
  expect(isPublicAddress(address)).toBe(true)
})

test('an allowed name may be called on its port without TLS, whatever it resolves to', () => {
  const policy = allowing('sandbox.internal:8701')
  const target = { hostname: 'sandbox.internal', port: 8701 }
  expect(checkUrl(policy, 'http://sandbox.internal:8701/').isAllowed).toBe(true)
  expect(isAddressAllowed(policy, 'http:', target, '10.1.2.3')).toBe(true)
  expect(checkUrl(policy, 'http://sandbox.internal:8702/').isAllowed).toBe(false)
  expect(checkUrl(policy, 'http://other.internal:8701/').isAllowed).toBe(false)
})

test('an allowed range is for addresses, also those of a name', () => {
  const policy = allowing('10.0.0.0/8:9000', '[fd00::/8]:9000')
  expect(checkUrl(policy, 'http://10.1.2.3:9000/').isAllowed).toBe(true)
  expect(checkUrl(policy, 'http://192.168.0.1:9000/').isAllowed).toBe(false)
  expect(checkUrl(policy, 'http://[fd00::1]:9000/').isAllowed).toBe(true)
  const target = { hostname: 'relay.internal', port: 9000 }
  expect(checkUrl(policy, 'http://relay.internal:9000/').isAllowed).toBe(true)
  expect(isAddressAllowed(policy, 'http:', target, '10.9.9.9')).toBe(true)
  expect(isAddressAllowed(policy, 'http:', target, '127.0.0.1')).toBe(false)
  expect(isAddressAllowed(policy, 'http:', target, '1.1.1.1')).toBe(false)
  expect(isAddressAllowed(policy, 'https:', { hostname: '10.1.2.3', port: 443 }, '10.1.2.3')).toBe(false)
})

test('every entry that cannot be read is named', () => {
  const bad = [
    '',
    'host',
    'host:0',
    'host:65536',
    'host:port',
    '10.0.0.0/33:80',
    '10.0.0.0/-1:80',
    'a b:80',
    'host/8:80',
  ]
  const { allow, problems } = parseEgressAllow([...bad, ' LOCALHOST:8701 ', '127.0.0.1:1', '[::1]:65535', '::1:8701'])
  expect(problems).toHaveLength(bad.length)
  expect(allow).toHaveLength(4)
  expect(allow[0]).toEqual({ kind: 'name', name: 'localhost', port: 8701 })
})

test('no address outside the public ranges is allowed without an entry, on any port', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.nat(65_535), fc.boolean(), (address, port, allowHttp) => {
      const protocol = allowHttp ? 'http:' : 'https:'
      const isAllowed = isAddressAllowed(aPolicy({ allowHttp }), protocol, { hostname: 'x', port }, address)
      if (isAllowed) expect(isPublicAddress(address)).toBe(true)
    }),
  )
})
