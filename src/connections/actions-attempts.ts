/** Attempts at destinations that are Segment Actions definitions: ours, and those of Segment's catalog. */
import {
  type Attempt,
  anyBodyPolicy,
  type BatchResult,
  batchingOf,
  type Catalog,
  type CatalogEntry,
  type FrozenAttempt,
  type Outcome,
  type Runner,
  secretsOf,
} from '../destinations/index.ts'
import type { Clock } from '../ports/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import type { DestinationInstance } from '../workspace/index.ts'
import type { AttemptPort, AttemptResult } from './attempt-port.ts'
import { enabledFilters, withoutProperties } from './filters.ts'

const NOTHING = { request: null, frozen: null, host: null, hasUniqueKey: true } as const

/** Milliseconds for which deliveries go one by one after a batch that may have left something running. */
export const BATCH_PAUSE_MS = 600_000

export function actionsAttempts(catalog: Catalog, runner: Runner, clock: Pick<Clock, 'nowMs'>): AttemptPort {
  /** Accounts at which nothing runs that could come after newer events. */
  const settled = new Map<string, Promise<Outcome | null>>()
  const pausedUntilMs = new Map<string, number>()

  /** Null, or why nothing may be sent yet. */
  async function settle(entry: CatalogEntry, { settings }: DestinationInstance): Promise<Outcome | null> {
    if (entry.settling === undefined) return null
    const key = entry.credentialKey(settings)
    let settling = settled.get(key)
    if (settling === undefined) {
      settling = runner.settle(entry, settings)
      settled.set(key, settling)
    }
    const problem = await settling
    if (problem !== null && settled.get(key) === settling) settled.delete(key)
    return problem
  }

  return {
    async attempt({ instance, subscription, subject, frozen }): Promise<AttemptResult> {
      const entry = catalog.find(instance.kind)
      if (entry === undefined) return notInCatalog(instance.kind)
      const unsettled = await settle(entry, instance)
      if (unsettled !== null) return { ...NOTHING, outcome: unsettled }
      if (subject.kind === 'erase') return erase(entry, instance, subject.command, runner)
      if (subscription === null) return invalid('the mapping was deleted')
      const seen = eventFor(instance, subject.event)
      if ('problem' in seen) return invalid(seen.problem)
      const attempt = await runner.run(entry, {
        action: subscription.action,
        settings: instance.settings,
        mapping: subscription.mapping,
        event: seen.event,
        frozen: frozen === null ? null : (JSON.parse(frozen) as FrozenAttempt),
      })
      return resultOf(attempt, entry, instance, frozen)
    },
    batchingOf(instance, { action, mapping }) {
      const entry = catalog.find(instance.kind)
      if (entry === undefined) return null
      const paused = entry.settling && pausedUntilMs.get(entry.credentialKey(instance.settings))
      return paused !== undefined && clock.nowMs() < paused
        ? null
        : batchingOf(entry, action, mapping, instance.settings)
    },
    async attemptBatch({ instance, subscription, items, msMax }) {
      const entry = catalog.find(instance.kind)
      if (entry === undefined) return { results: items.map(() => notInCatalog(instance.kind)), requests: [] }
      const unsettled = await settle(entry, instance)
      if (unsettled !== null)
        return { results: items.map(() => ({ ...NOTHING, outcome: unsettled })), requests: [unsettled] }
      const seen = items.map(({ subject }) => (subject.kind === 'erase' ? null : eventFor(instance, subject.event)))
      const runnable = items.flatMap(({ frozen }, index) => {
        const each = seen[index]
        if (each == null || 'problem' in each) return []
        return [{ index, item: { event: each.event, frozen: frozen === null ? null : JSON.parse(frozen) } }]
      })
      const { results, requests } = await runner.runBatch(entry, {
        action: subscription.action,
        settings: instance.settings,
        mapping: subscription.mapping,
        items: runnable.map(({ item }) => item),
        msMax,
      })
      // What cannot be made ready is told why by an attempt of its own.
      const ends: (AttemptResult | 'alone')[] = items.map(() => 'alone')
      for (const [at, { index }] of runnable.entries()) {
        const each = results.at(at) ?? 'alone'
        ends[index] = each === 'alone' ? each : resultOf(each, entry, instance, items[index]?.frozen ?? null)
      }
      if (entry.settling !== undefined && results.some(isUnclear)) {
        const key = entry.credentialKey(instance.settings)
        settled.delete(key)
        pausedUntilMs.set(key, clock.nowMs() + BATCH_PAUSE_MS)
      }
      return { results: ends, requests }
    },
    answersOf(instance, isErasure) {
      const entry = catalog.find(instance.kind)
      return (isErasure ? entry?.deleteAnswers : entry?.answers) ?? anyBodyPolicy
    },
    mask(instance, text) {
      const entry = catalog.find(instance.kind)
      return entry === undefined ? text : secretsOf(entry.shape, instance.settings).mask(text)
    },
  }
}

function hostOf(request: Attempt['request']): string | null {
  return request === null ? null : (URL.parse(request.url)?.host ?? null)
}

/** Neither delivered nor given back: something of it may be under way at the destination. */
function isUnclear(result: BatchResult): boolean {
  if (result === 'alone' || result.outcome.kind === 'unmapped') return false
  return result.outcome.kind !== 'answered' || result.outcome.status >= 300
}

function resultOf(
  attempt: Attempt,
  entry: CatalogEntry,
  instance: DestinationInstance,
  frozen: string | null,
): AttemptResult {
  return {
    outcome: attempt.outcome,
    request: () => JSON.stringify(attempt.request),
    frozen: frozen === null ? () => JSON.stringify(attempt.frozen) : () => frozen,
    get host() {
      return hostOf(attempt.request)
    },
    // Asked only where no answer came: working it out costs as much as rendering the request.
    get hasUniqueKey() {
      return attempt.payload !== null && entry.hasUniqueKey(attempt.payload, instance.settings)
    },
  }
}

/**
 * What a destination may see of an event: without what filters take away, and without what was mended on the way in,
 * which is for the source debugger. Or why nobody can say, a sentence.
 */
export function eventFor(
  instance: Pick<DestinationInstance, 'filters'>,
  event: NormalisedEvent,
): { readonly event: object } | { readonly problem: string } {
  const { _warnings, ...rest } = event
  const mended = _warnings === undefined ? event : (rest as NormalisedEvent)
  if (instance.filters === undefined) return { event: mended }
  const seen = withoutProperties(enabledFilters(instance.filters), mended)
  if (seen.kind === 'kept') return seen
  return { problem: `the filter ${seen.by.title} cannot be evaluated: ${seen.problem}` }
}

async function erase(
  entry: CatalogEntry,
  instance: DestinationInstance,
  command: { readonly userId: string; readonly regulationId: string },
  runner: Runner,
): Promise<AttemptResult> {
  const { userId, regulationId } = command
  const run = await runner.delete(entry, { settings: instance.settings, userId, anonymousId: null, regulationId })
  if (run === null) return invalid(`${entry.name} has no way to delete a person`)
  const { outcome, request } = run
  return { ...NOTHING, outcome, request: () => JSON.stringify(request), host: hostOf(request) }
}

/** An installation can be made again, so the event is tried again, as with a 503. */
function notInCatalog(kind: string): AttemptResult {
  const body = `${kind} is not in the catalog: its code was removed, or installed by another version`
  return { ...NOTHING, outcome: { kind: 'answered', status: 503, headers: {}, body, truncated: false } }
}

function invalid(reason: string): AttemptResult {
  return { ...NOTHING, outcome: { kind: 'invalid', reason } }
}
