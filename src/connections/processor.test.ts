import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Catalog } from '../destinations/index.ts'
import type { StoredRecord } from '../log/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import type { PipelineState } from '../state/index.ts'
import { aConfig, anEvent, anInstance, eventRecord } from './builders.ts'
import { encodeCommand } from './command.ts'
import { createKeyedHash } from './keyed-hash.ts'
import { catalogKinds } from './kinds.ts'
import { cutAtCommand, type Prepared, prepareStep } from './processor.ts'

const hash = createKeyedHash(Buffer.alloc(32, 7))
const kindOf = catalogKinds(new Catalog())
const outcomes = { publish() {} }

/** Answers as a state would that holds what earlier steps accepted. */
function stateAfter(steps: readonly Prepared[], tombstones: ReadonlyMap<number, number> = new Map()) {
  const accepted = new Map(
    steps.flatMap(({ processed }) =>
      processed.accepted.map(({ key, position }) => [Buffer.from(key).toString('hex'), position] as const),
    ),
  )
  const state: Pick<PipelineState, 'firstPositions' | 'tombstones'> = {
    firstPositions: async (keys) => keys.map(({ key }) => accepted.get(Buffer.from(key).toString('hex')) ?? null),
    tombstones: async (lanes) => lanes.map((lane) => tombstones.get(lane) ?? null),
  }
  return state
}

const stored = (events: readonly NormalisedEvent[], from = 1): StoredRecord[] =>
  events.map((event, index) => ({ ...eventRecord(event), body: JSON.stringify(event), position: from + index }))

const countOf = (step: Prepared, name: string) =>
  step.counts.find((count) => count.scope === 'source' && count.name === name)?.by ?? 0

test('the first of a messageId wins, within a step and across steps, whatever else differs', async () => {
  const config = aConfig(anInstance())
  const first = await prepareStep(
    { state: stateAfter([]), hash, outcomes, kindOf },
    config,
    0,
    stored([anEvent(), anEvent({ event: 'Other' })]),
  )
  expect([countOf(first, 'accepted'), countOf(first, 'duplicate')]).toEqual([1, 1])
  expect(first.processed.deliveries.map(({ position }) => position)).toEqual([1])
  const second = await prepareStep(
    { state: stateAfter([first]), hash, outcomes, kindOf },
    config,
    2,
    stored([anEvent()], 3),
  )
  expect([countOf(second, 'received'), countOf(second, 'duplicate'), second.processed.deliveries]).toEqual([1, 1, []])
})

test('the same messageId from another source is another event', async () => {
  const records = stored([anEvent(), anEvent()]).map((record, index) => ({ ...record, sourceId: `s${index}` }))
  const step = await prepareStep({ state: stateAfter([]), hash, outcomes, kindOf }, aConfig(), 0, records)
  expect(step.processed.accepted).toHaveLength(2)
})

test('events of an erased person dated before the request are dropped and counted, later ones are not', async () => {
  const lane = hash.lane('u:u1')
  const at = Date.parse('2026-01-02T03:04:05.678Z')
  const events = [anEvent({ messageId: 'a' }), anEvent({ messageId: 'b', timestamp: '2026-01-02T03:04:05.679Z' })]
  const step = await prepareStep(
    { state: stateAfter([], new Map([[lane, at + 1]])), hash, outcomes, kindOf },
    aConfig(),
    0,
    stored(events),
  )
  expect([countOf(step, 'suppressed'), step.processed.accepted.map(({ position }) => position)]).toEqual([1, [2]])
})

test('what the edge refused is counted by reason, and content of suppressed people is a number only', async () => {
  const report = { receivedAt: '2026-01-02T03:04:05.678Z', counts: { bad_request: 2, suppressed: 3 }, samples: [] }
  const record = { kind: 'rejected' as const, sourceId: 's', position: 1, body: JSON.stringify(report) }
  const step = await prepareStep({ state: stateAfter([]), hash, outcomes, kindOf }, aConfig(), 0, [record])
  const counts = Object.fromEntries(step.counts.map(({ name, by }) => [name, by]))
  expect(counts).toEqual({ received: 5, rejected: 2, 'rejected:bad_request': 2, suppressed: 3 })
})

test('an erasure asks each account once, and instances that are off or cannot delete not at all', async () => {
  const config = aConfig(
    anInstance({ number: 1 }),
    anInstance({ number: 2 }),
    anInstance({ number: 3, settings: { apiKey: 'another key' } }),
    anInstance({ number: 4, enabled: false, settings: { apiKey: 'a third key' } }),
  )
  const command = {
    command: 'erase',
    regulationId: 'r',
    regulationType: 'DELETE_ONLY',
    userId: 'u1',
    requestedAtMs: 5,
  } as const
  const record = {
    kind: 'command' as const,
    sourceId: '',
    position: 9,
    body: Buffer.from(encodeCommand(command)).toString(),
  }
  const step = await prepareStep({ state: stateAfter([]), hash, outcomes, kindOf }, config, 8, [record])
  expect(step.processed.deliveries.map(({ instance, route }) => [instance, route])).toEqual([
    [1, -1],
    [3, -3],
  ])
  expect(step.erased).toEqual([{ lane: hash.lane('u:u1'), before: 9, atMs: 5 }])
})

test('commands and events are never in one step', () => {
  const anyKinds = fc.array(fc.constantFrom('event' as const, 'rejected' as const, 'command' as const), {
    minLength: 1,
  })
  fc.assert(
    fc.property(anyKinds, (kinds) => {
      const records = kinds.map((kind, index) => ({ kind, sourceId: '', position: index + 1, body: '' }))
      const seen: StoredRecord[] = []
      for (let rest: readonly StoredRecord[] = records; rest.length > 0; ) {
        const cut = cutAtCommand(rest)
        expect(new Set(cut.map(({ kind }) => kind === 'command')).size).toBe(1)
        seen.push(...cut)
        rest = rest.slice(cut.length)
      }
      expect(seen).toEqual(records)
    }),
  )
})

const anyEvents = fc.array(
  fc.record({
    messageId: fc.constantFrom('a', 'b', 'c', 'd'),
    userId: fc.constantFrom('u1', 'u2'),
    type: fc.constantFrom('track' as const, 'identify' as const, 'page' as const),
    integrations: fc.constantFrom({}, { All: false }),
  }),
  { minLength: 1, maxLength: 12 },
)

test('however the log is cut into steps, the rows are the same', async () => {
  await fc.assert(
    fc.asyncProperty(anyEvents, fc.infiniteStream(fc.integer({ min: 1, max: 4 })), async (overs, cuts) => {
      const config = aConfig(anInstance({ number: 1 }), anInstance({ number: 2, startPosition: 3 }))
      const records = stored(overs.map((over) => anEvent(over)))
      const whole = await prepareStep({ state: stateAfter([]), hash, outcomes, kindOf }, config, 0, records)
      const steps: Prepared[] = []
      for (let from = 0; from < records.length; ) {
        const part = records.slice(from, from + (cuts.next().value ?? 1))
        steps.push(await prepareStep({ state: stateAfter(steps), hash, outcomes, kindOf }, config, from, part))
        from += part.length
      }
      expect(steps.flatMap((step) => step.processed.deliveries)).toEqual(whole.processed.deliveries)
      expect(steps.flatMap((step) => step.processed.routings)).toEqual(whole.processed.routings)
      const sums = new Map<string, number>()
      for (const { scope, id, name, by } of steps.flatMap((step) => step.counts)) {
        const key = `${scope} ${id} ${name}`
        sums.set(key, (sums.get(key) ?? 0) + by)
      }
      expect(sums).toEqual(new Map(whole.counts.map(({ scope, id, name, by }) => [`${scope} ${id} ${name}`, by])))
    }),
  )
})
