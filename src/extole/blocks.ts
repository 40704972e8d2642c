/** Client rules that ignore spurious events (contract 4.6). Pure. */
import { BlockList, isIP } from 'node:net'
import { ExtoleError } from './errors.ts'
import { normalizeEmail } from './identity.ts'
import { isObject, textOf } from './json.ts'

export const BLOCK_RULE_TYPES = ['CIDR', 'EMAIL_DOMAIN', 'NORMALIZED_EMAIL', 'USER_AGENT'] as const
export type BlockRuleType = (typeof BLOCK_RULE_TYPES)[number]
/** Rules held at once. */
export const BLOCK_RULES_MAX = 1_000

export interface BlockRule {
  readonly type: BlockRuleType
  /** `10.0.0.0/8`, `blocked.example`, `a@b.co`, or a part of a user agent. */
  readonly value: string
}

/** Where an event came from, as far as rules may look. A batch row came from nowhere. */
export interface Origin {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly address: string | undefined
}

/** The types of the rules that this event meets. Empty: it may pass. */
export function matchingBlocks(
  rules: readonly BlockRule[],
  data: ReadonlyMap<string, unknown>,
  origin: Origin,
): ReadonlySet<BlockRuleType> {
  if (rules.length === 0) return new Set()
  const email = normalizeEmail(textOf(data.get('email')) ?? '')
  const userAgent = String(origin.headers['user-agent'] ?? '').toLowerCase()
  const meets: Record<BlockRuleType, (value: string) => boolean> = {
    CIDR: (value) => origin.address !== undefined && isInside(origin.address, value),
    EMAIL_DOMAIN: (value) => email?.endsWith(`@${value.toLowerCase()}`) ?? false,
    NORMALIZED_EMAIL: (value) => email !== undefined && email === normalizeEmail(value),
    USER_AGENT: (value) => userAgent.includes(value.toLowerCase()),
  }
  return new Set(rules.filter((rule) => meets[rule.type](rule.value)).map((rule) => rule.type))
}

function isInside(address: string, cidr: string): boolean {
  const [network = '', prefix = ''] = cidr.split('/')
  const list = new BlockList()
  list.addSubnet(network, Number(prefix), isIP(network) === 6 ? 'ipv6' : 'ipv4')
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

function isCidr(value: string): boolean {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(value)
  const family = isIP(match?.[1] ?? '')
  return family !== 0 && Number(match?.[2]) <= (family === 6 ? 128 : 32)
}

/** @throws ExtoleError `invalid_parameter` naming the first bad rule. */
export function parseBlockRules(body: unknown): BlockRule[] {
  if (!Array.isArray(body)) throw new ExtoleError('binding_error', { description: 'A list of rules is expected.' })
  if (body.length > BLOCK_RULES_MAX) throw new ExtoleError('invalid_parameter', { limit: BLOCK_RULES_MAX })
  return body.map((rule, index) => {
    const type = isObject(rule) ? BLOCK_RULE_TYPES.find((one) => one === rule.type) : undefined
    const value = isObject(rule) ? rule.value : undefined
    const isUsable =
      typeof value === 'string' && value !== '' && value.length <= 255 && (type !== 'CIDR' || isCidr(value))
    if (type === undefined || !isUsable) throw new ExtoleError('invalid_parameter', { rule: index })
    return { type, value }
  })
}
