/** `grapevine audience sync`, `reconcile`, `undo` and `cancel`: runs that tell destinations of everybody, followed to their end. */
import { setTimeout as wait } from 'node:timers/promises'
import { type ComputationOptions, findComputation, type Noun, ONE, openComputations } from './computations.ts'
import { print, printable, printJson } from './output.ts'

export interface SyncOptions extends ComputationOptions {
  readonly destination?: readonly string[]
  readonly dryRun?: boolean
}

interface Sync {
  readonly id: string
  readonly done: number
  readonly told: number
  readonly total: number
  readonly expectedAt?: string | null
}

export interface Drift {
  readonly profiles: number
  readonly drifted: number
  readonly destinations: readonly {
    readonly destinationId: string
    readonly neverTold: number
    readonly differs: number
    readonly undelivered: number
  }[]
}

export interface Undo {
  readonly run: { readonly what: keyof typeof RUNS; readonly startedAt: string; readonly told: number }
  readonly takesBack: number
  readonly same: number
  readonly changedSince: number
}

/** Between two looks at a sync, in milliseconds. */
const LOOK_MS = 500

/** Starts it and follows it to its end. */
export async function syncCommand(noun: Noun, id: string, options: SyncOptions): Promise<void> {
  const { server, path, all } = await openComputations(noun, options)
  const at = `${path}/${findComputation(noun, all, id).id}`
  const started = (await server.call('POST', `${at}/sync`, bodyOf(options))) as unknown as { sync: Sync }
  await follow(noun, () => server.call('GET', at), started.sync, options)
  if (options.json === true) return printJson({ ...started.sync, status: 'FINISHED', done: started.sync.total })
  print(`All ${started.sync.total} are on their way.`)
}

/** Says who drifted, then tells them and nobody else. */
export async function reconcileCommand(noun: Noun, id: string, options: SyncOptions): Promise<void> {
  const { server, path, all } = await openComputations(noun, options)
  const at = `${path}/${findComputation(noun, all, id).id}`
  const body = { ...bodyOf(options), dryRun: options.dryRun === true }
  const answer = (await server.call('POST', `${at}/reconcile`, body)) as unknown as { drift: Drift; sync?: Sync }
  const { drift, sync } = answer
  if (options.json !== true) for (const line of driftLines(drift)) print(line)
  if (sync !== undefined) await follow(noun, () => server.call('GET', at), sync, options)
  if (options.json === true)
    return printJson(sync === undefined ? { drift } : { drift, sync: { ...sync, status: 'FINISHED' } })
  if (sync !== undefined) print('What holds is on its way to them.')
}

/** Tells destinations what they had been told before the last run. */
export async function undoCommand(noun: Noun, id: string, options: SyncOptions): Promise<void> {
  const { server, path, all } = await openComputations(noun, options)
  const at = `${path}/${findComputation(noun, all, id).id}`
  const body = { dryRun: options.dryRun === true }
  const answer = (await server.call('POST', `${at}/undo`, body)) as unknown as { undo: Undo; sync?: Sync }
  const { undo, sync } = answer
  if (options.json !== true) for (const line of undoLines(undo)) print(line)
  if (sync !== undefined) await follow(noun, () => server.call('GET', at), sync, options)
  if (options.json === true)
    return printJson(sync === undefined ? { undo } : { undo, sync: { ...sync, status: 'FINISHED' } })
  if (sync !== undefined) print('What they were told before is on its way.')
}

export function undoLines({ run, takesBack, same, changedSince }: Undo): readonly string[] {
  return [
    `The last run, ${RUNS[run.what]} of ${run.startedAt}, told of ${run.told} ${run.told === 1 ? 'profile' : 'profiles'}.`,
    `  ${takesBack} ${takesBack === 1 ? 'is' : 'are'} taken back`,
    ...(same === 0 ? [] : [`  ${same} told nothing new: left as it is`]),
    ...(changedSince === 0 ? [] : [`  ${changedSince} changed since: left as it is`]),
  ]
}

const RUNS = {
  sync: 'a sync',
  reconcile: 'a reconcile',
  exits: 'exits',
  definition: 'a change of the definition',
} as const

export async function cancelCommand(noun: Noun, id: string, options: ComputationOptions): Promise<void> {
  const { server, path, all } = await openComputations(noun, options)
  const shown = findComputation(noun, all, id)
  const data = (await server.call('GET', `${path}/${shown.id}`)) as unknown as Record<
    string,
    { syncs: readonly Sync[] }
  >
  const syncs = data[ONE[noun]]?.syncs ?? []
  for (const sync of syncs) await server.call('POST', `${path}/${shown.id}/syncs/${sync.id}/cancel`)
  if (options.json === true) return printJson(syncs.map((each) => ({ ...each, status: 'CANCELLED' })))
  if (syncs.length === 0) print(`No sync of ${printable(shown.name)} is under way.`)
  for (const { done, total } of syncs) print(`Cancelled after ${done} of ${total}. What was told is told.`)
}

export function driftLines({ profiles, drifted, destinations }: Drift): readonly string[] {
  const head = `${drifted} of ${profiles} ${profiles === 1 ? 'profile' : 'profiles'} drifted.`
  const lines = destinations.map(({ destinationId, neverTold, differs, undelivered }) => {
    const parts = [
      [neverTold, 'never told'],
      [differs, 'told something else'],
      [undelivered, 'told what was not delivered'],
    ] as const
    const some = parts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]))
    return `  ${destinationId}: ${some.length === 0 ? 'knows what holds' : some.join(', ')}`
  })
  return [head, ...lines]
}

async function follow(
  noun: Noun,
  look: () => Promise<unknown>,
  { id }: Sync,
  { json }: ComputationOptions,
): Promise<void> {
  for (;;) {
    const data = (await look()) as Record<string, { syncs: readonly Sync[] }>
    const sync = data[ONE[noun]]?.syncs.find((each) => each.id === id)
    if (sync === undefined) return
    const { done, total, expectedAt = null } = sync
    const leftMs = expectedAt === null ? null : Math.max(0, Date.parse(expectedAt) - Date.now())
    if (json !== true)
      print(`${done} of ${total} looked at${leftMs === null ? '' : `, about ${Math.ceil(leftMs / 1_000)} s left`}`)
    await wait(LOOK_MS)
  }
}

const bodyOf = ({ destination }: SyncOptions) => (destination === undefined ? {} : { destinationIds: destination })
