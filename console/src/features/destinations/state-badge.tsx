import { Badge } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNow } from '../../shared/now.ts'
import { type Destination, statesQuery } from './api/destinations.ts'
import { stateWords } from './state-words.ts'

export function useStateWords({ id, enabled }: Pick<Destination, 'id' | 'enabled'>) {
  const { data } = useQuery(statesQuery)
  return stateWords(data?.get(id), enabled, useNow())
}

export function StateBadge({ destination }: { destination: Pick<Destination, 'id' | 'enabled'> }) {
  const { label, color } = useStateWords(destination)
  return <Badge color={color}>{label}</Badge>
}
