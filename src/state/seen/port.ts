/**
 * Names that sources have sent: of events, their properties and traits. They are written in the same commit as the offset
 * that caused them (`PipelineStep.seen`). Values are not kept here: they are personal data, and are read from the log.
 */

export interface StoredSeen {
  readonly sourceId: string
  /** 16 bytes of a keyed hash of what is named. Of one source it stands for one document. */
  readonly key: Uint8Array
  /** JSON of an object whose `members` come last; null forgets it. */
  readonly document: string | null
}

export interface SeenState {
  /** Of all sources, by source and key. */
  all(): Promise<readonly StoredSeen[]>
  /** All of one source, by key, without `members`: the documents are small then. */
  withoutMembers(sourceId: string): Promise<readonly StoredSeen[]>
  /** Those of these that are known of one source, by key. */
  ofKeys(sourceId: string, keys: readonly Uint8Array[]): Promise<readonly StoredSeen[]>
}
