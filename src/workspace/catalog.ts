import type { FieldProblem } from './errors.ts'

export interface SubscriptionDraft {
  /** Slug of one of the kind's actions. */
  readonly action: string
  /** FQL, e.g. `type = "track"`. */
  readonly trigger: string
  /** Directives by field. */
  readonly mapping: Readonly<Record<string, unknown>>
}

/** What the workspace must know about a catalog entry to guard its instances. */
export interface DestinationKind {
  readonly slug: string
  readonly name: string
  /** Settings that are never shown again: masked for people, in the audit trail too. */
  readonly secretSettings: readonly string[]
  /** Mappings a new instance starts with. */
  readonly presets: readonly (SubscriptionDraft & { readonly name: string })[]
  /** Checks complete settings; fields are named without the `settings.` prefix. Synchronous: it runs in a transaction. */
  checkSettings(settings: Readonly<Record<string, unknown>>): readonly FieldProblem[]
  /** Checks action, trigger and mapping together; fields are `action`, `trigger` and `mapping.…`. */
  checkSubscription(draft: SubscriptionDraft): readonly FieldProblem[]
}

/** The destinations that can be made, by slug. `destinations` supplies it. */
export interface DestinationCatalog {
  find(slug: string): DestinationKind | undefined
}
