/** What came under a messageId and was not accepted: read from the end of the log, for it has no row anywhere. */
import type { NormalisedEvent, RejectedReport } from '../spec/index.ts'
import type { ApiDeps } from './deps.ts'
import type { LatestMessages } from './latest-messages.ts'

export interface Unaccepted {
  readonly position: number
  readonly sourceId: string
  readonly receivedAt: string
  /** `waiting`: not worked through yet. */
  readonly became: 'rejected' | 'duplicate' | 'suppressed' | 'waiting'
  /** For people. */
  readonly why: string
}

/** @param accepted positions of the events that were accepted under this messageId */
export async function unacceptedWith(
  latest: LatestMessages,
  { log: { reader } }: Pick<ApiDeps, 'log'>,
  messageId: string,
  accepted: readonly number[],
  processedTo: number,
): Promise<readonly Unaccepted[]> {
  // As JSON has it.
  const quoted = JSON.stringify(messageId)
  return (await latest.positionsOf(messageId)).flatMap((position): Unaccepted[] => {
    const record = accepted.includes(position) ? undefined : reader.get(position)
    if (record === undefined) return []
    const { sourceId } = record
    if (record.kind === 'rejected') {
      const { receivedAt, samples } = JSON.parse(record.body) as RejectedReport
      return samples
        .filter(({ event }) => event.includes(quoted))
        .map(({ reason }) => ({
          position,
          sourceId,
          receivedAt,
          became: 'rejected',
          why: `It was refused: ${reason}.`,
        }))
    }
    const { receivedAt } = JSON.parse(record.body) as NormalisedEvent
    const became = position > processedTo ? 'waiting' : accepted.length > 0 ? 'duplicate' : 'suppressed'
    return [{ position, sourceId, receivedAt, became, why: WHY[became] }]
  })
}

const WHY = {
  duplicate: 'An event with this messageId was accepted before.',
  suppressed: 'The person had asked to be forgotten.',
  waiting: 'It is in the log and was not worked through yet.',
} as const
