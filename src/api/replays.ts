/** Replays: deliveries that are made once more because a person asked. Segment's API has none; its conventions are kept. */
import { type Static, Type } from 'typebox'
import {
  type CandidatePorts,
  catalogKinds,
  pendingOf,
  previewReplay,
  REPLAY_RATE_DEFAULT,
  REPLAY_RATE_MAX,
  REPLAY_START,
  type ReplaySelection,
} from '../connections/index.ts'
import { EVENT_TYPES, type EventType, userKeyOf } from '../spec/index.ts'
import type { Replay } from '../state/index.ts'
import type { DestinationInstance } from '../workspace/index.ts'
import { actorOf } from './actor.ts'
import * as answers from './answers/deliveries.ts'
import type { ApiDeps, Routes } from './deps.ts'
import { ApiError } from './problems.ts'
import { renderedNow } from './rendered.ts'

/** Events that one replay may name. */
export const REPLAY_MESSAGES_MAX = 1_000
const REASONS_MAX = 100
const LISTED_MAX = 200
/** Requests that a preview renders. */
const SAMPLE_MAX = 5

const Time = Type.String({ minLength: 10, maxLength: 40 })
const Text = Type.String({ minLength: 1, maxLength: 500 })
const Selection = {
  kind: Type.Optional(Type.Union([Type.Literal('dead'), Type.Literal('history')])),
  destinationId: Text,
  mappingId: Type.Optional(Text),
  reasons: Type.Optional(Type.Array(Text, { minItems: 1, maxItems: REASONS_MAX })),
  event: Type.Optional(Text),
  type: Type.Optional(Type.Union(EVENT_TYPES.map((type) => Type.Literal(type)))),
  from: Type.Optional(Time),
  to: Type.Optional(Time),
  userId: Type.Optional(Text),
  anonymousId: Type.Optional(Text),
  messageIds: Type.Optional(Type.Array(Text, { minItems: 1, maxItems: REPLAY_MESSAGES_MAX })),
}
const Preview = Type.Object(Selection, { additionalProperties: false })
const Create = Type.Object(
  { ...Selection, ratePerSecond: Type.Optional(Type.Integer({ minimum: 1, maximum: REPLAY_RATE_MAX })) },
  { additionalProperties: false },
)

type Asked = Static<typeof Preview>

export const replayRoutes: Routes = (app, deps, guard) => {
  const { state, log, hash, catalog } = deps
  const ports: CandidatePorts = { state, log: log.reader, hash, kindOf: catalogKinds(catalog) }
  const looked = async (asked: Asked, sampleMax: number) => {
    const { instance, selection } = await selectionOf(deps, asked)
    const options = {
      kind: asked.kind ?? 'dead',
      instance,
      selection,
      config: deps.config(),
      after: undefined,
    } as const
    const preview = await previewReplay(ports, options, { sampleMax, breathe: () => deps.clock.turn() })
    return { instance, selection, preview }
  }

  app.post<{ Body: Asked }>(
    '/replays/preview',
    { onRequest: guard('pii:read'), config: answers.previewReplay, schema: { body: Preview } },
    async (request) => {
      const { instance, preview } = await looked(request.body, SAMPLE_MAX)
      const sample = await Promise.all(
        preview.sample.map(async (each) => ({
          id: `${each.position}.${each.route}`,
          reason: each.reason,
          ...(await renderedNow(deps, instance, each)),
        })),
      )
      return { data: { ...preview, sample } }
    },
  )

  app.post<{ Body: Static<typeof Create> }>(
    '/replays',
    { onRequest: guard('api:write'), config: answers.createReplay, schema: { body: Create } },
    async (request, reply) => {
      const { ratePerSecond = REPLAY_RATE_DEFAULT, ...asked } = request.body
      const { instance, selection, preview } = await looked(asked, 0)
      if (!preview.isComplete) {
        const message = 'The selection is too large to be counted. Narrow it, for instance with from and to.'
        throw new ApiError(422, [{ type: 'input-validation', message }])
      }
      const replay = await deps.replays.create(
        {
          id: `rpl_${deps.random.bytes(12).toString('base64url')}`,
          kind: asked.kind ?? 'dead',
          instance: instance.number,
          selection: JSON.stringify(selection),
          total: preview.total,
          ratePerSecond,
          cursor: REPLAY_START,
        },
        actorOf(request),
      )
      return reply.status(201).send({ data: { replay: toReplay(replay, deps) } })
    },
  )

  app.get('/replays', { onRequest: guard('api:read'), config: answers.listReplays }, async () => {
    const replays = await state.replays({ limit: LISTED_MAX })
    return { data: { replays: replays.map((each) => toReplay(each, deps)) } }
  })

  app.get<{ Params: { id: string } }>(
    '/replays/:id',
    { onRequest: guard('api:read'), config: answers.getReplay },
    async (request) => {
      const [replay] = await state.replays({ id: request.params.id, limit: 1 })
      if (replay === undefined) throw notFound('replay')
      return { data: { replay: toReplay(replay, deps) } }
    },
  )

  app.post<{ Params: { id: string } }>(
    '/replays/:id/cancel',
    { onRequest: guard('api:write'), config: answers.cancelReplay },
    async (request) => {
      const replay = await deps.replays.cancel(request.params.id, actorOf(request))
      if (replay === null) throw notFound('replay')
      return { data: { replay: toReplay(replay, deps) } }
    },
  )
}

async function selectionOf(
  deps: ApiDeps,
  asked: Asked,
): Promise<{ instance: DestinationInstance; selection: ReplaySelection }> {
  const instance = deps.config().destinations.get(asked.destinationId)
  if (instance === undefined) throw notFound('destination')
  const { mappingId, reasons, event, type, userId, anonymousId, messageIds } = asked
  const mapping = instance.subscriptions.find((each) => each.id === mappingId)?.number
  if (mappingId !== undefined && mapping === undefined) throw notFound('mapping')
  if (reasons !== undefined && asked.kind === 'history') {
    throw invalid('reasons', 'are those of dead letters: leave them out for history')
  }
  const lane =
    userId !== undefined || anonymousId !== undefined
      ? deps.hash.lane(userKeyOf(userId === undefined ? { anonymousId: anonymousId ?? '' } : { userId }))
      : undefined
  const fromMs = asked.from === undefined ? undefined : timeOf('from', asked.from)
  const toMs = asked.to === undefined ? undefined : timeOf('to', asked.to)
  const positions = messageIds === undefined ? undefined : await positionsOf(deps, instance, messageIds)
  const selection: ReplaySelection = {
    ...(mapping === undefined ? {} : { mapping }),
    ...(reasons === undefined ? {} : { reasons }),
    ...(lane === undefined ? {} : { lane }),
    ...(positions === undefined ? {} : { positions }),
    ...(event === undefined ? {} : { event }),
    ...(type === undefined ? {} : { type: type as EventType }),
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
    untilPosition: deps.log.reader.end(),
    diedByMs: deps.clock.nowMs(),
  }
  return { instance, selection }
}

async function positionsOf(
  deps: ApiDeps,
  instance: DestinationInstance,
  messageIds: readonly string[],
): Promise<number[]> {
  const keys = messageIds.map((messageId) => ({ day: 0, key: deps.hash.message(instance.sourceId, messageId) }))
  return (await deps.state.firstPositions(keys)).filter((position) => position !== null)
}

/** A replay as people see it. */
function toReplay(replay: Replay, deps: ApiDeps): answers.Replay {
  const { counts, total, createdAtMs, endedAtMs } = replay
  const instance = [...deps.config().destinations.values()].find((each) => each.number === replay.instance)
  const pending = pendingOf(replay)
  const done = counts.revived - pending + counts.skipped
  const elapsedMs = (endedAtMs ?? deps.clock.nowMs()) - createdAtMs
  const isRunning = replay.state === 'running'
  return {
    id: replay.id,
    kind: replay.kind,
    destinationId: instance?.id ?? null,
    selection: toSelection(JSON.parse(replay.selection), instance),
    status: replay.state.toUpperCase(),
    ratePerSecond: replay.ratePerSecond,
    total,
    done,
    pending,
    ...counts,
    etaSeconds: isRunning && done > 0 ? Math.ceil((Math.max(0, total - done) * elapsedMs) / done / 1_000) : null,
    createdAt: new Date(createdAtMs).toISOString(),
    finishedAt: endedAtMs === null ? null : new Date(endedAtMs).toISOString(),
  }
}

function toSelection(
  selection: ReplaySelection,
  instance: DestinationInstance | undefined,
): answers.Replay['selection'] {
  const { mapping, lane, positions, fromMs, toMs, untilPosition: _, diedByMs: __, ...rest } = selection
  return {
    ...rest,
    ...(mapping === undefined
      ? {}
      : { mappingId: instance?.subscriptions.find(({ number }) => number === mapping)?.id ?? null }),
    ...(lane === undefined ? {} : { isOnePerson: true }),
    ...(positions === undefined ? {} : { messages: positions.length }),
    ...(fromMs === undefined ? {} : { from: new Date(fromMs).toISOString() }),
    ...(toMs === undefined ? {} : { to: new Date(toMs).toISOString() }),
  }
}

function timeOf(field: string, text: string): number {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw invalid(field, 'must be an ISO 8601 time such as 2026-01-31T00:00:00Z')
  return ms
}

const invalid = (field: string, message: string) =>
  new ApiError(422, [{ type: 'input-validation', field, message: `${field} ${message}` }])

const notFound = (what: string) => new ApiError(404, [{ type: 'not-found', message: `The ${what} does not exist.` }])
