import { type UseQueryResult, useQueries } from '@tanstack/react-query'
import type { Source } from '../../../src/api/answers/sources.ts'
import type { Space } from '../../../src/api/answers/spaces.ts'
import { sourcesQuery } from './sources.ts'
import { spacesQuery } from './spaces.ts'

export interface Named {
  readonly id: string
  readonly name: string
}

interface SourcesAndSpaces {
  readonly sources: readonly Named[]
  readonly spaces: readonly Named[]
  /** The name of each of both by its id. */
  readonly names: ReadonlyMap<string, string>
  /** Whether one of the two lists is on its way for the first time. */
  readonly isPending: boolean
}

const named = ({ id, name, slug }: Named & { readonly slug: string }): Named => ({ id, name: name || slug })

function combine([ofSources, ofSpaces]: [UseQueryResult<Source[]>, UseQueryResult<Space[]>]): SourcesAndSpaces {
  const sources = (ofSources.data ?? []).map(named)
  const spaces = (ofSpaces.data ?? []).map(named)
  const names = new Map([...sources, ...spaces].map(({ id, name }) => [id, name]))
  return { sources, spaces, names, isPending: ofSources.isPending || ofSpaces.isPending }
}

/** Sources that somebody sends to, and spaces, whose events Grapevine makes; none while they are not there. */
export const useSources = (): SourcesAndSpaces => useQueries({ queries: [sourcesQuery, spacesQuery], combine })

/** The name of a source or space; its id while the names are not there. */
export function useSourceName(): (id: string) => string {
  const { names } = useSources()
  return (id) => names.get(id) ?? id
}
