import { useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { sourceQuery, taggedSourceQuery } from './api/sources.ts'

const useId = () => useParams({ from: '/signed-in/sources/$id' }).id

/** The source of the page that a tab is on; the frame has loaded it. */
export function useSource() {
  return useSuspenseQuery(sourceQuery(useId())).data
}

/** The same, with the tag of that state. */
export const useTaggedSource = () => useSuspenseQuery(taggedSourceQuery(useId())).data
