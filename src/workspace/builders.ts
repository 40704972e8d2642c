/** Fixed values for tests of the workspace and of what stands on it. */
import { systemRandom } from '../ports/index.ts'
import type { DestinationCatalog, DestinationKind } from './catalog.ts'
import { type CommandContext, SYSTEM_ACTOR } from './context.ts'
import { createSecrets } from './secrets.ts'

/** A destination with one secret and one action. */
export const exampleKind: DestinationKind = {
  slug: 'example',
  name: 'Example',
  secretSettings: ['apiKey'],
  presets: [{ name: 'Track calls', action: 'send', trigger: 'type = "track"', mapping: {} }],
  checkSettings: (settings) =>
    typeof settings.apiKey === 'string' ? [] : [{ field: 'apiKey', message: 'is required' }],
  checkSubscription: ({ action }) => (action === 'send' ? [] : [{ field: 'action', message: 'is not known' }]),
}

export const exampleCatalog: DestinationCatalog = {
  find: (slug) => (slug === exampleKind.slug ? exampleKind : undefined),
}

export const NOW_MS = 1_750_000_000_000

/** The key is 32 bytes of 1. */
export function aContext(over: Partial<CommandContext> = {}): CommandContext {
  return {
    clock: { nowMs: () => NOW_MS },
    random: systemRandom,
    actor: SYSTEM_ACTOR,
    secrets: createSecrets([Buffer.alloc(32, 1)], systemRandom),
    catalog: exampleCatalog,
    ...over,
  }
}
