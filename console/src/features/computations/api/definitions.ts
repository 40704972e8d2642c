import { previewComputation } from '../../../../../src/api/answers/computations.ts'
import { ask } from '../../../shared/api.ts'
import type { Kind } from '../kinds.ts'
import { allPath } from './computations.ts'

export async function previewOf(
  space: string,
  kind: Kind,
  asked: { readonly query: string; readonly type: 'USERS' | 'ACCOUNTS'; readonly overlapWith: string | null },
) {
  const { query, type, overlapWith } = asked
  const body = { definition: { query, type }, ...(overlapWith === null ? {} : { overlapWith }) }
  const { data } = await ask(previewComputation, `${allPath(space, kind)}/previews`, { method: 'POST', body })
  return 'audiencePreview' in data ? data.audiencePreview : data.computedTraitPreview
}
