import { queryOptions } from '@tanstack/react-query'
import * as answers from '../../../../src/api/answers/regulations.ts'
import { deleteProfile } from '../../../../src/api/answers/spaces.ts'
import { getStatus } from '../../../../src/api/answers/status.ts'
import { ask, part } from '../../shared/api.ts'
import { isGone } from '../../shared/problem.ts'

const REFRESH_MS = 1_000

const list = async (signal?: AbortSignal) =>
  (await ask(answers.listWorkspaceRegulations, '/regulations', signal === undefined ? {} : { signal })).data.regulations

export type Listed = Awaited<ReturnType<typeof list>>[number]

export const deletionsQuery = queryOptions({
  queryKey: ['regulations'],
  queryFn: ({ signal }) => list(signal),
  refetchInterval: ({ state: { data } }) => (data?.some(({ status }) => status === 'RUNNING') ? REFRESH_MS : false),
})

const progressOf = async (id: string, signal: AbortSignal) =>
  (await ask(answers.getRegulationProgress, `/regulations/${part(id)}/progress`, { signal })).data

/** Undefined where the server has none. @throws Problem */
async function knownProgressOf(id: string, signal: AbortSignal) {
  try {
    return await progressOf(id, signal)
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

/** It is asked for at once, and begins when its place among the events comes. */
export const deletionQuery = (id: string) =>
  queryOptions({
    queryKey: ['regulations', id],
    queryFn: async ({ signal }) => {
      const progress = await knownProgressOf(id, signal)
      if (progress !== undefined) return { progress }
      const { behind } = (await ask(getStatus, '/status', { signal })).data.log
      // With nothing before it any more it has begun meanwhile, or there is none.
      return behind > 0 ? { behind } : { progress: await progressOf(id, signal) }
    },
    refetchInterval: ({ state: { data, error } }) =>
      isGone(error) || (data?.progress !== undefined && data.progress.status !== 'RUNNING') ? false : REFRESH_MS,
  })

/** What would happen; it names people, and is not kept. */
const PREVIEW = { staleTime: 0, gcTime: 0 }

export const previewQuery = (subjectIds: readonly string[]) =>
  queryOptions({
    queryKey: ['regulations', 'preview', subjectIds],
    queryFn: async ({ signal }) => {
      const body = { subjectIds }
      return (await ask(answers.previewRegulation, '/regulations/preview', { method: 'POST', body, signal })).data
    },
    ...PREVIEW,
  })

/** Somebody who has a profile in a space; `lookup` is `use_…` or `type:value`. */
export interface Person {
  readonly space: string
  readonly lookup: string
}

const pathOf = ({ space, lookup }: Person) => `/spaces/${part(space)}/profiles/${part(lookup)}`

export const personPreviewQuery = (person: Person) =>
  queryOptions({
    queryKey: ['regulations', 'preview', person],
    queryFn: async ({ signal }) =>
      (await ask(answers.previewProfileDeletion, `${pathOf(person)}/deletion-preview`, { signal })).data,
    ...PREVIEW,
  })

/** @returns id of the regulation */
export async function deletePeople(subjectIds: readonly string[]): Promise<string> {
  const body = { regulationType: 'DELETE_ONLY', subjectType: 'USER_ID', subjectIds }
  return (await ask(answers.createWorkspaceRegulation, '/regulations', { method: 'POST', body })).data.regulateId
}

/** With all their ids. @returns id of the regulation */
export const deletePerson = async (person: Person): Promise<string> =>
  (await ask(deleteProfile, pathOf(person), { method: 'DELETE' })).data.regulateId
