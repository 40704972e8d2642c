/**
 * Puts a history into the data directory of a server that does not run, as if it had worked it through: its log, who its
 * people are, which messages it knows, and how many its source sent. Routings and deliveries of so long ago are not kept by
 * a server either; what was counted of destinations is left out, as if they had been connected afterwards.
 */
import { join } from 'node:path'
import { hashKey, MIGRATIONS, openState, workspaceOf } from '../../src/app/state.ts'
import type { AcceptedRecord } from '../../src/connections/accepted.ts'
import { createKeyedHash } from '../../src/connections/index.ts'
import { People } from '../../src/connections/people.ts'
import { SqliteLog } from '../../src/log/index.ts'
import { systemClock, systemRandom } from '../../src/ports/index.ts'
import type { NormalisedEvent } from '../../src/spec/index.ts'
import { migrate, type PipelineStep } from '../../src/state/index.ts'
import { loadSnapshot, openSecrets } from '../../src/workspace/index.ts'

const APPEND_EVENTS = 2_000
const COMMIT_EVENTS = 20_000
/** As the setting's default. */
const DEDUP_DAYS = 30
const MS_PER_DAY = 86_400_000

export interface LoadOptions {
  readonly directory: string
  readonly sourceId: string
  readonly events: Iterable<NormalisedEvent>
  readonly total: number
  readonly onProgress: (done: number) => void
}

export async function loadHistory({ directory, sourceId, events, total, onProgress }: LoadOptions): Promise<void> {
  const onFatal = (problem: unknown) => {
    throw new Error(String(problem))
  }
  await using parts = new AsyncDisposableStack()
  const log = parts.use(await SqliteLog.open({ directory: join(directory, 'log'), clock: systemClock, onFatal }))
  const { db, pipeline: state } = await openState({
    directory,
    url: undefined,
    asyncStandbyAllowed: false,
    readOnly: false,
    onConnectionError: onFatal,
  })
  parts.defer(() => db.close())
  await migrate(db, MIGRATIONS)
  const secrets = openSecrets({ directory, fromEnvironment: undefined, mayCreate: false, random: systemRandom })
  const hash = createKeyedHash(await hashKey(db, secrets))
  const config = await loadSnapshot(workspaceOf(db).read, secrets)
  const ports = { state: state.people, accepted: state, deliveries: state, hash, log: log.reader, clock: systemClock }
  const people = new People(ports, 0)
  await people.start()
  people.configure(config.spaces, config.destinations)
  const dedupFromMs = systemClock.nowMs() - DEDUP_DAYS * MS_PER_DAY

  let offset = await state.offset()
  let done = 0
  const commit = async (some: readonly AcceptedRecord[], to: number) => {
    const accepted = some.flatMap(({ record, event }) => {
      const receivedMs = Date.parse(event.receivedAt)
      if (receivedMs < dedupFromMs) return []
      const key = hash.message(sourceId, event.messageId)
      return [{ day: Math.floor(receivedMs / MS_PER_DAY), key, position: record.position }]
    })
    // Later events of somebody add to the newest ones of a profile and to nothing else while there are no definitions.
    const unify = await people.prepare(
      some.filter(({ event }) => event.type === 'identify'),
      [],
      [],
      null,
      offset,
    )
    const step: PipelineStep = {
      processed: {
        from: offset,
        to,
        accepted,
        routings: [],
        deliveries: [],
        cancelLanes: [],
        tombstones: [],
        regulations: [],
        regulationTasks: [],
      },
      ...(unify === undefined ? {} : { unify }),
      updates: [],
      counts: ['received', 'accepted'].map((name) => ({ scope: 'source', id: sourceId, name, by: some.length })),
      runtimes: [],
    }
    await state.commit(step)
    if (unify !== undefined) people.committed(unify)
    offset = to
  }

  let group: AcceptedRecord[] = []
  for (const page of pagesOf(events, APPEND_EVENTS)) {
    const bodies = page.map((event) => ({ ...event, projectId: sourceId }) as NormalisedEvent)
    const records = bodies.map((event) => ({
      kind: 'event' as const,
      sourceId,
      body: Buffer.from(JSON.stringify(event)),
    }))
    const { firstPosition, lastPosition } = await log.append(records)
    for (const [at, event] of bodies.entries())
      group.push({ record: { kind: 'event', sourceId, position: firstPosition + at, body: '' }, event, unroutedTo: [] })
    done += page.length
    if (group.length < COMMIT_EVENTS && done < total) continue
    await commit(group, lastPosition)
    group = []
    onProgress(done)
  }
}

function* pagesOf<T>(all: Iterable<T>, size: number): Generator<T[]> {
  let page: T[] = []
  for (const each of all) {
    page.push(each)
    if (page.length < size) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}
