/** What the conformance cases expect to find: tokens of each kind, a rename, a block rule, an audience, an account. */
import type { Audiences } from './audiences.ts'
import { parseBlockRules } from './blocks.ts'
import type { Account } from './http/token-routes.ts'
import type { Prehandler } from './prehandlers.ts'
import { parsePrehandler } from './prehandlers.ts'
import type { Tokens } from './tokens.ts'

export const CONFORMANCE_FEATURES = [
  'prehandler_order_completed',
  'block_rule_email_domain_blocked.example',
  'audience_vip',
  'rate_limit_on',
] as const

export const CONFORMANCE_BLOCK_RULES = parseBlockRules([{ type: 'EMAIL_DOMAIN', value: 'blocked.example' }])

export const CONFORMANCE_PREHANDLER: Prehandler = parsePrehandler({
  name: 'order-completed',
  enabled: true,
  conditions: [{ type: 'EVENT_NAME_MATCH', event_names: ['Order Completed'] }],
  actions: [
    { type: 'RENAME_EVENT', event_name: 'conversion' },
    {
      type: 'MAP_DATA_ATTRIBUTES',
      data_attribute_mappings: [
        { source_attribute: 'order_id', attribute: 'partner_conversion_id' },
        { source_attribute: 'revenue', attribute: 'cart_value' },
      ],
    },
  ],
})

/** An account that may ask for a token with its password. The password is made anew at each start. */
export function conformanceAccount(password: string): Account {
  return { email: 'admin@conformance.example', password, scopes: ['CLIENT_ADMIN', 'USER_SUPPORT'] }
}

/** One token of each kind the cases use. The expired one never was long. */
export function conformanceTokens(tokens: Tokens): Record<string, string> {
  const make = (seconds: number, ...scopes: Parameters<Tokens['make']>[0]['scopes']) =>
    tokens.make({ scopes, type: 'MANAGED', seconds }).value
  return {
    support: make(86_400, 'USER_SUPPORT'),
    report_only: make(86_400, 'CLIENT_REPORT_DOWNLOAD'),
    expired: make(-1, 'CLIENT_ADMIN', 'USER_SUPPORT'),
  }
}

/** The id of the audience `vip`, made when it is not there. */
export function conformanceAudience(audiences: Audiences): string {
  const known = audiences.list({ withArchived: false }).find((audience) => audience.name === 'vip')
  return (known ?? audiences.create({ name: 'vip', enabled: true, tags: [] })).id
}
