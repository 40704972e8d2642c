/** An audience or computed trait while somebody makes or changes it. Pure. */
import { keyOf } from '../../../../src/engage/key.ts'
import type { Computation } from './api/computations.ts'
import {
  type DefinitionAction,
  type DefinitionDraft,
  definitionDraft,
  mistakeOf,
  reduceDefinition,
} from './definition/definition-draft.ts'
import type { KindName } from './kinds.ts'

export interface ComputationDraft {
  readonly name: string
  readonly description: string
  readonly definition: DefinitionDraft
  /** What of the past counts: all that the log has, so many days, or nothing. */
  readonly history: 'all' | 'days' | 'none'
  /** `NaN` while the field is empty. */
  readonly lookBackDays: number
  readonly includesAnonymous: boolean
  /** Types of ids of which a member has one; empty for the usual ones. */
  readonly externalIds: readonly string[]
  /** Ids of destinations that are told; null for all of the space. */
  readonly destinations: readonly string[] | null
}

type Fields = Omit<ComputationDraft, 'definition'>
export type DraftAction =
  | { readonly do: 'set'; readonly fields: Partial<Fields> }
  | { readonly do: 'define'; readonly action: DefinitionAction }

const LOOK_BACK_DAYS = 90

export function newDraft(kind: KindName): ComputationDraft {
  return {
    name: '',
    description: '',
    definition: definitionDraft(kind, 'users', ''),
    history: 'all',
    lookBackDays: LOOK_BACK_DAYS,
    includesAnonymous: false,
    externalIds: [],
    destinations: null,
  }
}

export function draftOf(kind: KindName, { name, description, definition }: Computation): ComputationDraft {
  const level = definition.type === 'ACCOUNTS' ? 'accounts' : 'users'
  return { ...newDraft(kind), name, description, definition: definitionDraft(kind, level, definition.query) }
}

export function reduceDraft(draft: ComputationDraft, action: DraftAction): ComputationDraft {
  if (action.do === 'set') return { ...draft, ...action.fields }
  return { ...draft, definition: reduceDefinition(draft.definition, action.action) }
}

type Field = 'name' | 'definition' | 'lookBackDays'

/** Why it cannot be saved yet, by field; empty when it can. */
export function problemsOf({ name, definition, history, lookBackDays }: ComputationDraft): ReadonlyMap<Field, string> {
  const problems = new Map<Field, string>()
  if (name.trim() === '') problems.set('name', 'Give it a name.')
  else if (keyOf(name) === '') problems.set('name', 'Use a letter or digit: the key is made of the name.')
  const mistake = mistakeOf(definition)
  if (definition.text.trim() === '') problems.set('definition', 'Add a condition.')
  else if (mistake !== undefined) problems.set('definition', mistake.message)
  if (history === 'days' && Number.isNaN(lookBackDays)) problems.set('lookBackDays', 'Say how many days.')
  return problems
}

/** The key that a new one will have. */
export const keyOfDraft = ({ name }: Pick<ComputationDraft, 'name'>): string => keyOf(name)

export const typeOf = ({ definition }: Pick<ComputationDraft, 'definition'>) =>
  definition.level === 'accounts' ? ('ACCOUNTS' as const) : ('USERS' as const)

/** What makes it. */
export function creationOf(draft: ComputationDraft) {
  const { name, description, definition, history, lookBackDays, includesAnonymous, externalIds, destinations } = draft
  const isAudience = definition.kind === 'audience'
  const lookBack = { [isAudience ? 'backfillEventDataDays' : 'backfillDurationDays']: lookBackDays }
  return {
    name: name.trim(),
    description,
    definition: { query: definition.text, type: typeOf(draft) },
    options: {
      includeAnonymousUsers: includesAnonymous,
      includeHistoricalData: history !== 'none',
      ...(history === 'days' ? lookBack : {}),
      ...(isAudience && externalIds.length > 0 ? { filterByExternalIds: externalIds } : {}),
    },
    ...(destinations === null
      ? {}
      : { destinationConnections: destinations.map((destinationId) => ({ destinationId })) }),
  }
}

/** What changes one that is there; a definition that is the same is left out, for it would be worked out again. */
export function changeOf(draft: ComputationDraft, before: ComputationDraft) {
  const { name, description, definition } = draft
  return {
    ...(name === before.name ? {} : { name: name.trim() }),
    ...(description === before.description ? {} : { description }),
    ...(definition.text === before.definition.text ? {} : { definition: { query: definition.text } }),
  }
}
