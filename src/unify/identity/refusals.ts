/** Why an id of an event did not become, or did not stay, a name of its profile. */

import type { BlockedValue, Limit } from '../../workspace/index.ts'
import type { ExternalId } from './profile.ts'

/** What a profile would have become had the event been taken as it is. */
export type Conflict =
  /** `values`: how many ids of the type it would have got within the limit's period. */
  | { readonly kind: 'limit'; readonly type: string; readonly limit: Limit; readonly values: number }
  /** `MERGES_MAX` and `MAPPINGS_MAX`, by a merge. */
  | { readonly kind: 'merges'; readonly count: number }
  | { readonly kind: 'mappings'; readonly count: number }

export type Refusal =
  /** The rules say that this value is nobody's. */
  | { readonly reason: 'blocked'; readonly by: BlockedValue }
  /** Longer than `ID_CHARS_MAX` characters; the value here is cut. */
  | { readonly reason: 'too_long' }
  /** Not a text or a whole number, or an entry of `context.externalIds` that is not as it must be. */
  | { readonly reason: 'malformed' }
  /** The first entry of `context.externalIds` after `EXTERNAL_IDS_MAX`; it and all after it are not looked at. */
  | { readonly reason: 'too_many' }
  /** Left out of the match, because with it the rules would have been broken. `heldBy` is the profile that has it. */
  | { readonly reason: 'demoted'; readonly conflict: Conflict; readonly heldBy: string | undefined }
  /** The profile has `MAPPINGS_MAX` ids. */
  | { readonly reason: 'full' }

export type RefusedId = ExternalId & Refusal
