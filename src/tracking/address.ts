/** Whose address a request comes from, behind proxies or not. */
import { BlockList, isIP, isIPv4 } from 'node:net'

export interface ProxyTrust {
  /** Whether what this address says about others is believed. */
  isTrusted(address: string): boolean
}

/**
 * @param entries addresses (`10.0.0.1`, `::1`) and networks (`10.0.0.0/8`)
 * @throws RangeError for an entry that is neither
 */
export function proxyTrust(entries: readonly string[]): ProxyTrust {
  if (entries.length === 0) return { isTrusted: () => false }
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', prefix, ...rest] = entry.split('/')
    const version = isIP(address)
    const bits = prefix === undefined ? undefined : Number(prefix)
    const bitsMax = version === 4 ? 32 : 128
    if (version === 0 || rest.length > 0) throw new RangeError('not an address or a network')
    if (bits !== undefined && (!/^\d{1,3}$/.test(prefix ?? '') || bits > bitsMax)) throw new RangeError('not a network')
    const family = version === 4 ? 'ipv4' : 'ipv6'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, bits, family)
  }
  return {
    isTrusted: (address) => {
      const version = isIP(address)
      return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6')
    },
  }
}

/**
 * The address of the sender. `X-Forwarded-For` is read from its end, where the nearest proxy wrote, for as long as the
 * addresses are trusted: what stands before the first foreign one may be invented.
 * @param remote address of the connection
 */
export function senderAddress(remote: string, forwardedFor: string | undefined, trust: ProxyTrust): string {
  let address = remote
  if (forwardedFor === undefined || !trust.isTrusted(address)) return address
  const hops = forwardedFor.split(',')
  for (let hop = hops.pop(); hop !== undefined; hop = hops.pop()) {
    const next = plainAddress(hop.trim())
    if (isIP(next) === 0) return address
    address = next
    if (!trust.isTrusted(address)) return address
  }
  return address
}

/** What `context.ip` may be filled with: IPv6 addresses are not collected. */
export function collectableIp(address: string): string | undefined {
  return isIPv4(address) ? address : undefined
}

/** An IPv4 address that arrived on an IPv6 socket is an IPv4 address. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}
