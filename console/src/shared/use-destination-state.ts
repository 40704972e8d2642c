import { useQuery } from '@tanstack/react-query'
import { destinationWords, LOOKING, type StateWords, stateWords } from './destination-state.ts'
import { useNow } from './now.ts'
import { type DestinationStatus, deliveriesOf, statusQuery } from './status.ts'

/** How a destination is doing, in words and as the server says it; whether it is on is what its own page has read. */
export function useDestinationState({ id, enabled }: { readonly id: string; readonly enabled: boolean }): {
  readonly words: StateWords
  readonly state: DestinationStatus | undefined
  /** Parts of its deliveries; undefined while nobody knows. */
  readonly deliveries: Readonly<Record<string, number>> | undefined
} {
  const { data: status } = useQuery(statusQuery)
  const nowMs = useNow()
  const state = status?.destinations.find((each) => each.id === id)
  const deliveries = status === undefined || state === undefined ? undefined : deliveriesOf(status, state)
  const parts: Readonly<Record<string, number>> = deliveries ?? {}
  if (!enabled || state === undefined || status === undefined) {
    if (enabled && status === undefined) return { words: LOOKING, state, deliveries }
    const seen = enabled ? undefined : { ...NOT_KNOWN, ...state, enabled }
    return { words: stateWords(seen, parts, nowMs), state, deliveries }
  }
  return { words: destinationWords(status, { ...state, enabled }, nowMs), state, deliveries }
}

const NOT_KNOWN = {
  hold: null,
  breakerOpenSinceMs: null,
  nextProbeMs: null,
  lanesParked: 0,
  nextRetryMs: null,
  lastFailure: null,
  oldestWaitingMs: null,
}
