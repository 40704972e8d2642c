/**
 * The history of a shop, the same for the same numbers: people come in three visits, some forty at a time. Three of four
 * order once. Pure.
 */
import type { NormalisedEvent } from '../../src/spec/index.ts'

const VISITS = 3
/** People whose visits go on at the same time. */
const AT_ONCE = 40
/** Of the whole history, up to now. */
export const HISTORY_DAYS = 60
const MS_PER_DAY = 86_400_000

export interface Shop {
  readonly people: number
  /** A multiple of the people, at least three times as many. */
  readonly events: number
  /** When it ends, Unix milliseconds. */
  readonly endMs: number
}

export const personName = (person: number): string => `user-${person}`

/** Whether somebody ever orders. */
export const orders = (person: number): boolean => person % (VISITS + 1) !== VISITS

/** Events in the order in which they arrived; the first of each person is an identify call. */
export function* historyOf({ people, events, endMs }: Shop): Generator<NormalisedEvent> {
  const startMs = endMs - HISTORY_DAYS * MS_PER_DAY
  const step = (HISTORY_DAYS * MS_PER_DAY) / events
  let number = 0
  for (let visit = 0; visit < VISITS; visit += 1) {
    const length = Math.floor(events / people / VISITS) + (visit === 0 ? (events / people) % VISITS : 0)
    for (let first = 0; first < people; first += AT_ONCE) {
      const here = Math.min(AT_ONCE, people - first)
      for (let at = 0; at < length; at += 1) {
        for (let n = 0; n < here; n += 1) {
          // Neighbours in time are strangers otherwise.
          const person = ((first + n) * strideOf(people) + visit * 7) % people
          const receivedAtMs = Math.floor(startMs + number * step)
          yield eventOf(person, number, receivedAtMs, {
            isFirst: visit === 0 && at === 0,
            visit,
            isLast: at === length - 1,
          })
          number += 1
        }
      }
    }
  }
}

/** Shares no factor with the number of people. */
function strideOf(people: number): number {
  const divides = (a: number, b: number): number => (b === 0 ? a : divides(b, a % b))
  let stride = Math.max(1, Math.floor(people * 0.618))
  while (divides(stride, people) !== 1) stride += 1
  return stride
}

function eventOf(
  person: number,
  number: number,
  receivedAtMs: number,
  { isFirst, visit, isLast }: { isFirst: boolean; visit: number; isLast: boolean },
): NormalisedEvent {
  const at = new Date(receivedAtMs).toISOString()
  const userId = personName(person)
  const isOrder = isLast && person % (VISITS + 1) === visit
  const content = isFirst
    ? {
        type: 'identify',
        traits: { email: `${userId}@example.com`, firstName: 'Ada', plan: person % 2 ? 'pro' : 'free' },
      }
    : {
        type: 'track',
        event: isOrder ? 'Order Completed' : isLast ? 'Product Added' : 'Product Viewed',
        properties: { product_id: `sku-${number % 500}`, total: isOrder ? 10 + (person % 90) : null, currency: 'USD' },
      }
  const event: unknown = {
    messageId: `shop-${number}`,
    userId,
    ...content,
    context: {
      library: { name: 'analytics.js', version: 'next-1.70.0' },
      locale: 'en-US',
      page: { path: `/p/${number % 500}` },
    },
    integrations: {},
    timestamp: at,
    originalTimestamp: at,
    sentAt: at,
    receivedAt: at,
    channel: 'server',
    version: 2,
  }
  return event as NormalisedEvent
}
