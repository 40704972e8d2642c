import { useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { sourceQuery } from './api/sources.ts'

/** The source of the page that a tab is on; the frame has loaded it. */
export function useSource() {
  const { id } = useParams({ from: '/signed-in/sources/$id' })
  return useSuspenseQuery(sourceQuery(id)).data
}
