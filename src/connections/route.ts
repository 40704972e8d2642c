/**
 * Which mappings of a destination instance an event goes to, or why none: the last steps of Segment's order of
 * processing, and its discard reasons (segment contract 3.3 and 3.7). Pure.
 */
import type { NormalisedEvent } from '../spec/index.ts'
import type { DestinationInstance, Subscription } from '../workspace/index.ts'
import type { FilterReason } from './filter-reasons.ts'
import { applyFilters, enabledFilters } from './filters.ts'

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
  if (kind === undefined) return { filtered: 'UNKNOWN_INTEGRATION' }
  if (!kind.supports(event.type)) return { filtered: 'UNSUPPORTED_EVENT_TYPE' }
  if (!isConsented(event.context, instance.consentCategories)) return { filtered: 'FILTERED_BY_END_USER_CONSENT' }
  if (!isWanted(event.integrations, [instance.id, kind.name])) return { filtered: 'FILTERED_BY_INTEGRATIONS_OBJECT' }
  if (wasSentByBrowser(event, kind.name)) return { filtered: 'MESSAGE_SENT_CLIENT_SIDE' }
  if (kind.isEcho?.(event, instance.settings, sourceKind)) return { filtered: 'FILTERED_BY_LOOP_GUARD' }
  let seen = event
  if (instance.filters !== undefined) {
    const filtered = applyFilters(enabledFilters(instance.filters), event)
    if (filtered.kind === 'dropped') return { filtered: 'FILTERED_BY_RULES' }
    if (filtered.kind === 'undecided') return { filtered: 'FILTER_NOT_EVALUATED' }
    seen = filtered.event
  }
  const subscriptions = instance.subscriptions.filter((each) => each.enabled && kind.matches(each.trigger, seen))
  return subscriptions.length === 0 ? { filtered: 'NO_MATCHING_MAPPING' } : { filtered: null, subscriptions }
}

/**
 * Consent is asked for where a destination has categories. An event that says nothing about consent goes everywhere; one
 * that does must agree to all of them.
 */
function isConsented(context: NormalisedEvent['context'], categories: readonly string[] | undefined): boolean {
  if (categories === undefined || categories.length === 0) return true
  const { consent } = context
  if (typeof consent !== 'object' || consent === null) return true
  const preferences: unknown = Object(consent).categoryPreferences
  if (typeof preferences !== 'object' || preferences === null) return false
  return categories.every((name) => Object.hasOwn(preferences, name) && Object(preferences)[name] === true)
}

/** Browsers list the destinations whose own code ran in the page. */
function wasSentByBrowser(event: NormalisedEvent, name: string): boolean {
  const metadata = event['_metadata']
  if (typeof metadata !== 'object' || metadata === null) return false
  const { bundled } = Object(metadata)
  return Array.isArray(bundled) && bundled.includes(name)
}

/** An entry of the instance or its kind decides; without one, `All` does; without that, everybody gets the event. */
function isWanted(integrations: NormalisedEvent['integrations'], names: readonly string[]): boolean {
  for (const name of names) {
    const own = Object.hasOwn(integrations, name) ? integrations[name] : undefined
    if (own !== undefined && own !== null) return own !== false
  }
  const all = Object.hasOwn(integrations, 'All') ? integrations.All : undefined
  const legacyAll = Object.hasOwn(integrations, 'all') ? integrations.all : undefined
  return (all ?? legacyAll) !== false
}
