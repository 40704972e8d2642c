/** Random histories, told to an adapter and to the plain model; every read must agree after each part. */
import fc from 'fast-check'
import { expect } from 'vitest'
import { aKey, anEnd, aProcessed, aRetry, aStep, DAY_MS, FIRST_DAY, NOTHING } from './builders.fixture.ts'
import { PipelineModel } from './model.fixture.ts'
import {
  type CancelLane,
  DELIVERY_STATES,
  type DeliveryId,
  type DeliveryUpdate,
  type EndState,
  type NewDelivery,
  OffsetConflict,
  type OpenDelivery,
  type PipelineState,
  type PipelineStep,
} from './port.ts'
import { ReplayConflict } from './replay-port.ts'

// Few of everything on purpose: the same key, lane or delivery must come up again.
const KEYS = 6
const DAYS = 3
const LANES = [0, 7, Number.MAX_SAFE_INTEGER]
/** Route and instance of each subscription. */
const ROUTES = [
  { route: 1, instance: 1 },
  { route: 2, instance: 1 },
  { route: 3, instance: 2 },
]
const INSTANCES = [1, 2]
const REGULATIONS = ['reg_1', 'reg_2']

const anyLane = fc.constantFrom(...LANES)
const anyTime = fc.integer({ min: FIRST_DAY * DAY_MS, max: (FIRST_DAY + DAYS) * DAY_MS })
const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom('x', '\0', '\ud800', `'"\\{}`))
const anyNullableText = fc.option(anyText)
const anyStatus = fc.option(fc.constantFrom(200, 503))

const anyEvent = fc.record({
  key: fc.nat(KEYS - 1),
  day: fc.nat(DAYS - 1),
  lane: anyLane,
  routes: fc.subarray(ROUTES),
})

/** `pick` chooses among all deliveries so far, ended ones included. */
const anyUpdate = fc.oneof(
  fc.record({ kind: fc.constant('spill'), pick: fc.nat() }),
  fc.record({
    kind: fc.constant('retry'),
    pick: fc.nat(),
    attempts: fc.nat(9),
    firstAttemptAtMs: anyTime,
    pausedMsAtFirst: fc.nat(99),
    nextAttemptAtMs: fc.double({ min: 0, max: 2 ** 50, noNaN: true }),
    malformed: fc.nat(3),
    status: anyStatus,
    reason: anyText,
    frozen: anyNullableText,
  }),
  fc.record({
    kind: fc.constant('end'),
    pick: fc.nat(),
    state: fc.constantFrom<EndState>('delivered', 'dead', 'erased', 'cancelled'),
    attempts: fc.nat(9),
    status: anyStatus,
    reason: anyNullableText,
    atMs: anyTime,
    detail: fc.option(
      fc.record({
        request: anyNullableText,
        response: anyNullableText,
        body: fc.option(fc.uint8Array({ maxLength: 4 })),
      }),
    ),
  }),
)

const anyStepPart = fc.record({
  kind: fc.constant('step'),
  isLate: fc.constantFrom(false, false, false, true),
  events: fc.option(fc.array(anyEvent, { maxLength: 6 })),
  erasures: fc.array(
    fc.record({ lane: anyLane, inFlight: fc.array(fc.nat(), { maxLength: 2 }), atMs: anyTime, regulation: fc.nat(1) }),
    { maxLength: 2 },
  ),
  updates: fc.array(anyUpdate, { maxLength: 8 }),
  counts: fc.array(
    fc.record({
      scope: fc.constantFrom('source', 'destination'),
      id: fc.constantFrom('1', '2'),
      name: fc.constantFrom('accepted', 'delivered', 'dead:x'),
      by: fc.nat(5),
    }),
    { maxLength: 3 },
  ),
  runtimes: fc.array(
    fc.record({
      instance: fc.constantFrom(...INSTANCES),
      pausedMs: fc.nat(99),
      hold: fc.option(fc.record({ reason: fc.constant('x'), sinceMs: anyTime, detail: fc.constant('d') })),
    }),
    { maxLength: 2 },
  ),
})

const anyReplayPart = fc.record({
  kind: fc.constant('replay'),
  instance: fc.constantFrom(...INSTANCES),
  picks: fc.array(fc.nat(), { maxLength: 2 }),
  inserts: fc.array(fc.record({ position: fc.integer({ min: 1, max: 4 }), lane: anyLane }), { maxLength: 2 }),
  skipped: fc.nat(2),
  isRead: fc.boolean(),
})

const anyReplayEnd = fc.record({
  kind: fc.constant('replay end'),
  instance: fc.constantFrom(...INSTANCES),
  state: fc.constantFrom('finished', 'cancelled'),
  picks: fc.array(fc.nat(), { maxLength: 2 }),
  atMs: anyTime,
})

const anyPart = fc.oneof(
  { weight: 3, arbitrary: anyReplayPart },
  { weight: 1, arbitrary: anyReplayEnd },
  { weight: 8, arbitrary: anyStepPart },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unspill') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('forget'),
      day: fc.nat(DAYS),
      deliveredBeforeMs: anyTime,
      limit: fc.integer({ min: 1, max: 3 }),
    }),
  },
)

export const anyHistory = fc.array(anyPart, { minLength: 1, maxLength: 12 })

type Values<A> = A extends fc.Arbitrary<infer T> ? T : never
type StepPart = Values<typeof anyStepPart>

export async function agreesWithModel(
  opened: { readonly state: PipelineState; reopen(): Promise<PipelineState> },
  history: Values<typeof anyHistory>,
): Promise<void> {
  const model = new PipelineModel()
  let state = opened.state
  const deliveries: NewDelivery[] = []
  for (const part of history) {
    switch (part.kind) {
      case 'unspill':
        await Promise.all([state.unspill(), model.unspill()])
        break
      case 'reopen':
        state = await opened.reopen()
        break
      case 'replay': {
        const replayed = await replay(part as Values<typeof anyReplayPart>, state, model, deliveries)
        deliveries.push(...replayed)
        break
      }
      case 'replay end':
        await endReplay(part as Values<typeof anyReplayEnd>, state, model, deliveries)
        break
      case 'forget': {
        const { day, ...rest } = part as Extract<typeof part, { limit: number }>
        const options = { ...rest, dedupBeforeDay: FIRST_DAY + day }
        while ((await state.forget(options)).more) await state.offset()
        await model.forget(options)
        break
      }
      default: {
        const stepPart = part as StepPart
        const step = await stepOf(stepPart, model, deliveries)
        if (stepPart.isLate && step.processed !== undefined) {
          await expect(state.commit(step)).rejects.toThrow(OffsetConflict)
          break
        }
        await state.commit(step)
        await model.commit(step)
        deliveries.push(...(step.processed?.deliveries ?? []))
      }
    }
    expect(await everything(state, deliveries)).toEqual(await everything(model, deliveries))
  }
}

/** A new replay or a piece of the running one. @returns the deliveries that it made */
async function replay(
  part: Values<typeof anyReplayPart>,
  state: PipelineState,
  model: PipelineModel,
  deliveries: readonly NewDelivery[],
): Promise<readonly NewDelivery[]> {
  const { instance, picks, inserts, ...rest } = part
  const running = (await model.replays({ state: 'running', limit: 10 })).find((each) => each.instance === instance)
  const number = (await model.replays({ limit: 1 }))[0]?.number ?? 0
  const what = { kind: 'dead', selection: '{}', total: 3, ratePerSecond: 9, createdAtMs: 1, cursor: NOTHING } as const
  const fresh = { ...what, id: `rpl_${number + 1}`, instance }
  if (running === undefined) {
    expect(await state.createReplay(fresh)).toEqual(await model.createReplay(fresh))
    return []
  }
  await expect(state.createReplay(fresh)).rejects.toThrow(ReplayConflict)
  const { cursor: from } = running
  const dead = await model.deadLetters({ instance, after: from, limit: 2 })
  const revive = [...dead, ...picks.flatMap((index) => deliveries[index % deliveries.length] ?? [])]
  const insert = inserts.map((each) => ({ ...each, route: 4, instance }))
  const advance = { ...rest, number: running.number, from, to: dead.at(-1) ?? from, revive, insert }
  const to = { position: advance.to.position, route: advance.to.route }
  const told = await state.advanceReplay({ ...advance, to })
  expect(told).toEqual(await model.advanceReplay({ ...advance, to }))
  return told.filter((each) => each.route === 4 && !deliveries.some((known) => isSame(known, each)))
}

async function endReplay(
  part: Values<typeof anyReplayEnd>,
  state: PipelineState,
  model: PipelineModel,
  deliveries: readonly NewDelivery[],
): Promise<void> {
  const running = (await model.replays({ state: 'running', limit: 10 })).find((each) => each.instance === part.instance)
  const spare = part.picks.flatMap((index) => deliveries[index % deliveries.length] ?? [])
  const end = { number: running?.number ?? 99, state: part.state as 'finished', atMs: part.atMs, spare }
  if (running === undefined) return expect(state.endReplay(end)).rejects.toThrow(OffsetConflict)
  await Promise.all([state.endReplay(end), model.endReplay(end)])
}

const isSame = (a: DeliveryId, b: DeliveryId) => a.position === b.position && a.route === b.route

async function stepOf(part: StepPart, model: PipelineModel, deliveries: readonly NewDelivery[]): Promise<PipelineStep> {
  const updates = await updatesOf(part, model, deliveries)
  const { counts, runtimes } = part
  if (part.events === null) return aStep({ updates, counts, runtimes } as Partial<PipelineStep>)
  const offset = await model.offset()
  const from = part.isLate ? offset + 1 : offset
  const seen = new Set<number>()
  const accepted: (ReturnType<typeof aKey> & { position: number })[] = []
  const routings: { position: number; lane: number; configVersion: number; decisions: Record<number, null> }[] = []
  const added: NewDelivery[] = []
  let position = offset
  for (const { key, day, lane, routes } of part.events) {
    position += 1
    const [first] = await model.firstPositions([aKey(key)])
    if (first !== null || seen.has(key)) continue
    seen.add(key)
    accepted.push({ ...aKey(key, day), position })
    routings.push({ position, lane, configVersion: 1, decisions: { 1: null } })
    for (const route of routes) added.push({ position, ...route, lane })
  }
  const pick = (index: number) => deliveries[index % deliveries.length]
  const cancelLanes: CancelLane[] = []
  const tombstones: { lane: number; beforeMs: number }[] = []
  const regulations: { id: string; createdAtMs: number; subjects: number }[] = []
  const regulationTasks: (DeliveryId & { regulationId: string; destinationId: string })[] = []
  // One set for all: an erasure knows everything that is in flight.
  const inFlight = part.erasures.flatMap((each) => each.inFlight.flatMap((index) => pick(index) ?? []))
  for (const { lane, atMs, regulation } of part.erasures) {
    position += 1
    const id = REGULATIONS[regulation] as string
    cancelLanes.push({ lane, before: position, atMs, inFlight })
    tombstones.push({ lane, beforeMs: atMs })
    regulations.push({ id, createdAtMs: FIRST_DAY, subjects: 1 })
    added.push({ position, route: -1, instance: 1, lane })
    regulationTasks.push({ position, route: -1, regulationId: id, destinationId: 'd1' })
  }
  const step = { accepted, routings, deliveries: added, cancelLanes, tombstones, regulations, regulationTasks }
  const processed = aProcessed({ from, to: Math.max(position, offset + 1), ...step })
  return aStep({ processed, updates, counts, runtimes } as Partial<PipelineStep>)
}

/** Fills in what the dispatcher knows of a delivery: its replay, whether rows about retries and a spill may exist. */
async function updatesOf(
  part: StepPart,
  model: PipelineModel,
  deliveries: readonly NewDelivery[],
): Promise<DeliveryUpdate[]> {
  const updates: DeliveryUpdate[] = []
  for (const { pick, ...update } of part.updates) {
    const chosen = deliveries[pick % deliveries.length]
    if (chosen === undefined) continue
    if (update.kind === 'spill') updates.push({ ...chosen, kind: 'spill' })
    else if (update.kind === 'retry') updates.push(aRetry(chosen, update as object))
    else {
      const rows = await model.ledger({ position: chosen.position, limit: 100 })
      const standing = rows.find((row) => isSame(row, chosen))?.replay ?? null
      const known = { hasRetryRow: true, wasSpilled: true, replay: standing }
      updates.push(anEnd(chosen, { ...(update as object), ...known }))
    }
  }
  return updates
}

async function everything(
  state: Omit<PipelineState, 'people' | 'seen' | 'volume'>,
  deliveries: readonly NewDelivery[],
) {
  const positions = [...new Set(deliveries.map((each) => each.position))]
  const lanesOf = INSTANCES.flatMap((instance) => LANES.map((lane) => ({ instance, lane })))
  const filters = [
    {},
    { instance: 1 },
    ...DELIVERY_STATES.map((each) => ({ state: each })),
    { instance: 1, state: 'dead' },
    { lane: 7 },
    { lane: 7, reason: 'x', fromPosition: 2 },
    { instance: 1, replay: 1 },
    { before: { position: 3, route: 2 } },
    { state: 'pending', before: { position: 3, route: 1 }, fromPosition: 2 },
  ]
  const counts = (await state.counts()).map(({ scope, id, name, by }) => [`${scope} ${id} ${name}`, by] as const)
  return {
    offset: await state.offset(),
    first: await state.firstPositions(Array.from({ length: KEYS }, (_, key) => aKey(key))),
    tombstones: await state.tombstones(LANES),
    open: await Promise.all(INSTANCES.map((instance) => pages((after) => state.open({ instance, after, limit: 2 })))),
    spilled: await Promise.all(lanesOf.map((of) => pages((after) => state.spilled({ ...of, after, limit: 2 })))),
    runtimes: await state.runtimes(),
    counts: Object.fromEntries(counts),
    pending: await state.pending(),
    tallied: (await state.tally()).pending,
    ledger: await Promise.all(
      filters.map((filter) => state.ledger({ ...(filter as { instance?: number }), limit: 10 })),
    ),
    replays: await state.replays({ limit: 10 }),
    dead: await Promise.all([
      state.deadLetters({ instance: 1, after: NOTHING, limit: 10 }),
      state.deadLetters({ instance: 1, after: NOTHING, limit: 10, lane: 7, reasons: ['x', 'y'], route: 1 }),
      state.deadLetters({ instance: 1, after: { position: 1, route: 1 }, limit: 1, lane: 7 }),
    ]),
    details: await Promise.all(deliveries.map((each) => state.detail(each))),
    routings: await Promise.all(positions.map((position) => state.routing(position))),
    regulations: await Promise.all(REGULATIONS.map((id) => state.regulation(id))),
    latest: [await state.latestRegulations(1), await state.latestRegulations(10)],
    progress: await Promise.all(REGULATIONS.map((id) => state.regulationProgress(id))),
  }
}

async function pages(read: (after: DeliveryId) => Promise<readonly OpenDelivery[]>): Promise<readonly OpenDelivery[]> {
  const all: OpenDelivery[] = []
  for (;;) {
    const page = await read(all.at(-1) ?? NOTHING)
    if (page.length === 0) return all
    all.push(...page)
  }
}
