export { LINKS_MAX, mergedKey, Person } from './document.ts'
export type { Dropped } from './drops.ts'
export {
  type Collection,
  type CompiledRules,
  compileRules,
  currentTraits,
  type EventIds,
  type ExternalId,
  explainProfile,
  type HeldId,
  idKey,
  keysToLoad,
  MERGES_MAX,
  normaliseId,
  readEvent,
  refusalText,
  SKIP_REASONS,
  type SkipReason,
} from './identity/index.ts'
export { messageNumberOf, namelessOf, type OutputTarget, outputsOf } from './outputs.ts'
export {
  type Kept,
  type PeopleChanges,
  PeopleStep,
  type PeopleStepOptions,
  type StepRecord,
  type StoredPerson,
  type Told,
} from './people-step.ts'
export { mergedNumbers } from './records.ts'
export { type Retention, withRetained } from './retained.ts'
