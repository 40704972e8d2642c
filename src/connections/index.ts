export type { AccountState, Hold } from './account.ts'
export { actionsAttempts, eventFor } from './actions-attempts.ts'
export type { AttemptPort, AttemptRequest, AttemptResult } from './attempt-port.ts'
export { type AudiencePreview, previewComputation } from './audience-preview.ts'
export { type Command, decodeCommand, type EraseCommand, encodeCommand, type ForgetCommand } from './command.ts'
export { type BalanceLine, balance, type Conservation } from './conservation.ts'
export type { DestinationState, DispatcherTelemetry } from './dispatcher.ts'
export { type DriftPreview, previewDrift } from './drift-preview.ts'
export { FILTER_TEXTS, type FilterReason } from './filter-reasons.ts'
export { applyFilters, enabledFilters, type Filtered, type FilterRule } from './filters.ts'
export { createKeyedHash, type KeyedHash } from './keyed-hash.ts'
export { catalogKinds } from './kinds.ts'
export type { LastRun } from './last-run.ts'
export { type EventOutcome, OutcomeFeed } from './outcome-feed.ts'
export { outboxRecord, profileKey } from './people.ts'
export type { RunProgress } from './people-run.ts'
export { Pipeline, type PipelineOptions } from './pipeline.ts'
export { presentSample } from './preview-sample.ts'
export { type CandidatePorts, REPLAY_START } from './replay-candidates.ts'
export { previewReplay, type ReplayPreview } from './replay-preview.ts'
export type { ReplaySelection } from './replay-selection.ts'
export { pendingOf, REPLAY_RATE_DEFAULT, REPLAY_RATE_MAX } from './replays.ts'
export {
  decodeSeen,
  decodeSeenHead,
  type SeenHead,
  type SeenKind,
  type SeenMember,
  type SeenName,
  seenKey,
  typesText,
} from './seen-document.ts'
export { compiledRulesOf } from './space-rules.ts'
export type { TellProgress, TellRequest } from './space-runs.ts'
export { type TriedDestination, type TriedMapping, type TryOptions, tryEvent } from './try-event.ts'
export { previewUndo, type UndoPreview } from './undo-preview.ts'
