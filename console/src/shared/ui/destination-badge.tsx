import { useDestinationState } from '../use-destination-state.ts'
import { StateBadge } from './state-badge.tsx'

/** How a destination is doing just now. */
export function DestinationBadge({ destination }: { destination: { readonly id: string; readonly enabled: boolean } }) {
  return <StateBadge words={useDestinationState(destination).words} />
}
