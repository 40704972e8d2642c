/**
 * Names that sources have sent: of events, their properties and traits. They are written in the same commit as the offset
 * that caused them (`PipelineStep.seen`). Values are not kept here: they are personal data, and are read from the log.
 */

export interface StoredSeen {
  readonly sourceId: string
  /** 16 bytes of a keyed hash of what is named. Of one source it stands for one document. */
  readonly key: Uint8Array
  /** JSON; null forgets it. */
  readonly document: string | null
}

export interface SeenState {
  /** Of all sources, by source and key. */
  all(): Promise<readonly StoredSeen[]>
  /** Of these sources, by source and key. */
  ofSources(sourceIds: readonly string[]): Promise<readonly StoredSeen[]>
}
