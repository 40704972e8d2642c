/** External ids and metadata of a profile as the Profile API shows them. Pure. */
import { formatIso } from '../../spec/index.ts'
import type { Collection, HeldId, Person } from '../../unify/index.ts'

export interface ShownId {
  readonly held: HeldId
  /** Among those of the same event. */
  readonly index: number
}

/** In the order of the events that brought them. */
export function idsShown(ids: readonly HeldId[]): readonly ShownId[] {
  const byEvent = Map.groupBy(ids, ({ addedBy }) => addedBy.position)
  return [...byEvent]
    .sort(([a], [b]) => a - b)
    .flatMap(([, held]) => held.map((each, index): ShownId => ({ held: each, index })))
}

export function idAnswer({ type, value, addedBy }: HeldId, collection: Collection) {
  return {
    source_id: addedBy.sourceId,
    collection,
    id: value,
    type,
    created_at: formatIso(addedBy.atMs),
    encoding: 'none',
    first_message_id: addedBy.messageId,
  }
}

/** A company of a person, or a person of a company. */
export function linkAnswer({ identity: { collection, ids } }: Pick<Person, 'identity'>) {
  return { to_collection: collection, external_ids: idsShown(ids).map(({ held }) => idAnswer(held, collection)) }
}

export function metadataAnswer({ identity: { createdBy }, updatedBy }: Pick<Person, 'identity' | 'updatedBy'>) {
  return {
    created_at: formatIso(createdBy.atMs),
    updated_at: formatIso(updatedBy.atMs),
    expires_at: null,
    first_message_id: createdBy.messageId,
    first_source_id: createdBy.sourceId,
    last_message_id: updatedBy.messageId,
    last_source_id: updatedBy.sourceId,
  }
}
