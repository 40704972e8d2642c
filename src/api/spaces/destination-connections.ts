/** The destinations of an audience or computed trait one by one, in the shapes of Segment's API (segment contract 8.2, 8.3). */
import { type Static, Type } from 'typebox'
import type { Activation, ConfigSnapshot } from '../../workspace/index.ts'
import { actorOf } from '../actor.ts'
import * as answers from '../answers/computations.ts'
import type { Routes } from '../deps.ts'
import { PageQuery, pageOf } from '../pages.ts'
import { connectionFields } from './bodies.ts'
import { computationOf, type OfComputation } from './lookup.ts'

const { idSyncConfiguration, everyMinutes, ...settings } = connectionFields
const Change = {
  idSyncConfiguration,
  connectionSettings: Type.Optional(
    Type.Object(
      { ...settings, everyMinutes: Type.Optional(Type.Union([everyMinutes, Type.Null()])) },
      { additionalProperties: false },
    ),
  ),
}
const Connect = Type.Object(
  {
    destination: Type.Object(
      { id: Type.String(), type: Type.Optional(Type.String()) },
      { additionalProperties: false },
    ),
    ...Change,
  },
  { additionalProperties: false },
)
const Update = Type.Object(Change, { additionalProperties: false })
type Update = Static<typeof Update>

type OfConnection = { Params: OfComputation['Params'] & { destination: string } }

export const destinationConnectionRoutes: Routes = (app, deps, guard) => {
  const shownOf = (activation: Activation) => connectionOf(activation, deps.config())

  app.get<OfComputation & { Querystring: PageQuery }>(
    '/spaces/:space/:collection/:id/destination-connections',
    { onRequest: guard('api:read'), config: answers.listConnections, schema: { querystring: PageQuery } },
    async ({ params, query }) => {
      const { page, pagination } = pageOf((await computationOf(deps, params)).activations, query)
      return { data: { connections: page.map(shownOf), pagination } }
    },
  )

  app.post<OfComputation & { Body: Static<typeof Connect> }>(
    '/spaces/:space/:collection/:id/destination-connections',
    { onRequest: guard('api:write'), config: answers.createConnection, schema: { body: Connect } },
    async (request) => {
      const { id, spaceId } = await computationOf(deps, request.params)
      const { destination, ...change } = request.body
      const args = { spaceId, id, draft: draftOf(destination.id, change), isNew: true }
      const connected = await deps.commands.connectComputation(args, actorOf(request))
      return { data: { connection: shownOf(connected) } }
    },
  )

  app.patch<OfConnection & { Body: Update }>(
    '/spaces/:space/:collection/:id/destination-connections/:destination',
    { onRequest: guard('api:write'), config: answers.updateConnection, schema: { body: Update } },
    async (request) => {
      const { id, spaceId } = await computationOf(deps, request.params)
      const args = { spaceId, id, draft: draftOf(request.params.destination, request.body), isNew: false }
      return { data: { connection: shownOf(await deps.commands.connectComputation(args, actorOf(request))) } }
    },
  )

  app.delete<OfConnection>(
    '/spaces/:space/:collection/:id/destination-connections/:destination',
    { onRequest: guard('api:write'), config: answers.removeConnection },
    async (request) => {
      const { id, spaceId } = await computationOf(deps, request.params)
      const args = { spaceId, id, destinationId: request.params.destination }
      await deps.commands.disconnectComputation(args, actorOf(request))
      return { data: { status: 'SUCCESS' } }
    },
  )
}

const draftOf = (destinationId: string, { idSyncConfiguration: idSync, connectionSettings }: Update) => ({
  ...connectionSettings,
  destinationId,
  ...(idSync === undefined ? {} : { idSync }),
})

function connectionOf(
  { destinationId, idSync, occasions: _, ...connectionSettings }: Activation,
  { destinations }: ConfigSnapshot,
): answers.Connection {
  const type = destinations.get(destinationId)?.kind
  return {
    id: destinationId,
    destination: { id: destinationId, ...(type === undefined ? {} : { type }) },
    idSyncConfiguration: idSync ?? [],
    connectionSettings,
  }
}
