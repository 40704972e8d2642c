/** What came under a messageId and was not accepted: read from the end of the log, for it has no row anywhere. */
import type { NormalisedEvent, RejectedReport } from '../spec/index.ts'
import type { ApiDeps } from './deps.ts'

/** Records looked at, from the end of the log. */
export const UNACCEPTED_RECORDS_MAX = 20_000
const PAGE = 1_000

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
  deps: Pick<ApiDeps, 'log' | 'clock'>,
  messageId: string,
  accepted: readonly number[],
  processedTo: number,
): Promise<readonly Unaccepted[]> {
  const { reader } = deps.log
  const first = Math.max(reader.start() - 1, reader.end() - UNACCEPTED_RECORDS_MAX, 0)
  const found: Unaccepted[] = []
  // As JSON has it. A sample in a report is JSON inside of JSON.
  const quoted = JSON.stringify(messageId)
  const twice = JSON.stringify(quoted).slice(1, -1)
  for (let after = first; after < reader.end(); ) {
    const records = reader.read(after, PAGE)
    for (const { kind, position, sourceId, body } of records) {
      if (kind === 'rejected' && body.includes(twice)) {
        const { receivedAt, samples } = JSON.parse(body) as RejectedReport
        for (const { reason, event } of samples) {
          if (!event.includes(quoted)) continue
          found.push({ position, sourceId, receivedAt, became: 'rejected', why: `It was refused: ${reason}.` })
        }
      } else if (kind === 'event' && !accepted.includes(position) && body.includes(quoted)) {
        const event = JSON.parse(body) as NormalisedEvent
        if (event.messageId !== messageId) continue
        const became = position > processedTo ? 'waiting' : accepted.length > 0 ? 'duplicate' : 'suppressed'
        found.push({ position, sourceId, receivedAt: event.receivedAt, became, why: WHY[became] })
      }
    }
    after = records.at(-1)?.position ?? reader.end()
    await deps.clock.turn()
  }
  return found
}

const WHY = {
  duplicate: 'An event with this messageId was accepted before.',
  suppressed: 'The person had asked to be forgotten.',
  waiting: 'It is in the log and was not worked through yet.',
} as const
