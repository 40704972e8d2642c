/**
 * Runs that tell destinations of everybody: a sync tells all of them, a reconcile those who drifted, an undo what they knew
 * before. Segment's API has none.
 */
import { type Static, Type } from 'typebox'
import { previewDrift, previewUndo, type TellRequest } from '../../connections/index.ts'
import type { Asker, Computation } from '../../workspace/index.ts'
import { actorOf } from '../actor.ts'
import * as answers from '../answers/computations.ts'
import type { ApiDeps, Routes } from '../deps.ts'
import { ApiError, invalid } from '../problems.ts'
import { computationOf, type OfComputation, spaceOf } from './lookup.ts'
import { SYNC_KINDS } from './shown.ts'

const DestinationIds = Type.Optional(Type.Array(Type.String(), { maxItems: 50 }))
const Sync = Type.Object({ destinationIds: DestinationIds }, { additionalProperties: false })
const Reconcile = Type.Object(
  { destinationIds: DestinationIds, dryRun: Type.Optional(Type.Boolean()) },
  { additionalProperties: false },
)

const Undo = Type.Object({ dryRun: Type.Optional(Type.Boolean()) }, { additionalProperties: false })

const conflict = (message: string) => new ApiError(409, [{ type: 'conflict', message }])

export const syncRoutes: Routes = (app, deps, guard) => {
  app.post<OfComputation & { Body: Static<typeof Sync> }>(
    '/spaces/:space/:collection/:id/sync',
    { onRequest: guard('api:write'), config: answers.syncComputation, schema: { body: Sync } },
    async (request, reply) => {
      const computation = await computationOf(deps, request.params)
      const destinationIds = destinationsOf(computation, request.body.destinationIds)
      const sync = await startTelling(deps, { computation, value: 'current', destinationIds }, actorOf(request))
      return reply.status(202).send({ data: { sync } })
    },
  )

  app.post<OfComputation & { Body: Static<typeof Reconcile> }>(
    '/spaces/:space/:collection/:id/reconcile',
    { onRequest: guard('api:write'), config: answers.reconcileComputation, schema: { body: Reconcile } },
    async (request, reply) => {
      const computation = await computationOf(deps, request.params)
      const { destinations } = deps.config()
      const asked = destinationsOf(computation, request.body.destinationIds)
      const destinationIds = asked.filter((id) => destinations.get(id)?.enabled === true)
      if (destinationIds.length === 0) throw invalid('destinationIds', 'are all switched off: nobody can be told there')
      const ports = { state: deps.state, log: deps.log.reader, clock: deps.clock }
      const {
        profiles,
        drifted,
        destinations: counts,
      } = await previewDrift(ports, destinations, computation, destinationIds)
      const drift = {
        profiles,
        drifted,
        destinations: counts.map(({ destinationId, never_told: neverTold, differs, undelivered }) => ({
          destinationId,
          neverTold,
          differs,
          undelivered,
        })),
      }
      if (request.body.dryRun === true || drifted === 0) return { data: { drift } }
      const sync = await startTelling(deps, { computation, value: 'drifted', destinationIds }, actorOf(request))
      return reply.status(202).send({ data: { drift, sync } })
    },
  )

  app.post<OfComputation & { Body: Static<typeof Undo> }>(
    '/spaces/:space/:collection/:id/undo',
    { onRequest: guard('api:write'), config: answers.undoComputation, schema: { body: Undo } },
    async (request, reply) => {
      const computation = await computationOf(deps, request.params)
      const { number } = await spaceOf(deps, request.params.space)
      const { telling, computing } = await deps.status()
      const isUnderWay =
        telling.some((each) => each.computation === computation.number) ||
        computing.some(
          ({ space, phase, withheld }) =>
            space === number && (phase !== 'history' || withheld.includes(computation.number)),
        )
      if (isUnderWay)
        throw new ApiError(409, [
          { type: 'under-way', message: 'Something of it is being told just now. Wait for its end or cancel it.' },
        ])
      const { destinations } = deps.config()
      const destinationIds = computation.activations
        .map(({ destinationId }) => destinationId)
        .filter((id) => destinations.get(id)?.enabled === true)
      const numbers = destinationIds.flatMap((id) => destinations.get(id)?.number ?? [])
      const found = await previewUndo({ people: deps.state.people, clock: deps.clock }, computation, numbers)
      if (found === undefined || found.takesBack === 0)
        throw conflict(
          'There is nothing to undo: no run told anything new to a destination that is on, or all of it changed since.',
        )
      const { run, takesBack, same, changedSince } = found
      const undo = {
        run: { what: run.what, startedAt: new Date(run.startedAtMs).toISOString(), told: run.told },
        takesBack,
        same,
        changedSince,
      }
      if (request.body.dryRun === true) return { data: { undo } }
      const asked = { computation, value: 'before', destinationIds, undoes: run.number } as const
      const sync = await startTelling(deps, asked, actorOf(request))
      return reply.status(202).send({ data: { undo, sync } })
    },
  )

  app.post<{ Params: OfComputation['Params'] & { sync: string } }>(
    '/spaces/:space/:collection/:id/syncs/:sync/cancel',
    { onRequest: guard('api:write'), config: answers.cancelSync },
    async ({ params }) => {
      const { number } = await computationOf(deps, params)
      const { telling } = await deps.status()
      const run = telling.find((each) => each.id === params.sync && each.computation === number)
      if (run === undefined || !(await deps.spaces.stopTelling(run.id)))
        throw new ApiError(404, [{ type: 'not-found', message: 'No sync with this id is under way.' }])
      return { data: { sync: { id: run.id, status: 'CANCELLED', done: run.done, told: run.told, total: run.total } } }
    },
  )
}

/** Tells destinations of everybody, from now on. */
export async function startTelling(
  deps: ApiDeps,
  asked: Pick<TellRequest, 'value' | 'destinationIds' | 'undoes'> & { readonly computation: Computation },
  actor: Asker,
): Promise<answers.Sync> {
  const newId = deps.random.bytes(9).toString('hex')
  const { spaceId, name } = asked.computation
  const { id, total } = await deps.spaces.tell({ ...asked, id: newId, spaceId, forgets: 'nothing' }, name, actor)
  return { id, kind: SYNC_KINDS[asked.value], status: 'RUNNING', done: 0, told: 0, total }
}

/** All of the computation's where none are named. */
export function destinationsOf(computation: Computation, asked: readonly string[] | undefined): readonly string[] {
  const known = computation.activations.map(({ destinationId }) => destinationId)
  const unknown = asked?.find((id) => !known.includes(id))
  if (unknown !== undefined) throw invalid('destinationIds', `${unknown} is no destination of it`)
  if (!computation.enabled) throw invalid('id', 'is switched off: what it was is not known any more')
  return asked ?? known
}
