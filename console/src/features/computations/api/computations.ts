import { queryOptions } from '@tanstack/react-query'
import * as answers from '../../../../../src/api/answers/computations.ts'
import { ask, askWithTag, part } from '../../../shared/api.ts'
import type { Kind } from '../kinds.ts'

export type Computation = answers.Computation

/** How often the server is asked while something is under way, and while nothing is. */
const UNDER_WAY_MS = 500
const AT_REST_MS = 5_000

export const isUnderWay = ({ progress, syncs }: Computation) => progress !== undefined || syncs.length > 0

export const allPath = (space: string, { collection }: Kind) => `/spaces/${part(space)}/${collection}`
export const onePath = (space: string, kind: Kind, id: string) => `${allPath(space, kind)}/${part(id)}`

export const computationsQuery = (space: string, kind: Kind) =>
  queryOptions({
    queryKey: ['spaces', space, kind.collection],
    queryFn: async ({ signal }): Promise<readonly Computation[]> => {
      const { data } = await ask(answers.listComputations, allPath(space, kind), { signal })
      return 'audiences' in data ? data.audiences : data.computedTraits
    },
    refetchInterval: ({ state }) => (state.data?.some(isUnderWay) === true ? UNDER_WAY_MS : AT_REST_MS),
  })

export const computationQuery = (space: string, kind: Kind, id: string) =>
  queryOptions({
    queryKey: ['spaces', space, kind.collection, id],
    queryFn: async ({ signal }) =>
      oneOf((await ask(answers.getComputation, onePath(space, kind, id), { signal })).data),
    refetchInterval: ({ state }) => (state.data !== undefined && isUnderWay(state.data) ? UNDER_WAY_MS : AT_REST_MS),
  })

/** As it is when somebody begins to change it, with the tag of that state. */
export const computationToChangeQuery = (space: string, kind: Kind, id: string) =>
  queryOptions({
    queryKey: ['spaces', space, kind.collection, id, 'to-change'],
    queryFn: async ({ signal }) => {
      const { body, tag } = await askWithTag(answers.getComputation, onePath(space, kind, id), { signal })
      return { computation: oneOf(body.data), tag }
    },
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
  })

type OneOfBoth = { audience: Computation } | { computedTrait: Computation }
const oneOf = (data: OneOfBoth): Computation => ('audience' in data ? data.audience : data.computedTrait)

export const makeComputation = async (space: string, kind: Kind, body: object) =>
  oneOf((await ask(answers.createComputation, allPath(space, kind), { method: 'POST', body })).data)

/** @param tag of the state that was seen; undefined for a change that holds whatever it is */
export async function changeComputation({ space, kind, id }: Named, body: object, tag?: string) {
  const path = onePath(space, kind, id)
  const seen = tag === undefined ? {} : { headers: { 'if-match': tag } }
  return oneOf((await ask(answers.updateComputation, path, { method: 'PATCH', body, ...seen })).data)
}

export const deleteComputation = ({ space, kind, id }: Named, sendExits: boolean) =>
  ask(answers.removeComputation, onePath(space, kind, id), { method: 'DELETE', query: { sendExits } })

/** @param id of the computation, or its key */
export const restoreComputation = async ({ space, kind, id }: Named) =>
  oneOf((await ask(answers.restoreComputation, `${onePath(space, kind, id)}/restore`, { method: 'POST' })).data)

/** One computation, as paths name it. */
export interface Named {
  readonly space: string
  readonly kind: Kind
  readonly id: string
}
