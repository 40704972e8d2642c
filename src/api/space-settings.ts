/** Settings of a space that Segment's API has no routes for: how it tells whose an event is. */
import { DEFAULT_RULES, tightenings } from '../workspace/index.ts'
import { actorOf } from './actor.ts'
import * as answers from './answers/spaces.ts'
import type { Routes } from './deps.ts'
import { spaceOf } from './spaces/index.ts'

type OfSpace = { Params: { space: string } }

export const spaceSettingRoutes: Routes = (app, deps, guard) => {
  app.get<OfSpace>(
    '/spaces/:space/identity-rules',
    { onRequest: guard('api:read'), config: answers.getIdentityRules },
    async ({ params }) => {
      const { rules = DEFAULT_RULES } = await spaceOf(deps, params.space)
      return { data: { identityRules: rules } }
    },
  )

  app.put<OfSpace & { Body: unknown }>(
    '/spaces/:space/identity-rules',
    { onRequest: guard('api:write'), config: answers.replaceIdentityRules },
    async (request) => {
      const { id, rules: before = DEFAULT_RULES } = await spaceOf(deps, request.params.space)
      const after = await deps.commands.setSpaceRules({ id, rules: request.body }, actorOf(request))
      const { rules = DEFAULT_RULES } = after
      return { data: { identityRules: rules, warnings: tightenings(before, rules) } }
    },
  )
}
