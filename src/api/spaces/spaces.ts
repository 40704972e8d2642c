/** Spaces, under the paths of Segment's API, which reads them, and can make and change none (segment contract 8.2). */
import { type Static, Type } from 'typebox'
import type { Space } from '../../workspace/index.ts'
import { actorOf } from '../actor.ts'
import * as answers from '../answers/spaces.ts'
import type { Routes } from '../deps.ts'
import { PageQuery, pageOf } from '../pages.ts'
import { type OfSpace, spaceOf } from './lookup.ts'

const CreateSpace = Type.Object(
  {
    slug: Type.String({ minLength: 1, maxLength: 100 }),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    sourceIds: Type.Optional(Type.Array(Type.String(), { maxItems: 1_000 })),
  },
  { additionalProperties: false },
)
const UpdateSpace = Type.Partial(CreateSpace)

export const spaceRoutes: Routes = (app, deps, guard) => {
  app.get<{ Querystring: PageQuery }>(
    '/spaces',
    { onRequest: guard('api:read'), config: answers.listSpaces, schema: { querystring: PageQuery } },
    async ({ query }) => {
      const { page, pagination } = pageOf(await deps.spaces.list(), query)
      return { data: { spaces: page.map(toSpace), pagination } }
    },
  )

  app.post<{ Body: Static<typeof CreateSpace> }>(
    '/spaces',
    { onRequest: guard('api:write'), config: answers.createSpace, schema: { body: CreateSpace } },
    async (request, reply) => {
      const space = await deps.commands.createSpace(request.body, actorOf(request))
      return reply.status(201).send({ data: { space: toSpace(space) } })
    },
  )

  app.patch<OfSpace & { Body: Static<typeof UpdateSpace> }>(
    '/spaces/:space',
    { onRequest: guard('api:write'), config: answers.updateSpace, schema: { body: UpdateSpace } },
    async (request) => {
      const { id } = await spaceOf(deps, request.params.space)
      return { data: { space: toSpace(await deps.commands.updateSpace({ ...request.body, id }, actorOf(request))) } }
    },
  )

  app.get<OfSpace>(
    '/spaces/:space',
    { onRequest: guard('api:read'), config: answers.getSpace },
    async ({ params }) => ({
      data: { space: toSpace(await spaceOf(deps, params.space)) },
    }),
  )
}

const toSpace = ({ id, slug, name, sourceIds }: Space): answers.Space => ({ id, slug, name, sourceIds })
