/** What the processor and the dispatcher pass to each other. */
import type { NormalisedEvent } from '../spec/index.ts'
import type { DestinationInstance } from '../workspace/index.ts'
import type { EraseCommand } from './command.ts'
import type { RoutedKind } from './route.ts'

/** What a delivery delivers: an event, or the wish to be forgotten. */
export type Subject =
  | { readonly kind: 'event'; readonly event: NormalisedEvent }
  | { readonly kind: 'erase'; readonly command: EraseCommand }

/** What the pipeline must know of a kind of destination. */
export interface PipelineKind extends RoutedKind {
  readonly canErase: boolean
  /** Instances with the same text share breaker and hold. Holds credentials. */
  credentialKey(settings: DestinationInstance['settings']): string
}

/** The route of an instance's erasure calls. */
export const eraseRoute = (instance: Pick<DestinationInstance, 'number'>): number => -instance.number
