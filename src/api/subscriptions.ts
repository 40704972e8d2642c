/** Mappings, under the paths and in the shapes of Segment's API (segment contract 8.3), where they are subscriptions. */
import { type Static, Type } from 'typebox'
import type { DestinationInstance, Subscription } from '../workspace/index.ts'
import { actorOf } from './actor.ts'
import * as answers from './answers/destinations.ts'
import type { ApiDeps, Routes } from './deps.ts'
import { PageQuery, pageOf } from './pages.ts'
import { ApiError } from './problems.ts'

const Fields = Type.Record(Type.String(), Type.Unknown())
const CreateSubscription = Type.Object(
  {
    name: Type.String(),
    actionId: Type.String(),
    trigger: Type.String(),
    enabled: Type.Boolean(),
    settings: Type.Optional(Type.Union([Type.Null(), Fields])),
    // Of reverse ETL, which is not here: Terraform sends null.
    modelId: Type.Optional(Type.Null()),
  },
  { additionalProperties: false },
)
const UpdateSubscription = Type.Object(
  {
    input: Type.Object(
      {
        name: Type.Optional(Type.String()),
        trigger: Type.Optional(Type.String()),
        enabled: Type.Optional(Type.Boolean()),
        settings: Type.Optional(Fields),
        reverseETLModelId: Type.Optional(Type.Null()),
        reverseETLSchedule: Type.Optional(Type.Null()),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
)

type OfDestination = { Params: { id: string } }
type OfSubscription = { Params: { id: string; subscriptionId: string } }

export const subscriptionRoutes: Routes = (app, deps, guard) => {
  app.get<OfDestination & { Querystring: PageQuery }>(
    '/destinations/:id/subscriptions',
    {
      onRequest: guard('api:read'),
      config: answers.listSubscriptionsFromDestination,
      schema: { querystring: PageQuery },
    },
    async ({ params, query }) => {
      const { page, pagination } = pageOf(instanceOf(deps, params.id).subscriptions, query)
      return { data: { subscriptions: page.map((each) => toSubscription(params.id, each)), pagination } }
    },
  )

  app.post<OfDestination & { Body: Static<typeof CreateSubscription> }>(
    '/destinations/:id/subscriptions',
    {
      onRequest: guard('api:write'),
      config: answers.createDestinationSubscription,
      schema: { body: CreateSubscription },
    },
    async (request) => {
      const { actionId: action, settings, modelId: _, ...body } = request.body
      const args = { ...body, action, mapping: settings ?? {}, destinationId: request.params.id }
      const created = await deps.commands.createSubscription(args, actorOf(request))
      return { data: { destinationSubscription: toSubscription(request.params.id, created) } }
    },
  )

  app.get<OfSubscription>(
    '/destinations/:id/subscriptions/:subscriptionId',
    { onRequest: guard('api:read'), config: answers.getSubscriptionFromDestination },
    async ({ params: { id, subscriptionId } }) => {
      const subscription = instanceOf(deps, id).subscriptions.find((each) => each.id === subscriptionId)
      if (subscription === undefined)
        throw new ApiError(404, [{ type: 'not-found', message: 'The mapping does not exist.' }])
      return { data: { subscription: toSubscription(id, subscription) } }
    },
  )

  app.patch<OfSubscription & { Body: Static<typeof UpdateSubscription> }>(
    '/destinations/:id/subscriptions/:subscriptionId',
    {
      onRequest: guard('api:write'),
      config: answers.updateSubscriptionForDestination,
      schema: { body: UpdateSubscription },
    },
    async (request) => {
      const { id: destinationId, subscriptionId: id } = request.params
      const { settings, reverseETLModelId: _, reverseETLSchedule: __, ...input } = request.body.input
      const changes = { ...input, ...(settings === undefined ? {} : { mapping: settings }) }
      const updated = await deps.commands.updateSubscription({ ...changes, destinationId, id }, actorOf(request))
      return { data: { subscription: toSubscription(destinationId, updated) } }
    },
  )

  app.delete<OfSubscription>(
    '/destinations/:id/subscriptions/:subscriptionId',
    { onRequest: guard('api:write'), config: answers.removeSubscriptionFromDestination },
    async (request) => {
      const { id: destinationId, subscriptionId: id } = request.params
      await deps.commands.deleteSubscription({ destinationId, id }, actorOf(request))
      return { data: { status: 'SUCCESS' } }
    },
  )
}

function instanceOf(deps: ApiDeps, id: string): DestinationInstance {
  const instance = deps.config().destinations.get(id)
  if (instance === undefined)
    throw new ApiError(404, [{ type: 'not-found', message: 'The destination does not exist.' }])
  return instance
}

function toSubscription(
  destinationId: string,
  { id, name, action, trigger, enabled, mapping }: Subscription,
): answers.Subscription {
  return { id, name, actionId: action, actionSlug: action, destinationId, trigger, enabled, settings: mapping }
}
