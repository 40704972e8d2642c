/** What the dispatcher needs of the destinations: one attempt at one delivery, and how its answers are to be read. */
import type { AnswerPolicy, Outcome } from '../destinations/index.ts'
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
  /** Whether the destination sees one effect however often this is repeated. */
  readonly hasUniqueKey: boolean
}

/** `attempt` does not throw for anything a destination, a network or an event can do. */
export interface AttemptPort {
  attempt(request: AttemptRequest): Promise<AttemptResult>
  answersOf(instance: DestinationInstance, isErasure: boolean): AnswerPolicy
  /** Takes the instance's secrets out of a text. */
  mask(instance: DestinationInstance, text: string): string
}
