/** The ids that go into each of the calls which tell a destination of somebody. `segment.md` 4.6. Pure. */
import type { IdSyncRule } from '../workspace/index.ts'
import type { ExternalId, HeldId } from './identity/index.ts'

/**
 * Calls for one change at one destination. Where all combinations are more, there are as many as it takes to have each
 * id in one of them.
 */
export const CALLS_MAX = 500

/** One of a type at most. */
export type IdsOfCall = readonly ExternalId[]

/**
 * Without rules each `user_id` (else each `anonymous_id`) with each `email`, and no other type; with rules what they
 * say, and nothing for somebody who has none of their types. What has ended goes to all combinations, with and without
 * the rules: whoever was told that it began, under whichever rules and ids, hears of it.
 * @param nameless the anonymous id of somebody who has none and no `user_id` either
 */
export function idsOfCalls(
  ids: readonly HeldId[],
  rules: readonly IdSyncRule[],
  isExit: boolean,
  nameless: string,
): readonly IdsOfCall[] {
  const valuesOf = (type: string) => ids.filter((id) => id.type === type)
  if (rules.length > 0 && !isExit) return ruled(ids, rules)
  const [userIds, anonymousIds] = [valuesOf('user_id'), valuesOf('anonymous_id')]
  const named = [{ type: 'anonymous_id', value: nameless }]
  const names = [userIds, anonymousIds].find((each) => each.length > 0) ?? named
  const usual = combinations([names, valuesOf('email')])
  if (rules.length === 0) return usual
  const all = ruled(
    ids,
    rules.map((rule) => ({ ...rule, strategy: 'all' })),
  )
  return [...new Map([...usual, ...all].map((each) => [keyOf(each), each])).values()].slice(0, 2 * CALLS_MAX)
}

function ruled(ids: readonly HeldId[], rules: readonly IdSyncRule[]): readonly IdsOfCall[] {
  const lists = rules.map(({ externalId, strategy }) => {
    // Merged profiles have theirs one after the other.
    const held = ids
      .filter(({ type }) => type === externalId)
      .toSorted((a, b) => a.addedBy.position - b.addedBy.position)
    return strategy === 'all' ? held : strategy === 'first' ? held.slice(0, 1) : held.slice(-1)
  })
  return lists.every(({ length }) => length === 0) ? [] : combinations(lists)
}

/** Of lists that have something. */
function combinations(all: readonly (readonly ExternalId[])[]): readonly IdsOfCall[] {
  const lists = all
    .filter(({ length }) => length > 0)
    .map((list) => list.map(({ type, value }): ExternalId => ({ type, value })))
  const count = lists.reduce((product, { length }) => product * length, 1)
  if (count <= CALLS_MAX)
    return lists.reduce<IdsOfCall[]>((calls, list) => calls.flatMap((ids) => list.map((id) => [...ids, id])), [[]])
  const longest = Math.max(...lists.map(({ length }) => length))
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list[at % list.length] ?? []))
}

const keyOf = (ids: IdsOfCall) => JSON.stringify(ids.toSorted((a, b) => (a.type < b.type ? -1 : 1)))
