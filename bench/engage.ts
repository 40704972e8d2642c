/**
 * Live evaluation: the product's own profiles, computed traits and audiences on its SQLite state, without a server, a log
 * or a network around them. 50 definitions, of which an event touches 5. Argument: `EngagePlan`.
 */
import { createKeyedHash } from '../src/connections/index.ts'
import { People } from '../src/connections/people.ts'
import { systemClock } from '../src/ports/index.ts'
import { migrate, openSqliteState, pipelineMigrations, SqlitePipelineState } from '../src/state/index.ts'
import { computations } from './engage-definitions.ts'
import { type EngagePlan, type LoadEvent, measure, SOURCE } from './engage-load.ts'

const plan = JSON.parse(process.argv[2] ?? '{}') as EngagePlan
const SPACE = 'spa_bench'
const db = openSqliteState({ file: plan.file })
await migrate(db, pipelineMigrations)
const state = new SqlitePipelineState(db)
const people = new People(
  {
    state: state.people,
    accepted: state,
    hash: createKeyedHash(Buffer.alloc(32, 1)),
    deliveries: state,
    log: { read: () => [], start: () => 1, get: () => undefined },
    clock: systemClock,
  },
  0,
)
await people.start()
people.configure(
  [{ id: SPACE, number: 1, sourceIds: new Set([SOURCE]), computations }],
  new Map([['dst_bench', { number: 1, enabled: true }]]),
)

let offset = 0
async function step(events: readonly LoadEvent[], ticks: readonly number[] = []): Promise<void> {
  const accepted = events.map(({ position, event }) => ({
    record: { position, kind: 'event' as const, sourceId: SOURCE, body: '' },
    event,
  }))
  const unify = await people.prepare(accepted, ticks, [], null, offset)
  offset = events.at(-1)?.position ?? offset
  if (unify === undefined) return
  await state.commit({ unify, updates: [], counts: [], runtimes: [] })
  people.committed(unify)
  // As if the log had it at once: that is not measured here.
  const last = unify.outbox.at(-1)
  if (last !== undefined) void people.appended(last.number)
}

// What is new is looked for in the history, of which there is none, and told when engine time has come up to now.
for (let turns = 0; people.hasWork && turns < 100; turns++) await step([], [systemClock.nowMs()])
if (people.hasWork) throw new Error('the definitions are not worked out')
console.log(JSON.stringify({ ready: true }))
console.log(JSON.stringify(await measure(plan, step)))
await db.close()
