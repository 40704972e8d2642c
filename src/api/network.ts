/** Whom an address belongs to, for counting. Pure. */
import { isIP } from 'node:net'
import { plainAddress } from '../tracking/index.ts'

const GROUPS = 8
/** Of 16 bits each: one customer of a provider has a whole /64. */
const NETWORK_GROUPS = 4

/** An IPv4 address as it is, the /64 of an IPv6 address, and one name for everything that is neither. */
export function networkOf(address: string): string {
  const plain = plainAddress(address)
  if (isIP(plain) === 4) return plain
  if (isIP(plain) === 0) return 'unknown'
  const [head = '', tail = ''] = plain.replace(/[\d.]+\.\d+$/, '0:0').split('::')
  const before = head.split(':').filter((group) => group !== '')
  const after = tail.split(':').filter((group) => group !== '')
  const zeros = Array<string>(Math.max(0, GROUPS - before.length - after.length)).fill('0')
  const groups = [...before, ...zeros, ...after].slice(0, NETWORK_GROUPS)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
