import type { KeyedHash } from '../../connections/index.ts'
import type { LogReader } from '../../log/index.ts'
import type { Logger } from '../../observe/index.ts'
import type { Clock, Random } from '../../ports/index.ts'
import type { ProfileState } from '../../state/index.ts'
import type { ApiToken, ConfigSnapshot } from '../../workspace/index.ts'

export interface ProfileApiDeps {
  verifyToken(token: string): Promise<ApiToken | undefined>
  config(): ConfigSnapshot
  readonly state: { readonly people: ProfileState }
  readonly log: { readonly reader: Pick<LogReader, 'get'> }
  readonly hash: KeyedHash
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}
