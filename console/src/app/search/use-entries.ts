import { type UseQueryResult, useQueries, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { computationsQuery } from '../../features/computations/api/computations.ts'
import { KINDS } from '../../features/computations/kinds.ts'
import { replaysQuery } from '../../features/delivery/api/replays.ts'
import { deletionsQuery } from '../../features/privacy/api.ts'
import { groupsQuery } from '../../features/settings/api/groups.ts'
import { usersQuery } from '../../features/settings/api/people.ts'
import { destinationNamesOf } from '../../shared/destination-names.ts'
import { destinationsQuery } from '../../shared/destinations.ts'
import { sourcesQuery } from '../../shared/sources.ts'
import { spacesQuery } from '../../shared/spaces.ts'
import type { Entry } from './find.ts'
import * as things from './things.ts'

interface Missing {
  readonly name: string
  readonly problem: Error
  readonly retry: () => void
}

export interface Entries {
  readonly entries: readonly Entry[]
  /** Lists that are on their way. */
  readonly awaited: readonly string[]
  /** Lists that did not come, by which the search is poorer. */
  readonly missing: readonly Missing[]
}

/** As they are when it is opened: what changes while somebody types would move what they are about to choose. */
const ONCE = { refetchInterval: false, refetchOnWindowFocus: false } as const

/** Everything that has a name or an id here, as far as the account may see it. */
export function useEntries(rights: readonly string[]): Entries {
  const mayRead = rights.includes('api:read')
  const maySeePeople = rights.includes('users:read')
  const sources = useQuery({ ...sourcesQuery, ...ONCE, enabled: mayRead })
  const destinations = useQuery({ ...destinationsQuery, ...ONCE, enabled: mayRead })
  const spaces = useQuery({ ...spacesQuery, ...ONCE, enabled: mayRead })
  const replays = useQuery({ ...replaysQuery, ...ONCE, enabled: mayRead })
  const deletions = useQuery({ ...deletionsQuery, ...ONCE, enabled: mayRead })
  const users = useQuery({ ...usersQuery, ...ONCE, enabled: maySeePeople })
  const groups = useQuery({ ...groupsQuery, ...ONCE, enabled: maySeePeople })
  const computed = useComputed(spaces.data)
  const lists = [
    listed('sources', sources),
    listed('destinations', destinations),
    listed('spaces', spaces),
    ...computed.lists,
    listed('replays', replays),
    listed('deletions', deletions),
    listed('users', users),
    listed('groups', groups),
  ]
  const mayWrite = rights.includes('api:write')
  const entries = useMemo(() => {
    const ofDestinations = destinations.data ?? []
    const sourceNames = new Map([...(sources.data ?? []), ...(spaces.data ?? [])].map(({ id, name }) => [id, name]))
    const names = destinationNamesOf(ofDestinations, sourceNames)
    return [
      ...(mayWrite ? things.newReplayEntries(names) : []),
      ...things.sourceEntries(sources.data ?? []),
      ...things.destinationEntries(ofDestinations, sourceNames),
      ...things.mappingEntries(ofDestinations, names),
      ...computed.entries,
      ...things.spaceEntries(spaces.data ?? []),
      ...things.replayEntries(replays.data ?? [], names),
      ...things.deletionEntries(deletions.data ?? []),
      ...things.userEntries(users.data ?? []),
      ...things.groupEntries(groups.data ?? []),
    ]
  }, [
    mayWrite,
    sources.data,
    destinations.data,
    spaces.data,
    computed.entries,
    replays.data,
    deletions.data,
    users.data,
    groups.data,
  ])
  return {
    entries,
    awaited: lists.filter(({ isAwaited }) => isAwaited).map(({ name }) => name),
    missing: lists.flatMap(({ name, problem, retry }) => (problem === null ? [] : [{ name, problem, retry }])),
  }
}

/** Audiences and computed traits, of all spaces. */
function useComputed(spaces: readonly Parameters<typeof things.computationEntries>[0][] = NO_SPACES) {
  const asked = useMemo(
    () => spaces.flatMap((space) => [KINDS.audience, KINDS.trait].map((kind) => ({ space, kind }))),
    [spaces],
  )
  const queries = asked.map(({ space, kind }) => ({ ...computationsQuery(space.id, kind), ...ONCE }))
  const results = useQueries({ queries })
  const data = results.map((each) => each.data)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the data of each, whose number is that of what is asked
  const entries = useMemo(
    () => asked.flatMap(({ space, kind }, at) => things.computationEntries(space, kind, data[at] ?? [])),
    [asked, ...data],
  )
  const lists = results.map((each, at) => listed(asked[at]?.kind.title.toLowerCase() ?? '', each))
  return { entries, lists }
}

const NO_SPACES: readonly never[] = []

const listed = (name: string, { isLoading, error, refetch }: UseQueryResult<unknown>) => ({
  name,
  isAwaited: isLoading,
  problem: error,
  retry: () => void refetch(),
})
