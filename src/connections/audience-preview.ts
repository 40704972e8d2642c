/** Who would be in an audience, worked out over the history that the log has, beside everything and without a trace. */
import { type Definition, type Level, plansOf } from '../engage/index.ts'
import type { LogReader } from '../log/index.ts'
import type { Clock } from '../ports/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import { PeopleStep, Person, readEvent } from '../unify/index.ts'
import type { SpaceComputation, SpaceConfig } from '../workspace/index.ts'
import { typesAskedFor } from './eligibility.ts'
import { type IdentifierCount, identifierCounts, readBy } from './preview-figures.ts'
import { compiledRulesOf } from './space-rules.ts'

/** Records looked through; of a longer log the newest. */
export const PREVIEW_RECORDS_MAX = 200_000
/** Profiles shown. */
export const PREVIEW_SAMPLE = 10
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
  readonly sample: readonly {
    readonly externalIds: readonly { readonly type: string; readonly id: string }[]
    readonly value: unknown
  }[]
  /** False: the log has more than was looked through. */
  readonly isComplete: boolean
}

export async function previewComputation(options: {
  readonly log: Pick<LogReader, 'start' | 'end' | 'read'>
  readonly space: Pick<SpaceConfig, 'sourceIds' | 'rules' | 'filters' | 'computations'>
  readonly definition: Definition
  /** Of the space, and of the same level. */
  readonly overlapWith?: SpaceComputation
  readonly level: Level
  readonly clock: Pick<Clock, 'nowMs' | 'turn'>
}): Promise<AudiencePreview> {
  const { log, space, definition, overlapWith, level, clock } = options
  const { sourceIds, computations } = space
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
    for (const { kind, sourceId, body, position: at } of records) {
      if (kind !== 'event' || !sourceIds.has(sourceId)) continue
      const event = JSON.parse(body) as NormalisedEvent
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
    sample: members.slice(0, PREVIEW_SAMPLE).map((person) => ({
      externalIds: person.identity.ids.map(({ type, value: id }) => ({ type, id })),
      value: valueIn(person, number),
    })),
    isComplete: first < log.start(),
  }
}
