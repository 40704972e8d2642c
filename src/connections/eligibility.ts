/** Who may be in an audience at all, by the external ids a profile has. `segment.md` 4.3. Pure. */
import type { SpaceComputation } from '../workspace/index.ts'

/** An audience without anonymous people asks for one of these. */
const KNOWN_TYPES: ReadonlySet<string> = new Set(['user_id', 'email', 'android.idfa', 'ios.idfa'])

/** Types of external ids of which a member has one at least; undefined where anybody may be in. */
export function typesAskedFor({
  includesAnonymous,
  externalIdTypes,
}: Pick<SpaceComputation, 'includesAnonymous' | 'externalIdTypes'>): ReadonlySet<string> | undefined {
  if (externalIdTypes === undefined) return includesAnonymous ? undefined : KNOWN_TYPES
  return new Set([...externalIdTypes, ...(includesAnonymous ? ['anonymous_id'] : [])])
}
