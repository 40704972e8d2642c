export { type CompiledRules, compileRules } from './compiled-rules.ts'
export { KEYS_MAX, SKIP_REASONS, type SkipReason, skipReasonOf } from './eligibility.ts'
export { type ExplainedLine, explainProfile, type IdentityRecord, recordKeyOf, refusalText } from './explain.ts'
export { type EventIds, EXTERNAL_IDS_MAX, externalIdsOf, normaliseId } from './external-ids.ts'
export { currentProfileId, type MergeRow } from './merge.ts'
export {
  type Cause,
  type Collection,
  type ExternalId,
  type HeldId,
  type IdentityProfile,
  idKey,
  MAPPINGS_MAX,
  MERGES_MAX,
} from './profile.ts'
export type { Conflict, RefusedId } from './refusals.ts'
export type { Decision, MergedProfile } from './resolve.ts'
export {
  type IdentityChanges,
  IdentityStep,
  type IdentityStepOptions,
  type IdMapping,
  keysToLoad,
  type ReadEvent,
  type Resolution,
  readEvent,
} from './step.ts'
export {
  currentTraits,
  mergeTraits,
  type RefusedTrait,
  TRAIT_NAME_CHARS_MAX,
  TRAIT_VALUE_BYTES_MAX,
  TRAITS_MAX,
  type Trait,
  type TraitChange,
  type Traits,
  type TraitUpdate,
  traitsOf,
  updateTraits,
} from './traits.ts'
