/**
 * Sample values, read when they are asked for from events in the log whose people are known to the space: what is
 * erased, suppressed or kept out by a filter is nobody's any more, and so are its values.
 */
import { compiledRulesOf, type KeyedHash, profileKey } from '../../connections/index.ts'
import type { LogReader } from '../../log/index.ts'
import type { Clock } from '../../ports/index.ts'
import { type NormalisedEvent, userKeyOf } from '../../spec/index.ts'
import type { PipelineState } from '../../state/index.ts'
import { type Collection, idKey, Person, readEvent } from '../../unify/index.ts'
import type { SpaceConfig } from '../../workspace/index.ts'

/** Values given at most. */
export const SAMPLES_MAX = 20
/** Events read for them at most: some are gone, and some say the same. */
export const SAMPLE_EVENTS_MAX = 60
/** In UTF-16 code units; a longer text is cut. */
export const SAMPLE_CHARS_MAX = 200
/** Records read of the log before others get their turn. */
const READ_AT_ONCE = 20

export interface SamplePorts {
  readonly state: Pick<PipelineState, 'people' | 'tombstones'>
  readonly log: { readonly reader: Pick<LogReader, 'get'> }
  readonly hash: KeyedHash
  readonly clock: Pick<Clock, 'turn'>
}

interface Found {
  readonly position: number
  readonly event: NormalisedEvent
}

/** @param positions in the log, newest first @param pick undefined where an event has none */
export async function readSamples(
  ports: SamplePorts,
  space: SpaceConfig,
  positions: readonly number[],
  pick: (event: NormalisedEvent) => unknown,
): Promise<readonly Sample[]> {
  const found = await recorded(ports, positions.slice(0, SAMPLE_EVENTS_MAX))
  const known = await ofKnownPeople(ports, space, await unlessForgotten(ports, found))
  return samplesOf(known.map(({ event }) => pick(event)))
}

export type Sample = string | number | boolean

/** Each value once, in the order given; objects and lists as their JSON. Pure. */
export function samplesOf(values: readonly unknown[]): readonly Sample[] {
  return [
    ...new Set(values.flatMap((value): Sample[] => (value === undefined || value === null ? [] : [shown(value)]))),
  ].slice(0, SAMPLES_MAX)
}

function shown(value: unknown): Sample {
  if (typeof value === 'number' || typeof value === 'boolean') return value
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > SAMPLE_CHARS_MAX ? `${text.slice(0, SAMPLE_CHARS_MAX - 1).toWellFormed()}…` : text
}

/** The log may have lost the oldest. */
async function recorded({ log, clock }: SamplePorts, positions: readonly number[]): Promise<Found[]> {
  const found: Found[] = []
  for (const [at, position] of positions.entries()) {
    if (at > 0 && at % READ_AT_ONCE === 0) await clock.turn()
    const record = log.reader.get(position)
    if (record?.kind === 'event') found.push({ position, event: JSON.parse(record.body) })
  }
  return found
}

/** The log still has what somebody did before they asked to be forgotten. */
async function unlessForgotten({ state, hash }: SamplePorts, events: readonly Found[]): Promise<Found[]> {
  const forgotten = await state.tombstones(events.map(({ event }) => hash.lane(userKeyOf(event))))
  return events.filter(({ event }, at) => Date.parse(event.timestamp) >= (forgotten[at] ?? Number.NEGATIVE_INFINITY))
}

/**
 * Those of which every id has led to a profile ever since: also what a forgotten person did under another name is left
 * out, and stays so when somebody else, or they themselves, come with that name later.
 */
async function ofKnownPeople(
  { state, hash }: SamplePorts,
  space: SpaceConfig,
  events: readonly Found[],
): Promise<Found[]> {
  const rules = compiledRulesOf(space)
  const named = events.map((found) => {
    const { ids } = readEvent(found.event, rules)
    const own = (collection: Collection) => ids[collection].map((id) => ({ id, name: idKey(collection, id) }))
    return { found, ids: [...own('users'), ...own('accounts')] }
  })
  const keys = named.flatMap(({ ids }) => ids.map(({ name }) => profileKey(hash, space.id, name)))
  const owners = await state.people.profilesByIds(keys)
  const numbers = [...new Set(owners.filter((each) => each !== null))]
  const people = (await state.people.profiles(numbers)).flatMap((stored) =>
    stored === null ? [] : [Person.decode(stored.id, stored.document)],
  )
  const since = new Map(
    people.flatMap(({ identity: { collection, ids } }) =>
      ids.map((id): [string, number] => [idKey(collection, id), id.addedBy.position]),
    ),
  )
  return named.flatMap(({ found, ids }) => {
    const isKnown =
      ids.length > 0 && ids.every(({ name }) => (since.get(name) ?? Number.POSITIVE_INFINITY) <= found.position)
    return isKnown ? [found] : []
  })
}
