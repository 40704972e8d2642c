/** What the dispatcher needs of the destinations: one attempt at one delivery, and how its answers are to be read. */
import type { AnswerPolicy, Batching, Outcome } from '../destinations/index.ts'
import type { DestinationInstance, Subscription } from '../workspace/index.ts'
import type { Subject } from './work.ts'

export interface AttemptRequest {
  readonly instance: DestinationInstance
  /** Null for an erasure. */
  readonly subscription: Subscription | null
  readonly subject: Subject
  /** JSON of what the first attempt froze, null at the first. */
  readonly frozen: string | null
}

export interface AttemptResult {
  readonly outcome: Outcome
  /** The request as people may see it, JSON made when asked for; null when there was none. */
  readonly request: (() => string) | null
  /** What is to be handed to every later attempt, likewise; null when there is nothing to freeze. */
  readonly frozen: (() => string) | null
  /** Host that was asked; null when there was no request. */
  readonly host: string | null
  /** Whether the destination sees one effect however often this is repeated. */
  readonly hasUniqueKey: boolean
}

export interface BatchRequest {
  readonly instance: DestinationInstance
  readonly subscription: Subscription
  readonly items: readonly Pick<AttemptRequest, 'subject' | 'frozen'>[]
  /** Milliseconds for all of it. */
  readonly msMax: number
}

export interface BatchAttemptResult {
  /** One for each, in the order given; `alone`: it is to be attempted by itself. */
  readonly results: readonly (AttemptResult | 'alone')[]
  /** What came of each request made. */
  readonly requests: readonly Outcome[]
}

/** The attempts do not throw for anything a destination, a network or an event can do. */
export interface AttemptPort {
  attempt(request: AttemptRequest): Promise<AttemptResult>
  /** Whether deliveries of a mapping go together; null: one by one. */
  batchingOf(instance: DestinationInstance, subscription: Subscription): Batching | null
  attemptBatch(request: BatchRequest): Promise<BatchAttemptResult>
  answersOf(instance: DestinationInstance, isErasure: boolean): AnswerPolicy
  /** Takes the instance's secrets out of a text. */
  mask(instance: DestinationInstance, text: string): string
}
