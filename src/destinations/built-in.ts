/** Destinations whose code is part of this program. */
import type { CatalogEntry, CatalogSummary } from './catalog.ts'
import type { Definition, DestinationPlugin } from './definition.ts'
import { extolePlatform } from './extole/definition.ts'
import { shapeOf } from './shape.ts'
import { webhookPlugin } from './webhook/definition.ts'

export interface BuiltIn extends CatalogEntry {
  readonly definition: Definition
}

/** In the order in which they are shown. */
export const BUILT_IN: readonly BuiltIn[] = [
  builtIn(extolePlatform, {
    id: '5e79ef31929aef3bdfbc53a5',
    slug: 'extole-platform',
    name: 'Extole Platform',
    description: 'Referral marketing. Sends people and their events to Extole, and deletes them there.',
    categories: ['Referrals', 'Email Marketing', 'Marketing Automation'],
    methods: ['track', 'identify'],
  }),
  builtIn(webhookPlugin, {
    id: 'webhook',
    slug: 'webhook',
    name: 'Webhook',
    description: 'Sends every event to a URL of your own, signed.',
    categories: ['Raw Data'],
    methods: ['track', 'identify', 'page', 'screen', 'group', 'alias'],
  }),
]

/** The built-in destination of this slug. */
export function findBuiltIn(slug: string): BuiltIn | undefined {
  return BUILT_IN.find((entry) => entry.slug === slug)
}

function builtIn(plugin: DestinationPlugin, summary: Omit<CatalogSummary, 'origin'>): BuiltIn {
  const { definition } = plugin
  return { ...plugin, ...summary, origin: 'built-in', shape: shapeOf(definition), home: { kind: 'here', definition } }
}
