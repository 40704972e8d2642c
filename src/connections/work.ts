/** What the processor and the dispatcher pass to each other. */
import type { StoredRecord } from '../log/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import type { EventLabel } from '../state/index.ts'
import type { DestinationInstance } from '../workspace/index.ts'
import { decodeCommand, type EraseCommand } from './command.ts'
import type { RoutedKind } from './route.ts'

/** What a delivery delivers: an event, or the wish to be forgotten. */
export type Subject =
  | { readonly kind: 'event'; readonly event: NormalisedEvent }
  | { readonly kind: 'erase'; readonly command: EraseCommand }

/** A subject, and the record it was read from: what waits is kept as bytes. */
export interface Content {
  readonly subject: Subject
  readonly record: StoredRecord
}

/** Reads a record as what a delivery delivers. */
export function subjectOf(record: Pick<StoredRecord, 'kind' | 'body'>): Subject {
  if (record.kind === 'command') return { kind: 'erase', command: decodeCommand(record.body) as EraseCommand }
  return { kind: 'event', event: JSON.parse(record.body) as NormalisedEvent }
}

/** What the counts over time say of it. */
export const labelOf = ({ type, event }: Pick<NormalisedEvent, 'type' | 'event'>): EventLabel => {
  return { type, name: type === 'track' ? (event ?? null) : null }
}

/** What the pipeline must know of a kind of destination. */
export interface PipelineKind extends RoutedKind {
  readonly canErase: boolean
  /** Instances with the same text share breaker and hold. Holds credentials. */
  credentialKey(settings: DestinationInstance['settings']): string
}

/** The route of an instance's erasure calls. */
export const eraseRoute = (instance: Pick<DestinationInstance, 'number'>): number => -instance.number
