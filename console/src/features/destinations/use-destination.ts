import { useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { destinationQuery } from './api/destinations.ts'

/** The destination whose page is open. Its tabs are drawn when it is there. */
export function useDestination() {
  const { id } = useParams({ from: '/signed-in/destinations/$id' })
  return useSuspenseQuery(destinationQuery(id)).data
}
