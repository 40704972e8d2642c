import { Badge, Tooltip } from '@mantine/core'
import type { Computation } from './api/computations.ts'

const SAID = {
  Preparing: ['blue', 'Waits for history to be read.'],
  Backfilling: ['blue', 'Reads history from the log.'],
  Computing: ['blue', 'Works out every profile, and tells destinations.'],
  Live: ['green', 'Each event counts as it arrives.'],
  'Awaiting Destinations': ['yellow', 'Each event counts, but it goes to no destination that is switched on.'],
  Disabled: ['gray', 'It is switched off.'],
} as const

export function StatusBadge({ status }: Pick<Computation, 'status'>) {
  const [color, meaning] = SAID[status]
  return (
    <Tooltip label={meaning}>
      <Badge color={color}>{status}</Badge>
    </Tooltip>
  )
}
