/**
 * The event tester and the mapping tester. They need the right to write: with `send` they call the destination with its
 * saved credentials. Unlike Segment's, they respect filters.
 */
import { type Static, Type } from 'typebox'
import { tryEvent } from '../connections/index.ts'
import { triggerProblem } from '../destinations/index.ts'
import { type NormalisedEvent, normalise, REJECT_REASONS } from '../spec/index.ts'
import { type DestinationInstance, newId } from '../workspace/index.ts'
import * as answers from './answers/destinations.ts'
import type { ApiDeps, Routes } from './deps.ts'
import { ApiError } from './problems.ts'

const Event = Type.Record(Type.String(), Type.Unknown())
const TestEvent = Type.Object({ event: Event, send: Type.Optional(Type.Boolean()) }, { additionalProperties: false })
const TestMapping = Type.Object(
  {
    event: Event,
    mapping: Type.Object(
      {
        name: Type.Optional(Type.String()),
        actionId: Type.String(),
        trigger: Type.String(),
        settings: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
      },
      { additionalProperties: false },
    ),
    send: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

type OfDestination = { Params: { id: string } }

export const eventTestRoutes: Routes = (app, deps, guard) => {
  app.post<{ Params: { id: string }; Body: Static<typeof TestEvent> }>(
    '/sources/:id/test-event',
    { onRequest: guard('api:write'), config: answers.testSourceEvent, schema: { body: TestEvent } },
    async ({ params, body }) => {
      if (!deps.config().sources.has(params.id)) {
        throw new ApiError(404, [{ type: 'not-found', message: 'The source does not exist.' }])
      }
      const event = normalised(deps, params.id, body.event)
      const instances = deps.config().destinationsBySource.get(params.id) ?? []
      const destinations = await Promise.all(instances.map((each) => tried(deps, each, event, body.send)))
      return { data: { event, destinations } }
    },
  )

  app.post<OfDestination & { Body: Static<typeof TestEvent> }>(
    '/destinations/:id/test-event',
    { onRequest: guard('api:write'), config: answers.testDestinationEvent, schema: { body: TestEvent } },
    async ({ params, body }) => {
      const instance = instanceOf(deps, params.id)
      const event = normalised(deps, instance.sourceId, body.event)
      return { data: { event, destinations: [await tried(deps, instance, event, body.send)] } }
    },
  )

  app.post<OfDestination & { Body: Static<typeof TestMapping> }>(
    '/destinations/:id/mappings/test',
    { onRequest: guard('api:write'), config: answers.testMapping, schema: { body: TestMapping } },
    async ({ params, body }) => {
      const instance = instanceOf(deps, params.id)
      const { name = 'Mapping', actionId: action, trigger, settings: mapping = {} } = body.mapping
      const problem = triggerProblem(trigger)
      if (problem !== null) {
        throw new ApiError(422, [{ type: 'input-validation', field: 'mapping.trigger', message: problem }])
      }
      const draft = { id: '', number: 0, name, action, trigger, mapping, enabled: true }
      const event = normalised(deps, instance.sourceId, body.event)
      // One that is still being set up can be tested too.
      const alone = { ...instance, enabled: true, subscriptions: [draft] }
      return { data: { event, destinations: [await tried(deps, alone, event, body.send)] } }
    },
  )
}

function instanceOf(deps: ApiDeps, id: string): DestinationInstance {
  const instance = deps.config().destinations.get(id)
  if (instance === undefined)
    throw new ApiError(404, [{ type: 'not-found', message: 'The destination does not exist.' }])
  return instance
}

const tried = (deps: ApiDeps, instance: DestinationInstance, event: NormalisedEvent, send = false) =>
  tryEvent(deps, { event, instance, sourceKind: deps.config().sources.get(instance.sourceId)?.kind ?? '', send })

/** What ingest would make of the event. @throws ApiError with the reason for which it would be rejected */
export function normalised(deps: ApiDeps, sourceId: string, event: Record<string, unknown>): NormalisedEvent {
  const receivedAtMs = deps.clock.nowMs()
  const result = normalise(structuredClone(event), {
    receivedAtMs,
    receivedAt: new Date(receivedAtMs).toISOString(),
    channel: 'server',
    sourceId,
    checkStrings: true,
    newMessageId: () => `test-${newId(deps.random)}`,
  })
  if (result.ok) return result.event
  const message = `The event would be rejected, ${result.reason}: ${REJECT_REASONS[result.reason]}`
  throw new ApiError(422, [{ type: 'input-validation', field: 'event', message }])
}
