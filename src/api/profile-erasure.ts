/** Erases a person that any of their ids names: what Segment's regulations do for those with a userId. */
import { encodeCommand } from '../connections/index.ts'
import { LogError } from '../log/index.ts'
import type { ExternalId } from '../unify/index.ts'
import type { Actor } from '../workspace/index.ts'
import { actorOf } from './actor.ts'
import * as answers from './answers/spaces.ts'
import type { ApiDeps, Routes } from './deps.ts'
import { ApiError } from './problems.ts'
import { findPerson, parseLookup, portsOf } from './profiles/index.ts'
import { spaceOf } from './spaces/index.ts'

type OfProfile = { Params: { space: string; lookup: string } }

export const profileErasureRoutes: Routes = (app, deps, guard) => {
  app.delete<OfProfile>(
    '/spaces/:space/profiles/:lookup',
    { onRequest: guard('regulations:write'), config: answers.deleteProfile },
    async (request) => {
      const { space, person } = await personToErase(deps, request.params)
      return { data: { regulateId: await eraseIds(deps, space.id, person.identity.ids, actorOf(request)) } }
    },
  )
}

/** @throws ApiError 404 */
export async function personToErase(deps: ApiDeps, params: OfProfile['Params']) {
  const space = await spaceOf(deps, params.space)
  const lookup = parseLookup(params.lookup)
  const person = lookup && (await findPerson(portsOf(deps), space, 'users', lookup))
  if (person === undefined) throw new ApiError(404, [{ type: 'not-found', message: 'No person has this id.' }])
  return { space, person }
}

/** By which of a person's ids they are erased: `users` in every space and at destinations, `others` in their own space. Pure. */
export function subjectsOf(ids: readonly ExternalId[]) {
  const users = ids.filter(({ type }) => type === 'user_id')
  const devices = ids.filter(({ type }) => type === 'anonymous_id')
  // Any id finds the profile. Those that events are kept under stop what waits for destinations, too.
  return { users, others: users.length + devices.length > 0 ? devices : ids.slice(0, 1) }
}

/** Asks for it in one write: all of the person's ids or none. @throws ApiError 503 */
async function eraseIds(deps: ApiDeps, spaceId: string, ids: readonly ExternalId[], actor: Actor): Promise<string> {
  const regulationId = `reg_${deps.random.bytes(12).toString('base64url')}`
  const asked = { regulationId, requestedAtMs: deps.clock.nowMs() }
  const { users, others } = subjectsOf(ids)
  const commands = [
    ...users.map(({ value: userId }) =>
      encodeCommand({ command: 'erase', regulationType: 'DELETE_ONLY', userId, ...asked }),
    ),
    ...others.map(({ type, value }) => encodeCommand({ command: 'forget', spaceId, id: { type, value }, ...asked })),
  ]
  await deps.commands.recordRegulation({ id: regulationId, regulationType: 'DELETE_ONLY', subjects: 1 }, actor)
  try {
    await deps.log.append(commands.map((body) => ({ kind: 'command', sourceId: '', body })))
  } catch (error) {
    if (!(error instanceof LogError)) throw error
    throw new ApiError(503, [{ type: 'unavailable', message: 'The request could not be stored. Send it again.' }])
  }
  return regulationId
}
