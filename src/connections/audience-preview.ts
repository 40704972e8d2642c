/** Who would be in an audience, worked out over the history that the log has, beside everything and without a trace. */
import { type Definition, type Level, plansOf } from '../engage/index.ts'
import type { LogReader, StoredRecord } from '../log/index.ts'
import type { Clock } from '../ports/index.ts'
import { type NormalisedEvent, userKeyOf } from '../spec/index.ts'
import type { PipelineState } from '../state/index.ts'
import { PeopleStep, Person, readEvent } from '../unify/index.ts'
import type { SpaceComputation, SpaceConfig } from '../workspace/index.ts'
import { typesAskedFor } from './eligibility.ts'
import type { KeyedHash } from './keyed-hash.ts'
import { type IdentifierCount, identifierCounts, readBy } from './preview-figures.ts'
import { type PreviewSample, presentSample } from './preview-sample.ts'
import { compiledRulesOf } from './space-rules.ts'

/** Profiles shown. */
export const PREVIEW_SAMPLE = 10
/** Of those who are in so many are looked up at most, to find some to show. */
export const PREVIEW_LOOKED_UP_MAX = 500
/** Records looked through; of a longer log the newest. */
export const PREVIEW_RECORDS_MAX = 200_000
const PAGE_RECORDS = 500

export interface AudiencePreview {
  /** Profiles that are in, or have a value. */
  readonly size: number
  /** All profiles there are, of people or of accounts. */
  readonly profiles: number
  /** Of those who are in. */
  readonly identifiers: readonly IdentifierCount[]
  /** With another one of the space, over the same history. Only where it was asked for. */
  readonly overlap?: {
    readonly id: string
    readonly key: string
    readonly size: number
    /** Who is in both. */
    readonly both: number
  }
  readonly sample: readonly PreviewSample[]
  /** Position in the log of the last record that was looked through. */
  readonly untilPosition: number
  /** False: the log has more than was looked through. */
  readonly isComplete: boolean
}

export interface PreviewOptions {
  readonly log: Pick<LogReader, 'start' | 'end' | 'read'>
  readonly state: Pick<PipelineState, 'people' | 'tombstones'>
  readonly hash: KeyedHash
  readonly space: Pick<SpaceConfig, 'id' | 'sourceIds' | 'rules' | 'filters' | 'computations'>
  readonly definition: Definition
  /** Of the space, and of the same level. */
  readonly overlapWith?: SpaceComputation
  readonly level: Level
  readonly clock: Pick<Clock, 'nowMs' | 'turn'>
}

export async function previewComputation(options: PreviewOptions): Promise<AudiencePreview> {
  const { log, space, definition, overlapWith, level, clock } = options
  const { computations } = space
  const rules = compiledRulesOf(space)
  const number = Math.max(0, ...computations.map((each) => each.number)) + 1
  const read = readBy([definition, ...(overlapWith === undefined ? [] : [overlapWith.definition])], computations)
  const others = new Set([...read, ...(overlapWith === undefined ? [] : [overlapWith])])
  const asked = new Map(Array.from(others, (each) => [each.number, typesAskedFor(each)]))
  let lastId = 0
  const step = new PeopleStep({
    rules,
    plans: plansOf([...others, { number, key: 'preview', definition, level, includesAnonymous: true }]),
    kept: { reading: 0, since: new Map() },
    isEligible: (computation, types) => {
      const wanted = asked.get(computation)
      return wanted === undefined || types.some((type) => wanted.has(type))
    },
    people: [],
    owners: new Map(),
    merged: new Map(),
    engineMs: 0,
    newProfileId: () => {
      lastId += 1
      return lastId
    },
  })
  const seen = new Set<string>()
  const end = log.end()
  const first = Math.max(log.start() - 1, end - PREVIEW_RECORDS_MAX)
  let nowMs = 0
  for (let position = first; position < end; ) {
    const records = log.read(position, PAGE_RECORDS)
    const last = records.at(-1)
    if (last === undefined) break
    for (const { event, sourceId, at } of await unlessErased(options, records)) {
      const id = `${sourceId}\n${event.messageId}`
      if (seen.has(id)) continue
      seen.add(id)
      nowMs = Math.max(nowMs, Date.parse(event.receivedAt))
      step.pass(nowMs)
      step.apply({ position: at, sourceId, event, read: readEvent(event, rules) }, nowMs)
    }
    position = last.position
    // Ingest has the same thread.
    await clock.turn()
  }
  step.pass(clock.nowMs())
  const people = step
    .changes()
    .people.map(({ id, document }) => Person.decode(id, document))
    .filter(({ identity }) => identity.collection === level)
  const valueIn = ({ engage }: Person, of: number) => {
    const value = engage.values.get(of)?.value ?? null
    return value === false ? null : value
  }
  const members = people.filter((person) => valueIn(person, number) !== null)
  const isInOther = (person: Person) => overlapWith !== undefined && valueIn(person, overlapWith.number) !== null
  return {
    size: members.length,
    profiles: people.length,
    identifiers: identifierCounts(members.map(({ identity }) => identity.ids.map(({ type }) => type))),
    ...(overlapWith === undefined
      ? {}
      : {
          overlap: {
            id: overlapWith.id,
            key: overlapWith.key,
            size: people.filter(isInOther).length,
            both: members.filter(isInOther).length,
          },
        }),
    sample: await sampleOf(options, members, (person) => valueIn(person, number), end),
    untilPosition: end,
    isComplete: first < log.start(),
  }
}

/** The log still has what somebody did before they asked to be forgotten. */
async function unlessErased({ state, hash, space }: PreviewOptions, records: readonly StoredRecord[]) {
  const found = records.flatMap(({ kind, sourceId, body, position: at }) =>
    kind === 'event' && space.sourceIds.has(sourceId)
      ? [{ event: JSON.parse(body) as NormalisedEvent, sourceId, at }]
      : [],
  )
  const tombstones = await state.tombstones(found.map(({ event }) => hash.lane(userKeyOf(event))))
  return found.filter(
    ({ event }, index) => Date.parse(event.timestamp) >= (tombstones[index] ?? Number.NEGATIVE_INFINITY),
  )
}

async function sampleOf(
  { state, hash, space, level, clock }: PreviewOptions,
  members: readonly Person[],
  valueIn: (member: Person) => unknown,
  untilPosition: number,
): Promise<readonly PreviewSample[]> {
  const found: PreviewSample[] = []
  const lookedUp = Math.min(members.length, PREVIEW_LOOKED_UP_MAX)
  for (let at = 0; at < lookedUp && found.length < PREVIEW_SAMPLE; at += PREVIEW_SAMPLE) {
    const some = members.slice(at, at + PREVIEW_SAMPLE).map((person) => ({
      externalIds: person.identity.ids.map(({ type, value: id }) => ({ type, id })),
      value: valueIn(person),
    }))
    found.push(...(await presentSample({ state, hash }, { spaceId: space.id, level, untilPosition }, some)))
    await clock.turn()
  }
  return found.slice(0, PREVIEW_SAMPLE)
}
