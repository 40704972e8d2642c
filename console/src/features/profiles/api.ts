import { queryOptions } from '@tanstack/react-query'
import { getProfile, listProfileEvents, searchProfiles } from '../../../../src/api/answers/profiles.ts'
import { explainProfile } from '../../../../src/api/answers/spaces.ts'
import { ask, part } from '../../shared/api.ts'

export const EVENTS_PAGE = 25
const REFRESH_MS = 3_000

/** A profile of a space; `lookup` is `use_…` or `type:value`. */
export interface Named {
  readonly space: string
  readonly lookup: string
}

const pathOf = ({ space, lookup }: Named) => `/spaces/${part(space)}/profiles/${part(lookup)}`

export const searchQuery = (space: string, search: string) =>
  queryOptions({
    queryKey: ['profiles', space, 'search', search],
    queryFn: async ({ signal }) =>
      (await ask(searchProfiles, `/spaces/${part(space)}/profiles`, { query: { search }, signal })).data,
    enabled: search !== '',
  })

export const profileQuery = (one: Named) =>
  queryOptions({
    queryKey: ['profiles', one.space, one.lookup],
    queryFn: async ({ signal }) => (await ask(getProfile, pathOf(one), { signal })).data.profile,
  })

export const historyQuery = (one: Named) =>
  queryOptions({
    queryKey: ['profiles', one.space, one.lookup, 'explain'],
    queryFn: async ({ signal }) => (await ask(explainProfile, `${pathOf(one)}/explain`, { signal })).data,
  })

/** @param cursor of a page; undefined for the newest, which is read again and again */
export const eventsQuery = (one: Named, cursor: string | undefined) =>
  queryOptions({
    queryKey: ['profiles', one.space, one.lookup, 'events', cursor ?? ''],
    queryFn: async ({ signal }) =>
      (
        await ask(listProfileEvents, `${pathOf(one)}/events`, {
          query: { 'pagination.count': EVENTS_PAGE, 'pagination.cursor': cursor },
          signal,
        })
      ).data,
    refetchInterval: cursor === undefined ? REFRESH_MS : false,
  })
