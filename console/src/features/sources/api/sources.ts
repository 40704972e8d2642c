/** Sources: reading them, and what changes them. */
import { type QueryClient, queryOptions } from '@tanstack/react-query'
import * as answers from '../../../../../src/api/answers/sources.ts'
import { ask, askWithTag, part } from '../../../shared/api.ts'
import { ifMatch, type Tagged } from '../../../shared/safe-save.ts'

export type { Source, SourceMetadata } from '../../../../../src/api/answers/sources.ts'

/** With the tag of what is shown. */
export const taggedSourceQuery = (id: string) =>
  queryOptions({
    queryKey: ['sources', id],
    queryFn: async ({ signal }): Promise<Tagged<answers.Source>> => {
      const { body, tag } = await askWithTag(answers.getSource, `/sources/${part(id)}`, { signal })
      return { value: body.data.source, tag }
    },
  })

export const sourceQuery = (id: string) =>
  queryOptions({ ...taggedSourceQuery(id), select: ({ value }: Tagged<answers.Source>) => value })

export const sourceDestinationsQuery = (id: string) =>
  queryOptions({
    queryKey: ['sources', id, 'destinations'],
    queryFn: async ({ signal }) => {
      const path = `/sources/${part(id)}/connected-destinations`
      return (await ask(answers.listConnectedDestinationsFromSource, path, { signal })).data.destinations
    },
  })

export const kindsQuery = queryOptions({
  queryKey: ['catalog', 'sources'],
  queryFn: async ({ signal }) =>
    (await ask(answers.getSourcesCatalog, '/catalog/sources', { signal })).data.sourcesCatalog,
  staleTime: 60_000,
})

export const addSource = async (body: { metadataId: string; name: string; slug: string }) =>
  (await ask(answers.createSource, '/sources', { method: 'POST', body })).data.source

/** @param tag of what was seen */
export const changeSource = (id: string, body: { name?: string; enabled?: boolean }, tag: string | undefined) =>
  ask(answers.updateSource, `/sources/${part(id)}`, { method: 'PATCH', body, headers: ifMatch(tag) })

export const deleteSource = (id: string) => ask(answers.deleteSource, `/sources/${part(id)}`, { method: 'DELETE' })

const KEYS_REFRESH_MS = 5_000

/** When each was last used, as far as the server knows. */
export const writeKeysQuery = (id: string) =>
  queryOptions({
    queryKey: ['sources', id, 'write-keys'],
    queryFn: async ({ signal }) =>
      (await ask(answers.listWriteKeys, `/sources/${part(id)}/write-keys`, { signal })).data,
    refetchInterval: KEYS_REFRESH_MS,
  })

export const addWriteKey = async (id: string) =>
  (await ask(answers.createWriteKeyForSource, `/sources/${part(id)}/writekey`, { method: 'POST' })).data.source

export const endWriteKey = (id: string, key: string) =>
  ask(answers.removeWriteKeyFromSource, `/sources/${part(id)}/writekey/${part(key)}`, { method: 'DELETE' })

/** What is shown of sources is asked for anew. */
export const forgetSources = (client: QueryClient) => client.invalidateQueries({ queryKey: ['sources'] })
