/**
 * Which addresses may be talked to. Pure; `http.ts` asks before it dials. Reliability contract S9 and S10.
 *
 * A destination's URL is typed by a person and its name is resolved by somebody else's server, so neither may lead
 * into the operator's own network: only public addresses on the usual ports are reached, unless an `egress.allow`
 * entry says otherwise. The name is checked when it is typed, the address each time a connection is made.
 */
import { BlockList, isIP } from 'node:net'

/** Ports that need no entry. */
export const PORTS_DEFAULT: readonly number[] = [443, 8443]

export interface EgressPolicy {
  readonly ports: readonly number[]
  /** Whether `http:` is spoken to public addresses too. An allowed entry may always be spoken to without TLS. */
  readonly allowHttp: boolean
  readonly allow: readonly AllowRule[]
}

/** One `egress.allow` entry. */
export type AllowRule =
  /** Whatever this name resolves to, on this port. */
  | { readonly kind: 'name'; readonly name: string; readonly port: number }
  | { readonly kind: 'range'; readonly range: BlockList; readonly port: number }

export interface Target {
  /** Lower case, without brackets. */
  readonly hostname: string
  readonly port: number
}

export type UrlCheck =
  | { readonly isAllowed: true; readonly url: URL; readonly target: Target }
  /** A plain sentence for the person who typed the URL. It does not repeat the URL. */
  | { readonly isAllowed: false; readonly problem: string }

/**
 * Reads `egress.allow` entries: `host:port`, `address:port` or `CIDR:port`, IPv6 with or without brackets.
 * Every entry that cannot be read is named in `problems`.
 */
export function parseEgressAllow(entries: readonly string[]): { allow: AllowRule[]; problems: string[] } {
  const allow: AllowRule[] = []
  const problems: string[] = []
  for (const entry of entries) {
    const rule = parseRule(entry.trim().toLowerCase())
    if (rule) allow.push(rule)
    else problems.push(`egress.allow: "${entry}" is not host:port, address:port or CIDR:port`)
  }
  return { allow, problems }
}

const ENTRY = /^(.+):(\d{1,5})$/
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62}\.?)*$/

function parseRule(entry: string): AllowRule | null {
  const [, hostPart = '', portText = ''] = ENTRY.exec(entry) ?? []
  const port = Number(portText)
  if (hostPart === '' || port < 1 || port > 65_535) return null
  const host = hostPart.replace(/^\[|\]$/g, '')
  const [address = '', prefix] = host.split('/')
  const family = isIP(address)
  if (family === 0) return prefix === undefined && HOST_NAME.test(host) ? { kind: 'name', name: host, port } : null
  const bitsMax = family === 4 ? 32 : 128
  const bits = prefix === undefined ? bitsMax : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1
  if (bits < 0 || bits > bitsMax) return null
  const range = new BlockList()
  range.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6')
  return { kind: 'range', range, port }
}

/** Checks what can be seen in a URL. The addresses behind its name are checked by `isAddressAllowed`. */
export function checkUrl(policy: EgressPolicy, text: string): UrlCheck {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url) return refused('This is not a URL.')
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refused('Only https URLs can be called.')
  if (url.username !== '' || url.password !== '') return refused('A URL must not carry a user name or a password.')
  const target = targetOf(url)
  if (mayBeListed(policy, target)) return { isAllowed: true, url, target }
  if (url.protocol === 'http:' && !policy.allowHttp) return refused('The URL must begin with https://.')
  const isUsualPort = policy.ports.includes(target.port) || (policy.allowHttp && target.port === 80)
  if (!isUsualPort) return refused(`Port ${target.port} is not among the ports that may be called.`)
  if (isIP(target.hostname) !== 0 && !isAddressAllowed(policy, url.protocol, target, target.hostname)) {
    return refused('This address is not public. An operator can permit it in egress.allow.')
  }
  return { isAllowed: true, url, target }
}

export function targetOf(url: URL): Target {
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  return { hostname: url.hostname.replace(/^\[|\]$/g, ''), port }
}

/** Whether a connection to this address may be made for this target. */
export function isAddressAllowed(policy: EgressPolicy, protocol: string, target: Target, address: string): boolean {
  const listed = policy.allow.some((rule) =>
    rule.port !== target.port
      ? false
      : rule.kind === 'name'
        ? rule.name === target.hostname
        : contains(rule.range, address),
  )
  if (listed) return true
  const isUsual = protocol === 'https:' ? policy.ports.includes(target.port) : policy.allowHttp
  const isUsualPort = policy.ports.includes(target.port) || (policy.allowHttp && target.port === 80)
  return isUsual && isUsualPort && isPublicAddress(address)
}

/** For a name, an entry with a range may turn out to apply once the name is resolved. */
function mayBeListed(policy: EgressPolicy, target: Target): boolean {
  const isName = isIP(target.hostname) === 0
  return policy.allow.some(
    (rule) =>
      rule.port === target.port &&
      (rule.kind === 'name' ? rule.name === target.hostname : isName || contains(rule.range, target.hostname)),
  )
}

function refused(problem: string): UrlCheck {
  return { isAllowed: false, problem }
}

/** Ranges of IPv4 that are not the public internet (IANA's special-purpose registry). */
const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
/** All of public IPv6 lies in here; mapped addresses, NAT64, unique local, link-local and multicast do not. */
const GLOBAL_IPV6 = ['2000::/3']
/** Special ranges inside GLOBAL_IPV6: protocol assignments with Teredo, documentation, 6to4. */
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

const specialIpv4 = rangesOf(SPECIAL_IPV4, 'ipv4')
const globalIpv6 = rangesOf(GLOBAL_IPV6, 'ipv6')
const specialIpv6 = rangesOf(SPECIAL_IPV6, 'ipv6')

/** Whether an IPv4 or IPv6 address is one of the public internet. What is no address is not public. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !specialIpv4.check(address, 'ipv4')
  return contains(globalIpv6, address) && !contains(specialIpv6, address)
}

function contains(range: BlockList, address: string): boolean {
  const family = isIP(address)
  // An address with a zone (fe80::1%eth0) is link-local, and BlockList does not read it.
  if (family === 0 || address.includes('%')) return false
  return range.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

function rangesOf(ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits = ''] = range.split('/')
    list.addSubnet(address, Number(bits), family)
  }
  return list
}
