import { useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { destinationQuery, taggedDestinationQuery } from './api/destinations.ts'

const useId = () => useParams({ from: '/signed-in/destinations/$id' }).id

/** The destination whose page is open. Its tabs are drawn when it is there. */
export function useDestination() {
  return useSuspenseQuery(destinationQuery(useId())).data
}

/** The same, with the tag of that state. */
export const useTaggedDestination = () => useSuspenseQuery(taggedDestinationQuery(useId())).data
