import type { Kysely } from 'kysely'
import { listComputations } from './computations.ts'
import { listDeletedComputations } from './deleted-computations.ts'
import { toDestination } from './destinations.ts'
import { listEndings } from './endings.ts'
import { toFilter } from './filters.ts'
import { labelsBySource } from './labels.ts'
import type { Secrets } from './secrets.ts'
import { listSpaceFilters } from './space-filters.ts'
import { listSpaces } from './spaces.ts'
import { toSubscription } from './subscriptions.ts'
import type { WorkspaceTables } from './tables.ts'
import type { ConfigSnapshot, DestinationInstance, Source } from './types.ts'

type Tx = Kysely<WorkspaceTables>

/** A change lands between the reads that often only when something writes without pause. */
const ATTEMPTS_MAX = 20

/** Grows by one with every change of the configuration. */
export async function loadConfigVersion(read: Tx): Promise<number> {
  const { version } = await read.selectFrom('config_version').select('version').executeTakeFirstOrThrow()
  return version
}

/**
 * One consistent view: read again whenever a change came in between. Settings are decrypted.
 * @throws SecretError when a setting does not open
 */
export async function loadSnapshot(read: Tx, secrets: Pick<Secrets, 'open'>): Promise<ConfigSnapshot> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const version = await loadConfigVersion(read)
    const snapshot = await loadAt(read, secrets, version)
    if ((await loadConfigVersion(read)) === version) return snapshot
  }
  throw new Error('the configuration changed during every attempt to read it')
}

async function loadAt(read: Tx, secrets: Pick<Secrets, 'open'>, version: number): Promise<ConfigSnapshot> {
  const sourceRows = await read.selectFrom('sources').selectAll().orderBy('created_at_ms').orderBy('id').execute()
  const keyRows = await read
    .selectFrom('write_keys')
    .select(['key', 'source_id'])
    .where('revoked_at_ms', 'is', null)
    .orderBy('number')
    .execute()
  const destinationRows = await read.selectFrom('destinations').selectAll().orderBy('number').execute()
  const subscriptionRows = await read.selectFrom('subscriptions').selectAll().orderBy('number').execute()

  const filterRows = await read.selectFrom('destination_filters').selectAll().orderBy('number').execute()

  const keys = Map.groupBy(keyRows, (row) => row.source_id)
  const labels = await labelsBySource(read)
  const sources = new Map<string, Source>()
  for (const { id, slug, name, kind, enabled } of sourceRows) {
    const writeKeys = (keys.get(id) ?? []).map(({ key }) => key)
    const onIt = labels.get(id)
    const labelled = onIt === undefined ? {} : { labels: onIt }
    sources.set(id, { id, slug, name, kind, enabled: enabled === 1, writeKeys, ...labelled })
  }
  const subscriptions = Map.groupBy(subscriptionRows, (row) => row.destination_id)
  const filters = Map.groupBy(filterRows, (row) => row.destination_id)
  const instances = destinationRows.map(
    (row): DestinationInstance =>
      toDestination(
        row,
        {
          subscriptions: (subscriptions.get(row.id) ?? []).map(toSubscription),
          filters: (filters.get(row.id) ?? []).map(toFilter),
        },
        secrets,
      ),
  )
  const computations = Map.groupBy(await listComputations(read), (each) => each.spaceId)
  const endings = await listEndings(read)
  const deleted = await listDeletedComputations(read)
  const spaceFilters = await listSpaceFilters(read)
  const spaces = (await listSpaces(read)).map(({ id, number, sourceIds, rules }) => ({
    id,
    number,
    sourceIds: new Set(sourceIds),
    ...(rules === undefined ? {} : { rules }),
    ...(spaceFilters.has(id) ? { filters: spaceFilters.get(id) ?? [] } : {}),
    computations: (computations.get(id) ?? []).filter(({ enabled }) => enabled),
    endings: endings.get(id) ?? [],
    ...(deleted.has(id) ? { deleted: deleted.get(id) ?? [] } : {}),
  }))
  return {
    version,
    spaces,
    sources,
    destinations: new Map(instances.map((instance) => [instance.id, instance])),
    destinationsBySource: Map.groupBy(instances, (instance) => instance.sourceId),
  }
}
