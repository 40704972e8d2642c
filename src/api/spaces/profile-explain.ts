/** How a profile came to be what it is. */
import { explainProfile, namelessOf } from '../../unify/index.ts'
import * as answers from '../answers/spaces.ts'
import type { Routes } from '../deps.ts'
import { type OfProfile, profileOf } from './lookup.ts'

export const profileExplainRoutes: Routes = (app, deps, guard) => {
  app.get<OfProfile>(
    '/spaces/:space/profiles/:lookup/explain',
    { onRequest: guard('pii:read'), config: answers.explainProfile },
    async ({ params }) => {
      const { identity, records } = (await profileOf(deps, params)).person
      return {
        data: {
          profileId: `use_${identity.id}`,
          externalIds: identity.ids.map(({ type, value }) => ({ type, id: value })),
          merges: identity.mergesCount,
          steps: explainProfile(identity.id, Object.values(records), (id) => namelessOf(Number(id))),
        },
      }
    },
  )
}
