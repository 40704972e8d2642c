/** What can be added as a destination. */
import type { DestinationPlugin } from './definition.ts'
import { extolePlatform } from './extole/definition.ts'
import { webhookPlugin } from './webhook/definition.ts'

/** Kinds of events that a destination can be sent. */
export type Method = 'identify' | 'track' | 'page' | 'screen' | 'group' | 'alias'

export interface CatalogEntry extends DestinationPlugin {
  /** Segment's own metadata id where the destination is in Segment's catalog, else ours. */
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly description: string
  readonly categories: readonly string[]
  readonly methods: readonly Method[]
}

/** In the order in which they are shown. */
export const CATALOG: readonly CatalogEntry[] = [
  {
    ...extolePlatform,
    id: '5e79ef31929aef3bdfbc53a5',
    slug: 'extole-platform',
    name: 'Extole Platform',
    description: 'Referral marketing. Sends people and their events to Extole, and deletes them there.',
    categories: ['Referrals', 'Email Marketing', 'Marketing Automation'],
    methods: ['track', 'identify'],
  },
  {
    ...webhookPlugin,
    id: 'webhook',
    slug: 'webhook',
    name: 'Webhook',
    description: 'Sends every event to a URL of your own, signed.',
    categories: ['Raw Data'],
    methods: ['track', 'identify', 'page', 'screen', 'group', 'alias'],
  },
]

const bySlug = new Map(CATALOG.map((entry) => [entry.slug, entry]))

/** The entry of a slug such as `extole-platform`. */
export function findDestination(slug: string): CatalogEntry | undefined {
  return bySlug.get(slug)
}

const byId = new Map(CATALOG.map((entry) => [entry.id, entry]))

/** The entry of a metadata id, as Segment's API names destinations. */
export function findDestinationById(id: string): CatalogEntry | undefined {
  return byId.get(id)
}
