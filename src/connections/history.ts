/** Reads history for leaves that a space has not kept until now: a page of the log, without what never counted. */
import type { Plans } from '../engage/index.ts'
import type { LogReader, StoredRecord } from '../log/index.ts'
import { type NormalisedEvent, userKeyOf } from '../spec/index.ts'
import type { PipelineState } from '../state/index.ts'
import { type CompiledRules, readEvent, type StepRecord } from '../unify/index.ts'
import type { KeyedHash } from './keyed-hash.ts'
import type { PeopleRun } from './people-run.ts'

/** Records looked at in one step. */
export const HISTORY_RECORDS = 500

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
  const read = ports.log.read(run.cursor, HISTORY_RECORDS).filter(({ position }) => position <= run.untilPosition)
  const names = new Set(
    [plans.users, plans.accounts].flatMap(({ leavesByEvent, filling }) =>
      [...leavesByEvent].flatMap(([name, leaves]) => (leaves.some(({ key }) => filling.has(key)) ? [name] : [])),
    ),
  )
  let engineMs = run.engineMs
  const found: { record: StoredRecord; event: NormalisedEvent; arrivedMs: number }[] = []
  for (const record of read) {
    if (record.kind !== 'event' || !sourceIds.has(record.sourceId)) continue
    const event = JSON.parse(record.body) as NormalisedEvent
    engineMs = Math.max(engineMs, Date.parse(event.receivedAt))
    if (event.type === 'track' && names.has(event.event ?? '')) found.push({ record, event, arrivedMs: engineMs })
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
  const cursor = read.at(-1)?.position ?? run.untilPosition
  const isLast = cursor >= run.untilPosition
  const done = run.total - (run.untilPosition - cursor)
  return { records, run: { ...run, cursor, done, engineMs }, isLast }
}
