/** What came under a messageId and was not accepted: it has no row anywhere, so the log is asked for it. */
import type { LogFinder } from '../log/index.ts'
import type { NormalisedEvent, RejectedReport } from '../spec/index.ts'
import type { Unaccepted } from './answers/deliveries.ts'

/** @param accepted positions of the events that were accepted under this messageId */
export function unacceptedWith(
  log: LogFinder,
  messageId: string,
  accepted: readonly number[],
  processedTo: number,
): readonly Unaccepted[] {
  // As JSON has it.
  const quoted = JSON.stringify(messageId)
  return log.withMessageId(messageId).flatMap(({ kind, position, sourceId, body }): Unaccepted[] => {
    if (accepted.includes(position)) return []
    if (kind === 'rejected') {
      const { receivedAt, samples } = JSON.parse(body) as RejectedReport
      return samples
        .filter(({ event }) => event.includes(quoted))
        .map(({ reason }) => ({
          position,
          sourceId,
          receivedAt,
          became: 'rejected',
          why: `It was refused (${reason}): it ${REFUSED[reason] ?? 'is not an event as it must be'}.`,
        }))
    }
    const { receivedAt } = JSON.parse(body) as NormalisedEvent
    const became = position > processedTo ? 'waiting' : accepted.length > 0 ? 'duplicate' : 'suppressed'
    return [{ position, sourceId, receivedAt, became, why: WHY[became] }]
  })
}

const WHY = {
  duplicate: 'An event with this messageId was accepted before.',
  suppressed: 'The person had asked to be forgotten.',
  waiting: 'It is in the log and was not worked through yet.',
} as const

/** In the words of the page on the Tracking API. */
const REFUSED: Readonly<Record<string, string>> = {
  bad_request: 'is not an object, or its type is missing or unknown',
  no_user_anon_id: 'has neither userId nor anonymousId',
  id_not_string: 'has an id that is empty or not a string',
  id_too_long: 'has an id longer than 500 characters',
  event_not_defined: 'is a track without event',
  event_not_string: 'is a track whose event is not a string',
  properties_not_object: 'has properties that are not an object',
  traits_not_object: 'has traits that are not an object',
  name_not_string: 'is a page or screen whose name is not a string',
  category_not_string: 'is a page or screen whose category is not a string',
  event_too_large: 'is larger than 32 KB',
  batch_overflow: 'came after the last of its batch that is taken',
  message_id_invalid: 'has a messageId that is empty, not a string or longer than 100 characters',
  too_deep: 'is nested deeper than 32 levels',
}
