/** How a profile came to be what it is. */
import { explainProfile, type Person } from '../../unify/index.ts'
import type { Space } from '../../workspace/index.ts'
import * as answers from '../answers/spaces.ts'
import type { ApiDeps, Routes } from '../deps.ts'
import { ApiError } from '../problems.ts'
import { findPerson, parseLookup, portsOf } from '../profiles/index.ts'
import { spaceOf } from './lookup.ts'

export const profileExplainRoutes: Routes = (app, deps, guard) => {
  app.get<{ Params: { space: string; lookup: string } }>(
    '/spaces/:space/profiles/:lookup/explain',
    { onRequest: guard('pii:read'), config: answers.explainProfile },
    async ({ params }) => {
      const space = await spaceOf(deps, params.space)
      const person = await findProfile(deps, space, params.lookup)
      if (person === undefined) throw new ApiError(404, [{ type: 'not-found', message: 'No profile has this id.' }])
      const { identity, records } = person
      return {
        data: {
          profileId: `use_${identity.id}`,
          externalIds: identity.ids.map(({ type, value }) => ({ type, id: value })),
          merges: identity.mergesCount,
          steps: explainProfile(identity.id, Object.values(records)),
        },
      }
    },
  )
}

/** Of the person, else the company, that `type:value` or `use_<number>` names; undefined for none. */
async function findProfile(deps: ApiDeps, space: Space, text: string): Promise<Person | undefined> {
  const lookup = parseLookup(text)
  if (lookup === undefined) return undefined
  const ports = portsOf(deps)
  return (await findPerson(ports, space, 'users', lookup)) ?? (await findPerson(ports, space, 'accounts', lookup))
}
