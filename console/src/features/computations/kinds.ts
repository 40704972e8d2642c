/** What is said of audiences and of computed traits, where the two are alike. */
import { type RangeName, rangeIn } from '../../shared/range.ts'

const AUDIENCE = {
  kind: 'audience',
  collection: 'audiences',
  noun: 'audience',
  title: 'Audiences',
  purpose: 'Who meets a condition, kept up to date with every event and told to destinations.',
  list: '/audiences',
  make: '/audiences/new',
  one: '/audiences/$id',
  edit: '/audiences/$id/edit',
  deleted: '/audiences/deleted',
  help: 'console#audiences',
} as const
const TRAIT = {
  kind: 'trait',
  collection: 'computed-traits',
  noun: 'computed trait',
  title: 'Computed traits',
  purpose: 'A value of each profile that is made of its events, kept up to date and told to destinations.',
  list: '/traits',
  make: '/traits/new',
  one: '/traits/$id',
  edit: '/traits/$id/edit',
  deleted: '/traits/deleted',
  help: 'console#computed-traits',
} as const

export const KINDS = { audience: AUDIENCE, trait: TRAIT } as const
export type KindName = keyof typeof KINDS
export type Kind = (typeof KINDS)[KindName]

/** In the address, what a colleague sees too. */
export interface SpaceSearch {
  /** Id of the space; the first one where it is not given. */
  readonly space?: string
}

export const spaceSearch = ({ space }: Record<string, unknown>): SpaceSearch =>
  typeof space === 'string' ? { space } : {}

/** Of the page of one: the time its size is shown for, and how. */
export interface OneSearch extends SpaceSearch {
  readonly range?: RangeName
  readonly view?: 'table'
}

export const oneSearch = (search: Record<string, unknown>): OneSearch => ({
  ...spaceSearch(search),
  ...rangeIn(search),
  view: search['view'] === 'table' ? 'table' : undefined,
})
