import { queryOptions } from '@tanstack/react-query'
import * as answers from '../../../../src/api/answers/regulations.ts'
import { ask, part } from '../../shared/api.ts'

const REFRESH_MS = 1_000

const list = async (signal?: AbortSignal) =>
  (await ask(answers.listWorkspaceRegulations, '/regulations', signal === undefined ? {} : { signal })).data.regulations

export type Listed = Awaited<ReturnType<typeof list>>[number]

export const deletionsQuery = queryOptions({
  queryKey: ['regulations'],
  queryFn: ({ signal }) => list(signal),
  refetchInterval: ({ state: { data } }) => (data?.some(({ status }) => status === 'RUNNING') ? REFRESH_MS : false),
})

export const deletionQuery = (id: string) =>
  queryOptions({
    queryKey: ['regulations', id],
    queryFn: async ({ signal }) =>
      (await ask(answers.getRegulationProgress, `/regulations/${part(id)}/progress`, { signal })).data,
    refetchInterval: ({ state: { data } }) => (data === undefined || data.status === 'RUNNING' ? REFRESH_MS : false),
  })

export const preview = async (subjectIds: readonly string[], signal?: AbortSignal) =>
  (
    await ask(answers.previewRegulation, '/regulations/preview', {
      method: 'POST',
      body: { subjectIds },
      ...(signal === undefined ? {} : { signal }),
    })
  ).data

export type Preview = Awaited<ReturnType<typeof preview>>

export const previewQuery = (subjectIds: readonly string[]) =>
  queryOptions({
    queryKey: ['regulations', 'preview', subjectIds],
    queryFn: ({ signal }) => preview(subjectIds, signal),
    staleTime: 0,
  })

/** @returns id of the regulation, which has begun */
export async function deletePeople(subjectIds: readonly string[]): Promise<string> {
  const body = { regulationType: 'DELETE_ONLY', subjectType: 'USER_ID', subjectIds }
  const { data } = await ask(answers.createWorkspaceRegulation, '/regulations', { method: 'POST', body })
  return untilBegun(data.regulateId)
}

const LOOK_MS = 200
const LOOKS_MAX = 150

/** It is asked for at once, and begins when its place among the events comes. */
export async function untilBegun(id: string): Promise<string> {
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    if ((await list()).some((each) => each.id === id)) return id
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  return id
}
