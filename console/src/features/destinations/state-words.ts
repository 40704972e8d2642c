/** How a destination is, in plain words. Pure. */
import { duration } from '../../shared/format.ts'

/** What is known of a destination that runs. */
export interface KnownState {
  readonly enabled: boolean
  readonly hold: { readonly reason: string; readonly detail: string } | null
  readonly breakerOpenSinceMs: number | null
  /** Milliseconds since 1970. */
  readonly nextProbeMs: number | null
  /** Persons whose events wait. */
  readonly lanesWaiting: number
  readonly lanesParked: number
}

export interface StateWords {
  readonly label: string
  readonly color: 'green' | 'gray' | 'red' | 'orange' | 'blue'
  readonly sentence: string
  /** What a person can do. */
  readonly next: string | null
}

/** @param state undefined when the server does not know it (yet) */
export function stateWords(state: KnownState | undefined, enabled: boolean, nowMs: number): StateWords {
  if (!enabled || state?.enabled === false) {
    return {
      label: 'Off',
      color: 'gray',
      sentence: 'New events are not sent here. What waits stays until it is switched on.',
      next: 'Switch it on when its settings are right.',
    }
  }
  if (state === undefined)
    return { label: 'Starting', color: 'blue', sentence: 'It begins with the next event.', next: null }
  const probe = probeWords(state.nextProbeMs, nowMs)
  if (state.hold !== null) {
    return {
      label: 'On hold',
      color: 'red',
      sentence: `Nothing is sent, because ${HOLD_REASONS.get(state.hold.reason) ?? state.hold.reason}. Nothing is lost: events wait.${probe}`,
      next: 'Correct the settings. It goes on by itself when the cause is gone.',
    }
  }
  if (state.breakerOpenSinceMs !== null) {
    const since = duration(nowMs - state.breakerOpenSinceMs)
    return {
      label: 'Not answering',
      color: 'orange',
      sentence: `Most requests have failed for ${since}. Events wait and are sent when it is back.${probe}`,
      next: null,
    }
  }
  if (state.lanesParked > 0) {
    return {
      label: 'Retrying',
      color: 'orange',
      sentence: `Events of ${people(state.lanesParked)} wait for another try.`,
      next: null,
    }
  }
  if (state.lanesWaiting > 0) {
    return {
      label: 'Sending',
      color: 'green',
      sentence: `Events of ${people(state.lanesWaiting)} are on their way.`,
      next: null,
    }
  }
  return { label: 'Working', color: 'green', sentence: 'Nothing waits.', next: null }
}

const people = (count: number) => (count === 1 ? '1 person' : `${count} people`)

function probeWords(nextProbeMs: number | null, nowMs: number): string {
  if (nextProbeMs === null) return ''
  return nextProbeMs <= nowMs
    ? ' It is being tried again now.'
    : ` The next try is in ${duration(nextProbeMs - nowMs)}.`
}

/** The reasons of a hold: docs/operations.md. */
const HOLD_REASONS: ReadonlyMap<string, string> = new Map([
  ['unauthorized', 'it does not accept the key'],
  ['payment_required', 'it asks for payment'],
  ['forbidden', 'the key lacks a scope'],
  ['tls_invalid', 'its certificate is not valid'],
  ['blocked_address', 'its address may not be called from here'],
  ['mass_rejection', 'it refuses everything'],
])
