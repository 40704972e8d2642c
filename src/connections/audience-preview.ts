/** Who would be in an audience, worked out over the history that the log has, beside everything and without a trace. */
import { type Definition, type Level, plansOf } from '../engage/index.ts'
import type { LogReader } from '../log/index.ts'
import type { Clock } from '../ports/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import { type CompiledRules, PeopleStep, Person, readEvent } from '../unify/index.ts'

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
  readonly sample: readonly {
    readonly externalIds: readonly { readonly type: string; readonly id: string }[]
    readonly value: unknown
  }[]
  /** False: the log has more than was looked through. */
  readonly isComplete: boolean
}

export async function previewComputation(options: {
  readonly log: Pick<LogReader, 'start' | 'end' | 'read'>
  readonly sourceIds: ReadonlySet<string>
  readonly rules: CompiledRules
  readonly definition: Definition
  readonly level: Level
  readonly clock: Pick<Clock, 'nowMs' | 'turn'>
}): Promise<AudiencePreview> {
  const { log, sourceIds, rules, definition, level, clock } = options
  let lastId = 0
  const step = new PeopleStep({
    rules,
    plans: plansOf([{ number: 1, key: 'preview', definition, level, includesAnonymous: true }]),
    kept: { reading: 0, since: new Map() },
    isEligible: () => true,
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
  const values = people.flatMap(({ identity, engage }) => {
    const value = engage.values.get(1)?.value ?? null
    return value === null || value === false ? [] : [{ value, ids: identity.ids }]
  })
  return {
    size: values.length,
    profiles: people.length,
    sample: values.slice(0, PREVIEW_SAMPLE).map(({ value, ids }) => ({
      externalIds: ids.map(({ type, value: id }) => ({ type, id })),
      value,
    })),
    isComplete: first < log.start(),
  }
}
