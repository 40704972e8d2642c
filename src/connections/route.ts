/**
 * Which mappings of a destination instance an event goes to, or why none: the last steps of Segment's order of
 * processing, and its discard reasons (segment contract 3.3 and 3.7). Pure.
 */
import type { NormalisedEvent } from '../spec/index.ts'
import type { DestinationInstance, Subscription } from '../workspace/index.ts'

/** Segment's words, and two of ours: Segment has no code for an instance that is switched off, nor a loop guard. */
export type FilterReason =
  | 'DESTINATION_DISABLED'
  | 'INVALID_SETTINGS'
  | 'UNSUPPORTED_EVENT_TYPE'
  | 'FILTERED_BY_INTEGRATIONS_OBJECT'
  | 'FILTERED_BY_LOOP_GUARD'
  | 'NO_MATCHING_MAPPING'

/** What each reason means, for people. */
export const FILTER_TEXTS: Readonly<Record<FilterReason, string>> = {
  DESTINATION_DISABLED: 'The destination was switched off.',
  INVALID_SETTINGS: 'The destination is of a kind that the catalog does not have.',
  UNSUPPORTED_EVENT_TYPE: 'The destination takes no calls of this type.',
  FILTERED_BY_INTEGRATIONS_OBJECT: "The event's integrations object keeps it from this destination.",
  FILTERED_BY_LOOP_GUARD: 'The destination sent the event itself, and telling it again would go round in a circle.',
  NO_MATCHING_MAPPING: 'No mapping that is switched on has a trigger that matches the event.',
}

/** What routing must know of a kind of destination. */
export interface RoutedKind {
  /** As senders write it in the `integrations` object. */
  readonly name: string
  supports(type: NormalisedEvent['type']): boolean
  matches(trigger: string, event: NormalisedEvent): boolean
  /** Whether the destination itself sent the event, through a source of this kind. */
  isEcho?(event: NormalisedEvent, settings: DestinationInstance['settings'], sourceKind: string): boolean
}

export type Route =
  | { readonly filtered: FilterReason }
  | { readonly filtered: null; readonly subscriptions: readonly Subscription[] }

/**
 * @param kind undefined when the catalog does not have the instance's kind (any more)
 * @param sourceKind kind of the event's source
 */
export function route(
  event: NormalisedEvent,
  instance: DestinationInstance,
  kind: RoutedKind | undefined,
  sourceKind: string,
): Route {
  if (!instance.enabled) return { filtered: 'DESTINATION_DISABLED' }
  if (kind === undefined) return { filtered: 'INVALID_SETTINGS' }
  if (!kind.supports(event.type)) return { filtered: 'UNSUPPORTED_EVENT_TYPE' }
  if (!isWanted(event.integrations, kind.name)) return { filtered: 'FILTERED_BY_INTEGRATIONS_OBJECT' }
  if (kind.isEcho?.(event, instance.settings, sourceKind)) return { filtered: 'FILTERED_BY_LOOP_GUARD' }
  const subscriptions = instance.subscriptions.filter((each) => each.enabled && kind.matches(each.trigger, event))
  return subscriptions.length === 0 ? { filtered: 'NO_MATCHING_MAPPING' } : { filtered: null, subscriptions }
}

/** The destination's own entry decides; without one, `All` does; without that, everybody gets the event. */
function isWanted(integrations: NormalisedEvent['integrations'], name: string): boolean {
  const own = Object.hasOwn(integrations, name) ? integrations[name] : undefined
  if (own !== undefined && own !== null) return own !== false
  const all = Object.hasOwn(integrations, 'All') ? integrations.All : undefined
  const legacyAll = Object.hasOwn(integrations, 'all') ? integrations.all : undefined
  return (all ?? legacyAll) !== false
}
