/** Audiences and computed traits, under the paths and in the shapes of Segment's API (segment contract 8.2, 8.3). */
import { type Static, Type } from 'typebox'
import { actorOf } from '../actor.ts'
import * as answers from '../answers/computations.ts'
import type { Routes } from '../deps.ts'
import { ApiError, invalid } from '../problems.ts'
import { activationOf, Create, levelOf, Update } from './bodies.ts'
import { COLLECTIONS, collectionOf, computationOf, type OfCollection, type OfComputation, spaceOf } from './lookup.ts'
import { toShown } from './shown.ts'

const DeleteQuery = Type.Object(
  {
    sendExits: Type.Optional(
      Type.Enum(['true', 'false'], { description: 'Whether members are told that it is over.' }),
    ),
  },
  { additionalProperties: false },
)

export const computationRoutes: Routes = (app, deps, guard) => {
  app.post<OfCollection & { Body: Static<typeof Create> }>(
    '/spaces/:space/:collection',
    { onRequest: guard('api:write'), config: answers.createComputation, schema: { body: Create } },
    async (request) => {
      const { kind, one, lookBack } = collectionOf(request.params)
      const { definition, options, destinationConnections, audienceType, ...body } = request.body
      const space = await spaceOf(deps, request.params.space)
      const others = COLLECTIONS[kind === 'audience' ? 'computed-traits' : 'audiences']
      if (options?.[others.lookBack] !== undefined)
        throw invalid(`options.${others.lookBack}`, `is for ${others.many}: here it is ${lookBack}`)
      const lookBackDays = options?.[lookBack]
      const externalIdTypes = options?.filterByExternalIds
      if (kind === 'trait' && externalIdTypes !== undefined)
        throw invalid('options.filterByExternalIds', 'is for audiences: everybody has computed traits')
      const args = {
        ...body,
        ...(lookBackDays === undefined ? {} : { lookBackDays }),
        ...(externalIdTypes === undefined ? {} : { externalIdTypes }),
        kind,
        level: levelOf({ definition, audienceType }),
        spaceId: space.id,
        query: definition.query,
        includesAnonymous: options?.includeAnonymousUsers ?? false,
        includesHistory: options?.includeHistoricalData ?? true,
        ...(destinationConnections === undefined ? {} : { activations: destinationConnections.map(activationOf) }),
      }
      const made = await deps.commands.createComputation(args, actorOf(request))
      return { data: { [one]: await toShown(deps, space, made) } }
    },
  )

  app.get<OfComputation>(
    '/spaces/:space/:collection/:id',
    { onRequest: guard('api:read'), config: answers.getComputation },
    async ({ params }) => {
      const space = await spaceOf(deps, params.space)
      const { one } = collectionOf(params)
      return { data: { [one]: await toShown(deps, space, await computationOf(deps, params)) } }
    },
  )

  app.patch<OfComputation & { Body: Static<typeof Update> }>(
    '/spaces/:space/:collection/:id',
    { onRequest: guard('api:write'), config: answers.updateComputation, schema: { body: Update } },
    async (request) => {
      const space = await spaceOf(deps, request.params.space)
      const { one } = collectionOf(request.params)
      const { id, level = 'users' } = await computationOf(deps, request.params)
      const { definition, destinationConnections, sendExits, ...body } = request.body
      if (definition?.type !== undefined && levelOf({ definition }) !== level)
        throw invalid('definition.type', `cannot be changed: this one is of ${level}`)
      const args = {
        ...body,
        id,
        spaceId: space.id,
        ...(definition === undefined ? {} : { query: definition.query }),
        ...(destinationConnections === undefined ? {} : { activations: destinationConnections.map(activationOf) }),
        ...(sendExits === undefined ? {} : { sendExits }),
      }
      const after = await deps.commands.updateComputation(args, actorOf(request))
      return { data: { [one]: await toShown(deps, space, after) } }
    },
  )

  app.delete<OfComputation & { Querystring: Static<typeof DeleteQuery> }>(
    '/spaces/:space/:collection/:id',
    { onRequest: guard('api:write'), config: answers.removeComputation, schema: { querystring: DeleteQuery } },
    async (request) => {
      const computation = await computationOf(deps, request.params)
      const { id, spaceId } = computation
      const sendExits = request.query.sendExits === 'true'
      await deps.commands.deleteComputation({ spaceId, id, sendExits }, actorOf(request))
      return { data: { status: 'SUCCESS' } }
    },
  )

  app.post<OfComputation>(
    '/spaces/:space/:collection/:id/restore',
    { onRequest: guard('api:write'), config: answers.restoreComputation },
    async (request) => {
      const space = await spaceOf(deps, request.params.space)
      const { kind, one } = collectionOf(request.params)
      const args = { spaceId: space.id, kind, id: request.params.id }
      const numbers = (await deps.spaces.computations(space.id)).map(({ number }) => number)
      const { telling } = await deps.status()
      // What is still to be forgotten would forget what is found out anew.
      if (telling.some(({ value, computation }) => value === 'exit' && !numbers.includes(computation)))
        throw new ApiError(409, [
          { type: 'conflict', message: 'Something is still being deleted. Try again in a moment.' },
        ])
      const restored = await deps.commands.restoreComputation(args, actorOf(request))
      return { data: { [one]: await toShown(deps, space, restored) } }
    },
  )
}
