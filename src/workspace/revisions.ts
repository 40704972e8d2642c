/**
 * What a thing is now, in one short word: who changes it can say which state of it they have seen, and is refused when
 * it is another by then. The same is worked out where things are shown and, in the transaction of a change, from the tables.
 */
import type { Kysely } from 'kysely'
import { type Group, listGroups } from './accounts/groups.ts'
import { type Computation, listComputations } from './computations.ts'
import { WorkspaceError } from './errors.ts'
import type { Secrets } from './secrets.ts'
import { loadSnapshot } from './snapshot.ts'
import { listSpaces, type Space } from './spaces.ts'
import type { WorkspaceTables } from './tables.ts'
import type { ConfigSnapshot } from './types.ts'

/** What can be changed. `of` is the destination or space that it is a part of. */
export type Thing =
  | {
      readonly kind: 'source' | 'destination' | 'space' | 'identity_rules' | 'space_filter' | 'group'
      readonly id: string
    }
  | { readonly kind: 'subscription' | 'filter' | 'computation'; readonly of: string; readonly id: string }

/** What somebody has seen of it; `any` for whatever it is. */
export interface Precondition {
  readonly thing: Thing
  readonly revisions: readonly string[] | 'any'
}

/** Where things are looked up. */
export interface Holdings {
  config(): ConfigSnapshot | Promise<ConfigSnapshot>
  spaces(): Promise<readonly Space[]>
  computations(spaceId: string): Promise<readonly Computation[]>
  groups(): Promise<readonly Group[]>
}

/** Tells texts apart and nothing about them: settings are among them. */
export type Digest = (text: string) => string

/** Undefined for what is not there. */
export async function revisionOf(thing: Thing, holdings: Holdings, digest: Digest): Promise<string | undefined> {
  const found = await find(thing, holdings)
  return found === undefined ? undefined : digest(JSON.stringify([thing.kind, found]))
}

async function find(thing: Thing, holdings: Holdings): Promise<unknown> {
  const hasId = ({ id }: { readonly id: string }) => id === thing.id
  switch (thing.kind) {
    case 'source':
      return (await holdings.config()).sources.get(thing.id)
    case 'destination':
      return (await holdings.config()).destinations.get(thing.id)
    case 'subscription':
      return (await holdings.config()).destinations.get(thing.of)?.subscriptions.find(hasId)
    case 'filter':
      return (await holdings.config()).destinations.get(thing.of)?.filters?.find(hasId)
    case 'space_filter':
      return (await holdings.config()).spaces.flatMap(({ filters = [] }) => filters).find(hasId)
    case 'space':
      return (await holdings.spaces()).find(hasId)
    case 'identity_rules': {
      const space = (await holdings.spaces()).find(hasId)
      return space && (space.rules ?? 'default')
    }
    case 'computation':
      return (await holdings.computations(thing.of)).find(hasId)
    case 'group':
      return (await holdings.groups()).find(hasId)
  }
}

/**
 * To be asked in the transaction of the change. What is not there is left to the change, which says so.
 * @throws WorkspaceError `stale`
 */
export async function assertUnchanged(
  tx: Kysely<WorkspaceTables>,
  { thing, revisions }: Precondition,
  { secrets, digest }: { readonly secrets: Pick<Secrets, 'open'>; readonly digest: Digest },
): Promise<void> {
  if (revisions === 'any') return
  const holdings: Holdings = {
    config: () => loadSnapshot(tx, secrets),
    spaces: () => listSpaces(tx),
    computations: (spaceId) => listComputations(tx, spaceId),
    groups: () => listGroups(tx),
  }
  const now = await revisionOf(thing, holdings, digest)
  if (now === undefined || revisions.includes(now)) return
  throw new WorkspaceError('stale', 'It was changed since you have read it: read it again, and change what it is now.')
}
