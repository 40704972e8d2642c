/** Not waiting for the next try of a destination. */
import { actorOf } from './actor.ts'
import { tryDestinationNow } from './answers/destinations.ts'
import type { Routes } from './deps.ts'
import { ApiError } from './problems.ts'

export const tryNowRoutes: Routes = (app, deps, guard) => {
  app.post<{ Params: { id: string } }>(
    '/destinations/:id/try-now',
    { onRequest: guard('api:write'), config: tryDestinationNow },
    async (request) => {
      const instance = deps.config().destinations.get(request.params.id)
      if (instance === undefined)
        throw new ApiError(404, [{ type: 'not-found', message: 'The destination does not exist.' }])
      if (!instance.enabled)
        throw new ApiError(409, [
          { type: 'conflict', message: 'It is switched off: switch it on, and what waits goes on.' },
        ])
      await deps.tryNow({ id: instance.id, name: instance.name }, actorOf(request))
      return { data: { status: 'SUCCESS' } }
    },
  )
}
