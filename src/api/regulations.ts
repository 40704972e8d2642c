/** Segment's regulations, as far as they are here: `DELETE_ONLY` by `USER_ID` (segment contract 6 and 8.3). */
import { type Static, Type } from 'typebox'
import { encodeCommand } from '../connections/index.ts'
import { LogError } from '../log/index.ts'
import type { RegulationHead, RegulationProgress, RegulationView } from '../state/index.ts'
import { actorOf } from './actor.ts'
import * as answers from './answers/regulations.ts'
import type { ApiDeps, Routes } from './deps.ts'
import { listInQuery } from './lists.ts'
import { PageQuery, pageOf } from './pages.ts'
import { ApiError, invalid } from './problems.ts'

/** Segment's limit for one call. */
export const SUBJECTS_MAX = 5_000
const USER_ID_CHARS_MAX = 500

/** Segment's other types, which are not here yet. */
const SUPPRESSION =
  'must be DELETE_ONLY: nobody is suppressed here yet, and what comes of a person after their deletion counts again'
const NOT_YET: Readonly<Record<string, string>> = {
  SUPPRESS_WITH_DELETE: SUPPRESSION,
  SUPPRESS_WITH_DELETE_INTERNAL: SUPPRESSION,
  SUPPRESS_ONLY: SUPPRESSION,
  UNSUPPRESS: SUPPRESSION,
  DELETE_INTERNAL: 'must be DELETE_ONLY: a deletion here reaches destinations too',
}
const STATUSES = [
  'INITIALIZED',
  'INVALID',
  'RUNNING',
  'FINISHED',
  'PARTIAL_SUCCESS',
  'FAILED',
  'NOT_SUPPORTED',
] as const
/** Regulations that can be listed: the newest. */
export const REGULATIONS_LISTED_MAX = 200
const ListQuery = Type.Object(
  { ...PageQuery.properties, status: Type.Optional(Type.Enum([...STATUSES])) },
  { additionalProperties: false, patternProperties: { '^regulationTypes[.\\[\\]0-9]{0,5}$': {} } },
)
type ListQuery = Static<typeof ListQuery>

export const SubjectIds = Type.Array(Type.String({ minLength: 1, maxLength: USER_ID_CHARS_MAX }), {
  minItems: 1,
  maxItems: SUBJECTS_MAX,
})
const CreateRegulation = Type.Object(
  {
    regulationType: Type.Enum([...Object.keys(NOT_YET), 'DELETE_ONLY']),
    subjectType: Type.Literal('USER_ID'),
    subjectIds: SubjectIds,
  },
  { additionalProperties: false },
)

export const regulationRoutes: Routes = (app, deps, guard) => {
  /** Those of which everything was answered well: nothing changes that any more. */
  const finished = new Map<string, RegulationProgress>()
  const entriesOf = async (heads: readonly RegulationHead[]) => {
    const entries: answers.RegulationEntry[] = []
    for (const head of heads) {
      const known = finished.get(head.id)
      // Each may have thousands of calls, and others want to be answered.
      if (known === undefined) await deps.clock.turn()
      const progress = known ?? (await deps.state.regulationProgress(head.id))
      if (progress.all > 0 && progress.delivered === progress.all) finished.set(head.id, progress)
      entries.push(toEntry(head, progress))
    }
    for (const id of finished.keys()) if (finished.size > REGULATIONS_LISTED_MAX) finished.delete(id)
    return entries
  }
  app.post<{ Body: Static<typeof CreateRegulation> }>(
    '/regulations',
    {
      onRequest: guard('regulations:write'),
      config: answers.createWorkspaceRegulation,
      schema: { body: CreateRegulation },
    },
    async (request) => {
      const { regulationType, subjectIds } = request.body
      const why = NOT_YET[regulationType]
      if (why !== undefined) throw invalid('regulationType', why)
      const userIds = [...new Set(subjectIds)]
      const newId = `reg_${deps.random.bytes(12).toString('base64url')}`
      const asked = { id: newId, regulationType, subjects: userIds.length }
      const { id: regulationId, requestedAtMs } = await deps.commands.recordRegulation(asked, actorOf(request))
      const records = userIds.map((userId) => ({
        kind: 'command' as const,
        sourceId: '',
        body: encodeCommand({ command: 'erase', regulationId, regulationType: 'DELETE_ONLY', userId, requestedAtMs }),
      }))
      try {
        await deps.log.append(records)
      } catch (error) {
        if (!(error instanceof LogError)) throw error
        throw new ApiError(503, [{ type: 'unavailable', message: 'The request could not be stored. Send it again.' }])
      }
      return { data: { regulateId: regulationId } }
    },
  )

  app.get<{ Querystring: ListQuery }>(
    '/regulations',
    { onRequest: guard('api:read'), config: answers.listWorkspaceRegulations, schema: { querystring: ListQuery } },
    async ({ query }) => {
      const heads =
        typesOf(query)?.includes('DELETE_ONLY') === false
          ? []
          : await deps.state.latestRegulations(REGULATIONS_LISTED_MAX)
      if (query.status === undefined) {
        const { page, pagination } = pageOf(heads, query)
        return { data: { regulations: await entriesOf(page), pagination } }
      }
      const found = (await entriesOf(heads)).filter(({ status }) => status === query.status)
      const { page, pagination } = pageOf(found, query)
      return { data: { regulations: page, pagination } }
    },
  )

  app.get<{ Params: { id: string } }>(
    '/regulations/:id',
    { onRequest: guard('api:read'), config: answers.getRegulation },
    async (request) => {
      const view = await deps.state.regulation(request.params.id)
      if (view === null) throw notBegun()
      const { id: workspaceId } = await deps.workspace()
      return { data: { regulation: { ...toRegulation(view, deps), workspaceId } } }
    },
  )
}

export const notBegun = () =>
  new ApiError(404, [
    { type: 'not-found', message: 'The regulation does not exist, or was accepted a moment ago and is not begun yet.' },
  ])

/** Those that were named; undefined for any. @throws ApiError 422 */
function typesOf({ status: _, 'pagination.count': __, 'pagination.cursor': ___, ...lists }: ListQuery) {
  if (Object.keys(lists).length === 0) return undefined
  const types = listInQuery(lists, 'regulationTypes')
  if (types.some((type) => type !== 'DELETE_ONLY' && !Object.hasOwn(NOT_YET, type)))
    throw invalid('regulationTypes', `must be of DELETE_ONLY, ${Object.keys(NOT_YET).join(', ')}`)
  return types
}

/** Who it is about is not kept: they are forgotten. */
const toEntry = (head: RegulationHead, { endedAtMs, ...calls }: RegulationProgress): answers.RegulationEntry => ({
  id: head.id,
  subjectType: 'USER_ID',
  subjects: [],
  subjectCount: head.subjects,
  status: statusOf(calls),
  createdAt: new Date(head.createdAtMs).toISOString(),
  regulationType: 'DELETE_ONLY',
  ...(calls.pending > 0 || endedAtMs === null ? {} : { finishedAt: new Date(endedAtMs).toISOString() }),
})

type Calls = Omit<RegulationProgress, 'endedAtMs'>

function toRegulation(view: RegulationView, deps: ApiDeps): Omit<answers.Regulation, 'workspaceId'> {
  const byDestination = Map.groupBy(view.tasks, (task) => task.destinationId)
  const destinationStatus = Array.from(byDestination, ([id, tasks]) => {
    const instance = deps.config().destinations.get(id)
    const failed = tasks.find((task) => task.state === 'dead')
    return {
      id,
      name: (instance && deps.catalog.find(instance.kind)?.name) ?? id,
      status: statusOf(callsOf(tasks)),
      errString: failed?.reason ?? '',
      finishedAt: finishedAt(tasks),
    }
  })
  return {
    id: view.id,
    createdAt: new Date(view.createdAtMs).toISOString(),
    overallStatus: statusOf(callsOf(view.tasks)),
    finishedAt: finishedAt(view.tasks),
    streamStatus: [{ id: 'grapevine', destinationStatus }],
  }
}

export type Tasks = RegulationView['tasks']

export const callsOf = (tasks: Tasks): Calls => ({
  all: tasks.length,
  pending: tasks.filter(({ state }) => state === 'pending').length,
  delivered: tasks.filter(({ state }) => state === 'delivered').length,
})

export function statusOf({ all, pending, delivered }: Calls): answers.Regulation['overallStatus'] {
  if (pending > 0) return 'RUNNING'
  if (delivered === all) return 'FINISHED'
  return delivered === 0 ? 'FAILED' : 'PARTIAL_SUCCESS'
}

export function finishedAt(tasks: Tasks): string | null {
  if (tasks.length === 0 || tasks.some((task) => task.endedAtMs === null)) return null
  return new Date(Math.max(...tasks.map((task) => task.endedAtMs ?? 0))).toISOString()
}
