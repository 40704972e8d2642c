/** The steps of one event, in the order in which it took them, in plain words. Pure. */
import type { Explanation } from '../../../../src/api/answers/deliveries.ts'
import { withLocalTimes } from '../../shared/format.ts'
import { type Became, reasonText } from './words.ts'

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
}

type Names = ReadonlyMap<string, string>

export function stepsOf(explained: Explanation, sources: Names): readonly Step[] {
  return [...arrivalOf(explained, sources), ...explained.spaces.map(spaceStep), ...destinationSteps(explained)]
}

const NONE = { became: null, delivery: null, isBad: false, at: null, texts: [] } as const

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

function spaceStep({ spaceId, name, skipped, why, refusedIds }: Explanation['spaces'][number]): Step {
  const texts = refusedIds.map((text) => `It ${text}`)
  if (skipped === null) return { ...NONE, key: spaceId, title: `Has a part in the profiles of ${name}`, texts }
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
        texts: [why ?? filtered ?? ''],
        became: 'filtered',
        isBad: true,
      }),
    )
  return [...deliveries.map(deliveryStep), ...filtered]
}

function deliveryStep(delivery: Explanation['deliveries'][number]): Step {
  const { id, destination, mapping, state, attempts, status, reason, waitsFor, nextAttemptAt, endedAt, replay } =
    delivery
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
  }
}
