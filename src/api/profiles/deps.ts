import type { KeyedHash } from '../../connections/index.ts'
import type { LogReader } from '../../log/index.ts'
import type { Logger } from '../../observe/index.ts'
import type { Clock } from '../../ports/index.ts'
import type { PipelineState } from '../../state/index.ts'
import type { Person } from '../../unify/index.ts'
import type { ApiToken, ConfigSnapshot, SpaceConfig } from '../../workspace/index.ts'
import type { Refusals } from '../refusals.ts'
import type { LookupPorts } from './lookup.ts'
import type { Asked } from './query.ts'

export interface ProfileApiDeps {
  verifyToken(token: string): Promise<ApiToken | undefined>
  config(): ConfigSnapshot
  readonly state: Pick<PipelineState, 'people' | 'tombstones'>
  readonly log: { readonly reader: Pick<LogReader, 'get'> }
  readonly hash: KeyedHash
  readonly refusals: Pick<Refusals, 'waitMs' | 'count'>
  readonly clock: Clock
  readonly logger: Logger
}

/** What a request is about. */
export interface Subject {
  readonly space: SpaceConfig
  readonly person: Person
  readonly asked: Asked
  /** Path and query. */
  readonly url: string
}

export const portsOf = ({ state, hash }: Pick<ProfileApiDeps, 'state' | 'hash'>): LookupPorts => ({
  people: state.people,
  hash,
})
