/** A source that is not made yet. */
import { slugOf } from './slug.ts'

export interface AddDraft {
  /** Slug of the kind; empty until one is chosen. */
  readonly kind: string
  readonly name: string
  readonly slug: string
  /** Until the slug is written by hand it follows the name. */
  readonly isSlugOwn: boolean
}

export type AddAction =
  | { readonly type: 'kind'; readonly kind: string; readonly name: string }
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'slug'; readonly slug: string }

export const EMPTY_DRAFT: AddDraft = { kind: '', name: '', slug: '', isSlugOwn: false }

export function reduce(draft: AddDraft, action: AddAction): AddDraft {
  switch (action.type) {
    case 'kind': {
      const isNamedByKind = draft.name === ''
      return { ...(isNamedByKind ? named(draft, action.name) : draft), kind: action.kind }
    }
    case 'name':
      return named(draft, action.name)
    case 'slug':
      return { ...draft, slug: action.slug, isSlugOwn: action.slug !== '' }
  }
}

const named = (draft: AddDraft, name: string): AddDraft => ({
  ...draft,
  name,
  slug: draft.isSlugOwn ? draft.slug : slugOf(name),
})

/** By field, in words; empty when it can be sent. */
export function problemsOf({ kind, name, slug }: AddDraft): ReadonlyMap<string, string> {
  const problems = new Map<string, string>()
  if (kind === '') problems.set('metadataId', 'Choose what sends the events.')
  if (name.trim() === '') problems.set('name', 'Give it a name.')
  if (slug === '') problems.set('slug', 'Give it a slug.')
  return problems
}
