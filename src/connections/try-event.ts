/**
 * What would become of an event at one destination, by the code that decides it for real: why it is filtered, or what
 * each mapping makes of it. Sent only when asked for, outside of the lanes, and kept nowhere.
 */
import { type Catalog, type RenderedRequest, type Runner, secretsOf } from '../destinations/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import type { DestinationInstance, Subscription } from '../workspace/index.ts'
import { eventFor } from './actions-attempts.ts'
import { FILTER_TEXTS, type FilterReason } from './filter-reasons.ts'
import { catalogKinds } from './kinds.ts'
import { route } from './route.ts'

export interface TriedMapping {
  /** Null for a mapping that is not saved. */
  readonly id: string | null
  readonly name: string
  readonly actionSlug: string
  /** The action's fields as the mapping filled them; null where it could not. */
  readonly payload: Readonly<Record<string, unknown>> | null
  /** Secrets masked; null where there is none. */
  readonly request: RenderedRequest | null
  /** Why there is no request, for people. */
  readonly problem: string | null
  /** What came of sending it; null where it was not sent. */
  readonly answer: unknown
}

export interface TriedDestination {
  readonly destinationId: string
  readonly name: string
  readonly filtered: FilterReason | null
  readonly why: string | null
  readonly mappings: readonly TriedMapping[]
}

export interface TryOptions {
  readonly event: NormalisedEvent
  readonly instance: DestinationInstance
  /** Kind of the event's source. */
  readonly sourceKind: string
  readonly send: boolean
}

/** How much of an answer is shown, in characters. */
const ANSWER_CHARS_MAX = 2_048

export async function tryEvent(
  { catalog, runner }: { readonly catalog: Catalog; readonly runner: Runner },
  { event, instance, sourceKind, send }: TryOptions,
): Promise<TriedDestination> {
  const { id: destinationId, name } = instance
  const routed = route(event, instance, catalogKinds(catalog)(instance.kind), sourceKind)
  if (routed.filtered !== null) {
    return { destinationId, name, filtered: routed.filtered, why: FILTER_TEXTS[routed.filtered], mappings: [] }
  }
  const mappings: TriedMapping[] = []
  // One after the other, as one person's deliveries are.
  for (const subscription of routed.subscriptions) {
    mappings.push(await tryMapping({ catalog, runner }, event, instance, subscription, send))
  }
  return { destinationId, name, filtered: null, why: null, mappings }
}

async function tryMapping(
  { catalog, runner }: { readonly catalog: Catalog; readonly runner: Runner },
  event: NormalisedEvent,
  instance: DestinationInstance,
  subscription: Subscription,
  send: boolean,
): Promise<TriedMapping> {
  const { id, name, action, mapping } = subscription
  const tried = { id: id === '' ? null : id, name, actionSlug: action }
  const nothing = { payload: null, request: null, answer: null }
  const entry = catalog.find(instance.kind)
  if (entry === undefined) return { ...tried, ...nothing, problem: 'The catalog does not have its kind.' }
  const seen = eventFor(instance, event)
  if ('problem' in seen) return { ...tried, ...nothing, problem: seen.problem }
  const run = { action, settings: instance.settings, mapping, event: seen.event }
  if (!send) return { ...tried, ...(await runner.preview(entry, run)), answer: null }
  const { outcome, request, payload } = await runner.run(entry, run)
  const isUnsent = outcome.kind === 'invalid' || outcome.kind === 'unmapped'
  const shown = outcome.kind === 'answered' ? { ...outcome, body: outcome.body.slice(0, ANSWER_CHARS_MAX) } : outcome
  const masked: unknown = JSON.parse(secretsOf(entry.shape, instance.settings).mask(JSON.stringify(shown)))
  return { ...tried, payload, request, problem: isUnsent ? outcome.reason : null, answer: isUnsent ? null : masked }
}
