/** The steps of one event, in the order in which it took them, in plain words. Pure. */
import type { Explanation } from '../../../../src/api/answers/deliveries.ts'
import { type Became, reasonText } from '../../shared/delivery-words.ts'
import { withLocalTimes } from '../../shared/format.ts'

export interface Step {
  readonly key: string
  readonly title: string
  /** Sentences. */
  readonly texts: readonly string[]
  /** ISO 8601; null for what has no time of its own. */
  readonly at: string | null
  readonly became: Became | null
  /** What can be opened here. */
  readonly delivery: Explanation['deliveries'][number] | null
  /** Whether something was kept out or went wrong. */
  readonly isBad: boolean
  /** What the title names, where it has a page. */
  readonly of: StepOf | null
}

export type StepOf =
  | { readonly kind: 'source' | 'destination'; readonly id: string }
  /** A space, and by which id the event's person is known there. */
  | { readonly kind: 'profile'; readonly space: string; readonly lookup: string }

/** A space is the source of what it says itself, and has no page of one. */
const SPACE = 'spa_'

type Names = ReadonlyMap<string, string>

export function stepsOf(explained: Explanation, sources: Names): readonly Step[] {
  const lookup = lookupOf(explained.event)
  return [
    ...arrivalOf(explained, sources),
    ...explained.spaces.map((space) => spaceStep(space, lookup)),
    ...destinationSteps(explained),
  ]
}

/** How the profile of an event's person is asked for; null for an event of nobody. */
export function lookupOf(event: Explanation['event']): string | null {
  const { userId, anonymousId } = event ?? {}
  if (typeof userId === 'string') return `user_id:${userId}`
  return typeof anonymousId === 'string' ? `anonymous_id:${anonymousId}` : null
}

const NONE = { became: null, delivery: null, isBad: false, at: null, texts: [], of: null } as const

function arrivalOf({ event, sourceId, position }: Explanation, sources: Names): Step[] {
  const accepted: Step = {
    ...NONE,
    key: 'accepted',
    title: 'Accepted',
    texts: [`It is on disk at position ${position} of the log.`, ...repairsOf(event)],
  }
  if (event === null)
    return [{ ...accepted, texts: ['The log has the event no longer; what follows is from the ledger.'] }]
  const name = sourceId === null ? 'a source that was deleted' : (sources.get(sourceId) ?? sourceId)
  const { receivedAt, originalTimestamp, sentAt } = event
  const sent = [originalTimestamp, sentAt].find((each) => typeof each === 'string')
  return [
    {
      ...NONE,
      key: 'received',
      title: `Received by ${name}`,
      of: sourceId === null || sourceId.startsWith(SPACE) ? null : { kind: 'source', id: sourceId },
      texts: sent === undefined ? [] : [withLocalTimes(`Its sender dated it ${String(sent)}.`)],
      at: typeof receivedAt === 'string' ? receivedAt : null,
    },
    accepted,
  ]
}

/** What was changed on it so that it could be accepted. */
function repairsOf(event: Explanation['event']): string[] {
  const warnings = event?.['_warnings']
  return Array.isArray(warnings)
    ? warnings.map((each) => `It was repaired: ${typeof each === 'string' ? each : JSON.stringify(each)}.`)
    : []
}

function spaceStep(
  { spaceId, name, skipped, why, refusedIds }: Explanation['spaces'][number],
  lookup: string | null,
): Step {
  const texts = refusedIds.map((text) => `It ${text}`)
  if (skipped === null) {
    const of = lookup === null ? null : ({ kind: 'profile', space: spaceId, lookup } as const)
    return { ...NONE, key: spaceId, title: `Has a part in the profiles of ${name}`, texts, of }
  }
  return {
    ...NONE,
    key: spaceId,
    title: `Kept out of the profiles of ${name}`,
    texts: [why ?? skipped, ...texts],
    isBad: true,
  }
}

/** Destinations that got it before those that did not. */
function destinationSteps({ destinations, deliveries }: Explanation): Step[] {
  const filtered = destinations
    .filter((each) => each.filtered !== null)
    .map(
      ({ destinationId, name, filtered, why }, at): Step => ({
        ...NONE,
        key: `filtered ${destinationId ?? at}`,
        title: name,
        of: destinationId === null ? null : { kind: 'destination', id: destinationId },
        texts: [why ?? filtered ?? ''],
        became: 'filtered',
        isBad: true,
      }),
    )
  return [...deliveries.map(deliveryStep), ...filtered]
}

function deliveryStep(delivery: Explanation['deliveries'][number]): Step {
  const {
    id,
    destinationId,
    destination,
    mapping,
    state,
    attempts,
    status,
    reason,
    waitsFor,
    nextAttemptAt,
    endedAt,
    replay,
  } = delivery
  const tries = attempts === 0 ? 'It was not tried yet' : attempts === 1 ? 'One attempt' : `${attempts} attempts`
  return {
    key: id,
    title: `${destination ?? 'A destination that was deleted'}${mapping === null ? '' : `, mapping ${mapping}`}`,
    texts: [
      `${tries}${status === null ? '' : `, the last one answered ${status}`}.`,
      ...(reason === null ? [] : [reasonText(reason)]),
      ...(waitsFor === null ? [] : [withLocalTimes(waitsFor)]),
      // What it waits for says it already.
      ...(nextAttemptAt === null || waitsFor?.includes(nextAttemptAt) === true
        ? []
        : [withLocalTimes(`The next attempt is at ${nextAttemptAt}.`)]),
      ...(replay === null ? [] : [`A replay made it pending last (${replay.status.toLowerCase()}).`]),
    ],
    at: endedAt,
    became: state,
    delivery,
    isBad: state === 'dead' || state === 'cancelled',
    of: destinationId === null ? null : { kind: 'destination', id: destinationId },
  }
}
