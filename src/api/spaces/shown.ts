/** An audience or computed trait as answers have it (segment contract 8.3), and beside what Segment says: syncs and progress. */
import type { RunProgress } from '../../connections/index.ts'
import type { Computation, Space } from '../../workspace/index.ts'
import type * as answers from '../answers/computations.ts'
import type { ApiDeps } from '../deps.ts'
import { isUnderWay, statusOf } from './computation-status.ts'
import { COLLECTIONS } from './lookup.ts'

export const SYNC_KINDS = { current: 'SYNC', drifted: 'RECONCILE', exit: 'EXITS', before: 'UNDO' } as const

export async function toShown(deps: ApiDeps, space: Space, computation: Computation): Promise<answers.Computation> {
  const { id, spaceId, name, key, description, query, enabled, activations } = computation
  const { computing, telling } = await deps.status()
  const run = computing.find((each) => each.space === space.number)
  const isOn = [...deps.config().destinations.values()].filter((each) => each.enabled)
  const status = statusOf(computation, run, new Set(isOn.map((each) => each.id)))
  const isAudience = computation.definition.kind === 'audience'
  const type = computation.level === 'accounts' ? 'ACCOUNTS' : 'USERS'
  return {
    id,
    spaceId,
    name,
    key,
    description,
    enabled,
    definition: { query, type },
    ...(isAudience ? { audienceType: type } : {}),
    status,
    ...(run !== undefined && isUnderWay(status) ? { progress: toProgress(run) } : {}),
    // Never in batches: what changes is told as it happens.
    computeCadence: { type: 'REALTIME' },
    size: { count: await deps.state.people.memberCount(computation.number), type },
    options: optionsOf(computation),
    destinationConnections: activations.map(({ idSync, occasions: _, ...rest }) => ({
      ...rest,
      ...(idSync === undefined ? {} : { idSyncConfiguration: idSync }),
    })),
    syncs: telling
      .filter(({ computation: number }) => number === computation.number)
      .map(({ id: syncId, value, done, told, total, etaMs, destinationIds }) => ({
        id: syncId,
        kind: SYNC_KINDS[value],
        status: 'RUNNING',
        done,
        told,
        total,
        expectedAt: etaMs === null ? null : new Date(etaMs).toISOString(),
        destinationIds,
      })),
    createdBy: computation.createdBy,
    updatedBy: computation.updatedBy,
    createdAt: new Date(computation.createdAtMs).toISOString(),
    updatedAt: new Date(computation.updatedAtMs).toISOString(),
  }
}

function optionsOf({ definition: { kind }, ...options }: Computation) {
  const { lookBack } = COLLECTIONS[kind === 'audience' ? 'audiences' : 'computed-traits']
  return {
    includeAnonymousUsers: options.includesAnonymous,
    includeHistoricalData: options.includesHistory ?? true,
    ...(options.externalIdTypes === undefined ? {} : { filterByExternalIds: options.externalIdTypes }),
    ...(options.lookBackDays === undefined ? {} : { [lookBack]: options.lookBackDays }),
    ...(options.countsFromMs === undefined ? {} : { countsFrom: new Date(options.countsFromMs).toISOString() }),
  }
}

const toProgress = ({ phase, done, total, startedAtMs, etaMs }: RunProgress) => ({
  phase,
  done,
  total,
  startedAt: new Date(startedAtMs).toISOString(),
  expectedAt: etaMs === null ? null : new Date(etaMs).toISOString(),
})
