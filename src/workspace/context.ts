import type { Clock, Random } from '../ports/index.ts'
import type { DestinationCatalog } from './catalog.ts'
import type { Once } from './once.ts'
import type { Precondition } from './revisions.ts'
import type { Secrets } from './secrets.ts'

/** Who does something, as the audit trail shows it. */
export interface Actor {
  readonly kind: 'user' | 'token' | 'system'
  /** Id of the user or token; `system` for the program itself. */
  readonly id: string
  /** A person's e-mail address or a token's name. */
  readonly name: string
  /** The network address the command came from; absent when it came from this machine's own start. */
  readonly address?: string
}

/** An actor who asks for a change of what they have seen, and of nothing else; or for one that is made once. */
export interface Asker extends Actor {
  readonly once?: Once
  readonly precondition?: Precondition
}

export const SYSTEM_ACTOR: Actor = { kind: 'system', id: 'system', name: 'Grapevine' }

/** What every command gets beside its arguments. */
export interface CommandContext {
  readonly clock: Pick<Clock, 'nowMs'>
  readonly random: Random
  readonly actor: Actor
  readonly secrets: Secrets
  readonly catalog: DestinationCatalog
}
