/** Events of a profile, read from the log by the positions that the profile remembers. */
import { compiledRulesOf, profileKey } from '../../connections/index.ts'
import { userKeyOf } from '../../spec/index.ts'
import { idKey, type Person, readEvent } from '../../unify/index.ts'
import type { SpaceConfig } from '../../workspace/index.ts'
import { LIST_LIMIT } from './answers.ts'
import { type ProfileApiDeps, portsOf, type Subject } from './deps.ts'
import {
  compareEvents,
  EVENTS_LOOKBACK_DAYS,
  type EventsWanted,
  eventAnswer,
  HAPPENING_TYPES,
  type ShownEvent,
  shownEvent,
} from './events.ts'
import { cursorFor, pageOf, pairAsked, pairCursor } from './pages.ts'
import { choiceOf, limitOf, listOf, timeOf } from './query.ts'

/** Records read of the log before others get their turn. */
const READ_AT_ONCE = 20
const DAY_MS = 86_400_000

export async function events(deps: ProfileApiDeps, subject: Subject): Promise<object> {
  const { asked, person, space, url } = subject
  const [limit, next] = [limitOf(asked, LIST_LIMIT), pairAsked(asked)]
  const isAscending = choiceOf(asked, 'sort', ['asc', 'desc']) === 'asc'
  const wanted: EventsWanted = {
    types: HAPPENING_TYPES,
    startMs: timeOf(asked, 'start') ?? deps.clock.nowMs() - EVENTS_LOOKBACK_DAYS * DAY_MS,
    endMs: timeOf(asked, 'end') ?? Number.POSITIVE_INFINITY,
    include: listOf(asked, 'include'),
    exclude: listOf(asked, 'exclude'),
  }
  const sorted = await recentEvents(deps, space, person, wanted)
  if (!isAscending) sorted.reverse()
  const page = pageOf(sorted, {
    limit,
    isStart: ({ atMs, position }) => {
      if (next === undefined) return true
      const distance = atMs - next[0] || position - next[1]
      return isAscending ? distance >= 0 : distance <= 0
    },
    cursorOf: ({ atMs, position }) => pairCursor(atMs, position),
  })
  const rules = rulesOf(space)
  const data = page.items.map((each) => eventAnswer(each, readEvent(each.event, rules).ids, each.owner))
  return { data, cursor: cursorFor(url, page, limit) }
}

type ReadDeps = Pick<ProfileApiDeps, 'state' | 'log' | 'hash' | 'clock'>

/** Oldest first. Those of people who were forgotten are not among them. */
export async function recentEvents(
  deps: ReadDeps,
  space: SpaceConfig,
  { identity, recent }: Pick<Person, 'identity' | 'recent'>,
  wanted: EventsWanted,
): Promise<Owned[]> {
  const found = await unlessForgotten(deps, await recorded(deps, recent.positions, wanted))
  const owned =
    identity.collection === 'users'
      ? found.map((each): Owned => ({ ...each, owner: Number(identity.id) }))
      : await withOwners(deps, space, found)
  return owned.sort(compareEvents)
}

/** The log may have lost the oldest. */
async function recorded(
  { log, clock }: ReadDeps,
  positions: readonly number[],
  wanted: EventsWanted,
): Promise<ShownEvent[]> {
  const found: ShownEvent[] = []
  for (let start = 0; start < positions.length; start += READ_AT_ONCE) {
    if (start > 0) await clock.turn()
    for (const position of positions.slice(start, start + READ_AT_ONCE)) {
      const record = log.reader.get(position)
      const shown = record && shownEvent(record, wanted)
      if (shown !== undefined) found.push(shown)
    }
  }
  return found
}

/** The log still has what somebody did before they asked to be forgotten. */
async function unlessForgotten({ state, hash }: ReadDeps, events: readonly ShownEvent[]): Promise<ShownEvent[]> {
  const forgotten = await state.tombstones(events.map(({ event }) => hash.lane(userKeyOf(event))))
  return events.filter(({ atMs }, at) => atMs >= (forgotten[at] ?? Number.NEGATIVE_INFINITY))
}

/** Filters that are newer than an event did not keep it out. */
const rulesOf = (space: SpaceConfig) => compiledRulesOf({ ...space, filters: [] })

interface Owned extends ShownEvent {
  /** Number of the person whose event it is; null for one that names nobody. */
  readonly owner: number | null
}

/** Of a company's events those of people who are there: what a forgotten one did under another name goes too. */
async function withOwners(deps: ReadDeps, space: SpaceConfig, events: readonly ShownEvent[]): Promise<Owned[]> {
  const { people, hash } = portsOf(deps)
  const rules = rulesOf(space)
  const named = events.map((shown) => ({ shown, ids: readEvent(shown.event, rules).ids.users }))
  const keys = named.flatMap(({ ids }) => ids.map((id) => profileKey(hash, space.id, idKey('users', id))))
  const owners = (await people.profilesByIds(keys)).values()
  return named.flatMap(({ shown, ids }): Owned[] => {
    const [owner = null] = ids.map(() => owners.next().value ?? null).filter((each) => each !== null)
    return owner === null && ids.length > 0 ? [] : [{ ...shown, owner }]
  })
}
