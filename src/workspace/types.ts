import type { Definition, Level } from '../engage/index.ts'
import type { IdSyncRule } from './id-sync.ts'
import type { IdentityRules } from './identity-rules.ts'

/** The configuration that the pipeline runs on. Segment's words: source, destination (an instance), subscription (a mapping). */

export interface Source {
  readonly id: string
  readonly slug: string
  readonly name: string
  /** Catalog slug of the kind of source: `node`, `javascript`, `http`, `space`. */
  readonly kind: string
  readonly enabled: boolean
  readonly writeKeys: readonly string[]
  /** By key and value. Absent for none. */
  readonly labels?: readonly Label[]
}

/** A word on a source, for people. */
export interface Label {
  readonly key: string
  readonly value: string
  readonly description?: string
}

/** A mapping: which events (`trigger`, FQL) an action gets, and how its fields are filled (`mapping`, directives). */
export interface Subscription {
  readonly id: string
  /** Small positive integer, unique over all subscriptions ever made; part of delivery ids. */
  readonly number: number
  readonly name: string
  /** Slug of the action in the destination's definition. */
  readonly action: string
  readonly trigger: string
  readonly mapping: Readonly<Record<string, unknown>>
  readonly enabled: boolean
}

/**
 * What a filter does to an event that its condition matches. `percent` from 0 to 1 is the share that passes. `fields`
 * has keys under the path of their parent; `""` is the top of the event.
 */
export type FilterAction =
  | { readonly type: 'DROP' }
  | { readonly type: 'SAMPLE'; readonly percent: number; readonly path?: string }
  | {
      readonly type: 'DROP_PROPERTIES' | 'ALLOW_PROPERTIES'
      readonly fields: Readonly<Record<string, readonly string[]>>
    }

/** Keeps events, or parts of them, from one destination. */
export interface DestinationFilter {
  readonly id: string
  readonly title: string
  readonly description: string | null
  /** FQL. */
  readonly if: string
  readonly actions: readonly FilterAction[]
  readonly enabled: boolean
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** A configured destination: one catalog entry bound to one source. */
export interface DestinationInstance {
  readonly id: string
  /** Small positive integer, unique over all destinations ever made; stands for `id` in ledger rows. */
  readonly number: number
  readonly sourceId: string
  /** Slug of the catalog entry, e.g. `extole-platform`. */
  readonly kind: string
  readonly name: string
  readonly enabled: boolean
  /** Decrypted settings. Never leaves the process; masked copies go to people. */
  readonly settings: Readonly<Record<string, unknown>>
  /** Events at or before this log position are not this instance's. */
  readonly startPosition: number
  readonly subscriptions: readonly Subscription[]
  /** In the order in which they were made. Absent where it has none. */
  readonly filters?: readonly DestinationFilter[]
  /** It gets an event only if the person agreed to all of these. Absent where it has none: it gets every event. */
  readonly consentCategories?: readonly string[]
}

/** Where a computation's changes go. */
export interface Activation {
  readonly destinationId: string
  /** Of accounts, `group`. */
  readonly form: 'identify' | 'track' | 'group'
  readonly enteredEvent: string
  readonly exitedEvent: string
  readonly enrichTraits: readonly string[]
  /** Which ids go along. Absent: each name with each address. */
  readonly idSync?: readonly IdSyncRule[]
  /** Changes of so many minutes are told together, each with what holds then. Absent: each as it happens. */
  readonly everyMinutes?: number
  /** Of an audience: the occasions on which it is told, each of them once. Absent: on all. */
  readonly occasions?: readonly Occasion[]
}

/** Comings, goings, or both. */
export type OccasionKind = 'entered' | 'exited' | 'membership'

/** What Segment calls an activation: that a destination is told of something in particular. */
export interface Occasion {
  readonly on: OccasionKind
  /** For people. Calls have the names of their connection. */
  readonly name: string
  /** Off: nothing is told of it. */
  readonly enabled: boolean
  /** The action of the mapping that it is meant for. Absent: of none in particular. */
  readonly actionId?: string
}

export interface SpaceComputation {
  readonly id: string
  readonly number: number
  readonly key: string
  readonly definition: Definition
  /** Whose it is: people's where it is not given. */
  readonly level?: Level
  /** Whether somebody who is known by an anonymous id only can be a member. */
  readonly includesAnonymous: boolean
  /** Types of external ids of which a member has one at least. `user_id`, `email` and advertising ids where they are not given. */
  readonly externalIdTypes?: readonly string[]
  /** False: only what comes after it was made counts. True where it is not given. */
  readonly includesHistory?: boolean
  /** Only what happened from then on counts, Unix milliseconds. All where it is not given. */
  readonly countsFromMs?: number
  readonly activations: readonly Activation[]
}

/** A computation that was deleted, and whose values stay. */
export interface DeletedComputation {
  readonly number: number
  readonly key: string
}

/** Keeps events from a space: those that meet its condition have no part in profiles. */
export interface SpaceFilter {
  readonly id: string
  readonly spaceId: string
  readonly name: string
  readonly description: string | null
  /** FQL. */
  readonly if: string
  readonly enabled: boolean
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** A space as the pipeline needs it. */
export interface SpaceConfig {
  /** Its id, and that of the source its own events come from. */
  readonly id: string
  readonly number: number
  readonly sourceIds: ReadonlySet<string>
  /** For events to come. Absent where they are the default ones. */
  readonly rules?: IdentityRules
  /** In the order in which they were made. Absent for none. */
  readonly filters?: readonly SpaceFilter[]
  readonly computations: readonly SpaceComputation[]
  /** Absent for none. */
  readonly deleted?: readonly DeletedComputation[]
  /** Computations that ended lately, in the order in which they did. */
  readonly endings?: readonly ComputationEnding[]
}

/** A computation was deleted, or switched off with exits. */
export interface ComputationEnding {
  /** Grows with each. */
  readonly number: number
  /** As it was; its activations are those that are told that it is over. */
  readonly computation: Pick<SpaceComputation, 'id' | 'number' | 'key' | 'activations'> & {
    readonly definition: Pick<Definition, 'kind'>
  }
  readonly isDeleted: boolean
}

/** One consistent view of the configuration. `version` grows by one with every change. */
export interface ConfigSnapshot {
  readonly version: number
  readonly sources: ReadonlyMap<string, Source>
  /** All instances, by id. */
  readonly destinations: ReadonlyMap<string, DestinationInstance>
  readonly destinationsBySource: ReadonlyMap<string, readonly DestinationInstance[]>
  /** Spaces, those without computations too. */
  readonly spaces: readonly SpaceConfig[]
}
