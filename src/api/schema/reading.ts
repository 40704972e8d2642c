/**
 * What is kept of names that were seen, a little at a time: a source may have a thousand of them with ten thousand
 * properties, and the thread that reads them has other things to do.
 */
import { decodeSeen, decodeSeenHead, type KeyedHash, type SeenKind, seenKey } from '../../connections/index.ts'
import type { Clock } from '../../ports/index.ts'
import type { PipelineState } from '../../state/index.ts'
import type { HeadBy, SeenBy } from './seen.ts'

/** Names without members that are read before others get their turn. */
export const HEADS_AT_ONCE = 100

export interface SeenPorts {
  readonly state: Pick<PipelineState, 'seen'>
  readonly hash: KeyedHash
  readonly clock: Pick<Clock, 'turn'>
}

/** Of all names, by source. */
export async function readHeads(
  { state, clock }: Omit<SeenPorts, 'hash'>,
  sourceIds: Iterable<string>,
): Promise<readonly HeadBy[]> {
  const heads: HeadBy[] = []
  for (const sourceId of [...sourceIds].sort()) {
    for (const [at, row] of (await state.seen.withoutMembers(sourceId)).entries()) {
      if (at % HEADS_AT_ONCE === 0) await clock.turn()
      heads.push({ sourceId, seen: decodeSeenHead(row) })
    }
  }
  return heads
}

/** Of these names only, by source. */
export async function readNames(
  { state, hash, clock }: SeenPorts,
  sourceIds: Iterable<string>,
  names: readonly { readonly kind: SeenKind; readonly name: string }[],
): Promise<readonly SeenBy[]> {
  const found: SeenBy[] = []
  for (const sourceId of [...sourceIds].sort()) {
    const keys = names.map(({ kind, name }) => seenKey(hash, sourceId, kind, name))
    for (const row of await state.seen.ofKeys(sourceId, keys)) {
      await clock.turn()
      found.push({ sourceId, seen: decodeSeen(row) })
    }
  }
  return found
}
