/** Ingest alone and beside the Public API, by turns, with one server. */
import type { ApiPlan, ApiResult } from './api-load.ts'
import type { Subjects } from './api-requests.ts'
import { start } from './child.ts'
import type { LoadResult } from './load.ts'
import { type Product, startProduct, temporaryDirectory } from './product.ts'

/** What the issue asks for. */
const READS_PER_SECOND = 200
const WRITES_PER_SECOND = 20
const LISTENERS = 20
/** Seconds by which the API is used for longer than events are sent: until their program runs. */
const LONGER_SECONDS = 1

/** People and events that there are before, so that there is something to read. */
const PEOPLE = 1_000
const EVENTS = 5_000

export interface Round {
  readonly alone: LoadResult
  readonly api: LoadResult & { readonly ofApi: ApiResult }
  readonly live: LoadResult & { readonly ofApi: ApiResult }
}

/**
 * @param ingest sends events for `seconds` at the rate that is looked at
 * @param send sends events to the source whose events are delivered
 */
export async function besideApi(options: {
  readonly rounds: number
  readonly seconds: number
  readonly ingest: (product: Product) => Promise<LoadResult>
  readonly send: (product: Product, plan: { events: number; users: number }) => Promise<unknown>
}): Promise<readonly Round[]> {
  await using sink = await start<{ port: number }>('sink.ts', [String(Number.MAX_SAFE_INTEGER), '0'])
  await using product = await startProduct({ directory: temporaryDirectory(), sinkPort: sink.ready.port })
  const audienceId = await product.makeAudience('Clicked', "event('Button Clicked').count() >= 1", 'extole')
  const nothing = { query: "event('Nothing').count() >= 1" }
  const { audience: spare } = (await product.call('POST', `/api/spaces/${product.quickstart.spaceId}/audiences`, {
    name: 'Nobody',
    definition: nothing,
    options: { includeHistoricalData: false },
  })) as unknown as { audience: { id: string } }
  await options.send(product, { events: EVENTS, users: PEOPLE })
  await everythingDelivered(product)
  const subjects = await subjectsOf(product, audienceId, spare.id)
  const beside = async (load: Pick<ApiPlan, 'readsPerSecond' | 'writesPerSecond' | 'listeners'>) => {
    const seconds = options.seconds + LONGER_SECONDS
    const token = product.quickstart.publicApiToken
    const plan: ApiPlan = { ...load, port: product.port, token, seconds, subjects }
    await using program = await start('api-load.ts', [JSON.stringify(plan)])
    const [result, ofApi] = await Promise.all([options.ingest(product), program.line<ApiResult>()])
    return { ...result, ofApi }
  }
  const rounds: Round[] = []
  // The programs under test are compiled before anything is measured.
  await beside({ readsPerSecond: READS_PER_SECOND, writesPerSecond: WRITES_PER_SECOND, listeners: 0 })
  for (let round = 0; round < options.rounds; round += 1) {
    rounds.push({
      alone: await options.ingest(product),
      api: await beside({ readsPerSecond: READS_PER_SECOND, writesPerSecond: WRITES_PER_SECOND, listeners: 0 }),
      live: await beside({ readsPerSecond: 0, writesPerSecond: 0, listeners: LISTENERS }),
    })
  }
  return rounds
}

async function everythingDelivered({ call }: Product): Promise<void> {
  for (;;) {
    const pending = (await call('GET', '/api/ledger?state=pending&pagination.count=1')) as unknown as Ledger
    const { log } = (await call('GET', '/api/status')) as unknown as { log: { behind: number } }
    if (log.behind === 0 && pending.deliveries.length === 0) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

interface Ledger {
  readonly deliveries: readonly { readonly id: string }[]
}

async function subjectsOf(
  { call, quickstart }: Product,
  audienceId: string,
  spareAudienceId: string,
): Promise<Subjects> {
  const { deliveries } = (await call(
    'GET',
    `/api/ledger?destinationId=${quickstart.destinationId}&pagination.count=200`,
  )) as unknown as Ledger
  const userIds = Array.from({ length: PEOPLE }, (_, number) => `user-${number}`)
  const messageIds: string[] = []
  for (const userId of userIds.slice(0, 20)) {
    const profile = `/v1/spaces/${quickstart.spaceId}/collections/users/profiles/user_id:${userId}`
    const events = (await call('GET', `${profile}/events?limit=1`)) as unknown as { message_id: string }[]
    messageIds.push(...events.map(({ message_id }) => message_id))
  }
  return {
    spaceId: quickstart.spaceId,
    sourceId: quickstart.sources[0]?.id ?? '',
    destinationId: quickstart.destinationId,
    spaceDestinationId: quickstart.destinations.find(({ sourceId }) => sourceId === quickstart.spaceId)?.id ?? '',
    audienceId,
    spareAudienceId,
    deliveryIds: deliveries.map(({ id }) => id),
    messageIds,
    userIds,
  }
}
