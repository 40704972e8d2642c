/** Segment's regulations, as far as they are here: `DELETE_ONLY` by `USER_ID` (segment contract 6 and 8.3). */
import { type Static, Type } from 'typebox'
import { encodeCommand } from '../connections/index.ts'
import { LogError } from '../log/index.ts'
import type { RegulationView } from '../state/index.ts'
import { actorOf } from './actor.ts'
import * as answers from './answers/regulations.ts'
import type { ApiDeps, Routes } from './deps.ts'
import { ApiError } from './problems.ts'

/** Segment's limit for one call. */
export const SUBJECTS_MAX = 5_000
const USER_ID_CHARS_MAX = 500

const CreateRegulation = Type.Object(
  {
    regulationType: Type.Literal('DELETE_ONLY'),
    subjectType: Type.Literal('USER_ID'),
    subjectIds: Type.Array(Type.String({ minLength: 1, maxLength: USER_ID_CHARS_MAX }), {
      minItems: 1,
      maxItems: SUBJECTS_MAX,
    }),
  },
  { additionalProperties: false },
)

export const regulationRoutes: Routes = (app, deps, guard) => {
  app.post<{ Body: Static<typeof CreateRegulation> }>(
    '/regulations',
    {
      onRequest: guard('regulations:write'),
      config: answers.createWorkspaceRegulation,
      schema: { body: CreateRegulation },
    },
    async (request) => {
      const { regulationType, subjectIds } = request.body
      const regulationId = `reg_${deps.random.bytes(12).toString('base64url')}`
      const requestedAtMs = deps.clock.nowMs()
      const records = [...new Set(subjectIds)].map((userId) => ({
        kind: 'command' as const,
        sourceId: '',
        body: encodeCommand({ command: 'erase', regulationId, regulationType, userId, requestedAtMs }),
      }))
      const subjects = records.length
      await deps.commands.recordRegulation({ id: regulationId, regulationType, subjects }, actorOf(request))
      try {
        await deps.log.append(records)
      } catch (error) {
        if (!(error instanceof LogError)) throw error
        throw new ApiError(503, [{ type: 'unavailable', message: 'The request could not be stored. Send it again.' }])
      }
      return { data: { regulateId: regulationId } }
    },
  )

  app.get<{ Params: { id: string } }>(
    '/regulations/:id',
    { onRequest: guard('api:read'), config: answers.getRegulation },
    async (request) => {
      const view = await deps.state.regulation(request.params.id)
      if (view === null) {
        const message = 'The regulation does not exist, or was accepted a moment ago and is not begun yet.'
        throw new ApiError(404, [{ type: 'not-found', message }])
      }
      return { data: { regulation: toRegulation(view, deps) } }
    },
  )
}

function toRegulation(view: RegulationView, deps: ApiDeps): answers.Regulation {
  const byDestination = Map.groupBy(view.tasks, (task) => task.destinationId)
  const destinationStatus = Array.from(byDestination, ([id, tasks]) => {
    const instance = deps.config().destinations.get(id)
    const failed = tasks.find((task) => task.state === 'dead')
    return {
      id,
      name: (instance && deps.catalog.find(instance.kind)?.name) ?? id,
      status: statusOf(tasks),
      ...(failed === undefined ? {} : { errString: failed.reason }),
      finishedAt: finishedAt(tasks),
    }
  })
  return {
    id: view.id,
    createdAt: new Date(view.createdAtMs).toISOString(),
    overallStatus: statusOf(view.tasks),
    finishedAt: finishedAt(view.tasks),
    streamStatus: [{ id: 'grapevine', destinationStatus }],
  }
}

type Tasks = RegulationView['tasks']

function statusOf(tasks: Tasks): 'RUNNING' | 'FINISHED' | 'FAILED' | 'PARTIAL_SUCCESS' {
  if (tasks.some((task) => task.state === 'pending')) return 'RUNNING'
  const failed = tasks.filter((task) => task.state !== 'delivered').length
  if (failed === 0) return 'FINISHED'
  return failed === tasks.length ? 'FAILED' : 'PARTIAL_SUCCESS'
}

function finishedAt(tasks: Tasks): string | null {
  if (tasks.length === 0 || tasks.some((task) => task.endedAtMs === null)) return null
  return new Date(Math.max(...tasks.map((task) => task.endedAtMs ?? 0))).toISOString()
}
