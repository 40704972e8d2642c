/** Reads history for leaves that a space has not kept until now: a page of the log, without what never counted. */
import type { Plans } from '../engage/index.ts'
import type { LogReader, StoredRecord } from '../log/index.ts'
import { type NormalisedEvent, userKeyOf } from '../spec/index.ts'
import type { PipelineState } from '../state/index.ts'
import { type CompiledRules, readEvent, type StepRecord } from '../unify/index.ts'
import type { KeyedHash } from './keyed-hash.ts'
import type { PeopleRun } from './people-run.ts'

/** Records read at once. */
const PAGE_RECORDS = 1_000
/** In one step so many records are looked at, or one page more than it takes to find so many that a leaf may take. */
export const HISTORY_RECORDS_MAX = 5_000
export const HISTORY_FOUND_MAX = 500

export interface HistoryPorts {
  readonly log: Pick<LogReader, 'read' | 'start'>
  /** What was accepted, and who is forgotten. */
  readonly accepted: Pick<PipelineState, 'firstPositions' | 'tombstones'>
  readonly hash: KeyedHash
}

export interface PastRecord extends StepRecord {
  /** Engine time when it arrived, Unix milliseconds. */
  readonly arrivedMs: number
}

export interface HistoryPage {
  /** Those that a leaf takes, in order. */
  readonly records: readonly PastRecord[]
  /** The run after it. */
  readonly run: PeopleRun
  readonly isLast: boolean
}

/** @param plans of the space: their filling leaves are those asked for */
export async function readHistory(
  ports: HistoryPorts,
  run: PeopleRun,
  plans: Plans,
  sourceIds: ReadonlySet<string>,
  rules: CompiledRules,
): Promise<HistoryPage> {
  const names = new Set(
    [plans.users, plans.accounts].flatMap(({ leavesByEvent, filling }) =>
      [...leavesByEvent].flatMap(([name, leaves]) => (leaves.some(({ key }) => filling.has(key)) ? [name] : [])),
    ),
  )
  let { cursor, engineMs } = run
  const lastCursor = Math.min(run.untilPosition, cursor + HISTORY_RECORDS_MAX)
  const found: { record: StoredRecord; event: NormalisedEvent; arrivedMs: number }[] = []
  while (cursor < lastCursor && found.length < HISTORY_FOUND_MAX) {
    const page = ports.log.read(cursor, Math.min(PAGE_RECORDS, lastCursor - cursor))
    // What was trimmed meanwhile is over.
    cursor = page.at(-1)?.position ?? run.untilPosition
    for (const record of page) {
      if (record.position > run.untilPosition) break
      if (record.kind !== 'event' || !sourceIds.has(record.sourceId)) continue
      const event = JSON.parse(record.body) as NormalisedEvent
      engineMs = Math.max(engineMs, Date.parse(event.receivedAt))
      if (event.type === 'track' && names.has(event.event ?? '')) found.push({ record, event, arrivedMs: engineMs })
    }
  }
  const keys = found.map(({ record, event }) => ({ day: 0, key: ports.hash.message(record.sourceId, event.messageId) }))
  const first = await ports.accepted.firstPositions(keys)
  const tombstones = await ports.accepted.tombstones(found.map(({ event }) => ports.hash.lane(userKeyOf(event))))
  const records = found.flatMap(({ record: { position, sourceId }, event, arrivedMs }, at): PastRecord[] => {
    // A repeat was none when it arrived. Beyond the days of deduplication nobody knows.
    if ((first[at] ?? position) !== position) return []
    const erasedBeforeMs = tombstones[at] ?? null
    if (erasedBeforeMs !== null && Date.parse(event.timestamp) < erasedBeforeMs) return []
    return [{ position, sourceId, event, read: readEvent(event, rules), arrivedMs }]
  })
  const isLast = cursor >= run.untilPosition
  const done = run.total - Math.max(0, run.untilPosition - cursor)
  return { records, run: { ...run, cursor, done, engineMs }, isLast }
}
