import { useQuery } from '@tanstack/react-query'
import { destinationWords, type StateWords, stateWords } from './destination-state.ts'
import { useNow } from './now.ts'
import { type DestinationStatus, deliveriesOf, statusQuery } from './status.ts'

/** How a destination is doing, in words and as the server says it; whether it is on is what its own page has read. */
export function useDestinationState({ id, enabled }: { readonly id: string; readonly enabled: boolean }): {
  readonly words: StateWords
  readonly state: DestinationStatus | undefined
  /** Deliveries that wait; undefined while nobody knows. */
  readonly pending: number | undefined
} {
  const { data: status } = useQuery(statusQuery)
  const nowMs = useNow()
  const state = status?.destinations.find((each) => each.id === id)
  const parts: Readonly<Record<string, number>> =
    status === undefined || state === undefined ? {} : deliveriesOf(status, state)
  if (!enabled || state === undefined || status === undefined) {
    const seen = enabled ? undefined : { ...NOT_KNOWN, ...state, enabled }
    return { words: stateWords(seen, parts, nowMs), state, pending: parts['pending'] }
  }
  return { words: destinationWords(status, { ...state, enabled }, nowMs), state, pending: parts['pending'] }
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
