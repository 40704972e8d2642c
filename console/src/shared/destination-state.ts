/** The state of a destination in plain words: what is so, what will happen, and when. Pure. */
import { failureText } from './failure-words.ts'
import { counted, duration, time } from './format.ts'
import { type DestinationStatus, deliveriesOf, type Status } from './status.ts'

export interface StateWords {
  readonly tone: 'good' | 'waiting' | 'bad' | 'off'
  /** A few plain words. */
  readonly title: string
  /** What docs, alerts and metrics call it, where that is another word. */
  readonly term?: string
  /** What that means and what comes next; sentences. */
  readonly sentences: readonly string[]
}

const HOLDS: Readonly<Record<string, readonly [means: string, step: string]>> = {
  unauthorized: ['Its key is refused', 'Enter a valid key in its settings'],
  forbidden: ['Its key lacks a scope', 'Give the key the scope that is missing, or enter another one'],
  payment_required: ['It asks for a payment', 'Have the owner of the account settle it with the destination'],
  mass_rejection: [
    'It refuses every event for the same reason',
    'Look at the dead letters, and correct the mapping or setting they have in common',
  ],
  tls_invalid: ['Its certificate is not valid', 'Check its URL, or have the owner of the host renew the certificate'],
  blocked_address: [
    'Its URL leads to a private address',
    'Check its URL; an operator can permit the address with GRAPEVINE_EGRESS_ALLOW',
  ],
}

/** While nothing is known of any. */
export const LOOKING: StateWords = { tone: 'off', title: 'Looking', sentences: ['How it is doing is being looked up.'] }

type Seen = Pick<
  DestinationStatus,
  | 'enabled'
  | 'hold'
  | 'breakerOpenSinceMs'
  | 'nextProbeMs'
  | 'lanesParked'
  | 'nextRetryMs'
  | 'lastFailure'
  | 'oldestWaitingMs'
>

/**
 * @param seen undefined while the server does not know it yet
 * @param parts of its deliveries, from the conservation equation
 * @param nowMs Unix milliseconds
 * @param sharedWith the destination with the same host and key that fails, where this one has not been tried itself
 */
export function stateWords(
  seen: Seen | undefined,
  parts: Readonly<Record<string, number>>,
  nowMs: number,
  sharedWith?: string,
): StateWords {
  if (seen === undefined) return { tone: 'good', title: 'Starting', sentences: ['It begins with the next event.'] }
  return wordsOf(seen, parts, nowMs, sharedWith)
}

/** The same, of one of those that the server has answered. */
export const destinationWords = (status: Status, destination: DestinationStatus, nowMs: number): StateWords =>
  stateWords(destination, deliveriesOf(status, destination), nowMs, failingWith(status, destination))

/** A breaker looks this far back: a failure from before that has not opened it. In milliseconds. */
const OPENED_BY_MS = 30_000

/** Of whom the attempts failed by which its breaker opened, when none of its own did: its name, as text goes on with it. */
export function failingWith(
  { destinations }: Pick<Status, 'destinations'>,
  {
    name,
    account,
    breakerOpenSinceMs,
    lastFailure,
  }: Pick<DestinationStatus, 'name' | 'account' | 'breakerOpenSinceMs' | 'lastFailure'>,
): string | undefined {
  if (breakerOpenSinceMs === null || account === undefined) return undefined
  const sinceMs = breakerOpenSinceMs - OPENED_BY_MS
  if ((lastFailure?.atMs ?? 0) >= sinceMs) return undefined
  const found = destinations.find((each) => each.account === account && (each.lastFailure?.atMs ?? 0) >= sinceMs)
  return found?.name === name ? 'another destination of this name' : found?.name
}

function wordsOf(seen: Seen, parts: Readonly<Record<string, number>>, nowMs: number, sharedWith?: string): StateWords {
  const { enabled, hold, breakerOpenSinceMs, nextProbeMs, lanesParked, nextRetryMs, lastFailure, oldestWaitingMs } =
    seen
  const pending = parts['pending'] ?? 0
  const waiting =
    pending === 0
      ? 'nothing waits'
      : pending === 1
        ? '1 delivery waits'
        : `${counted(pending, 'delivery', 'deliveries')} wait`
  const oldest =
    pending === 0 || oldestWaitingMs === null ? [] : [`The oldest waits for ${duration(nowMs - oldestWaitingMs)}.`]
  const failed = lastFailure === null ? [] : [failureText(lastFailure, nowMs)]
  const stopped = `Nothing is sent, and ${waiting}${pending === 0 ? '.' : '; none is given up meanwhile.'}`
  const since = (ms: number) => `since ${time(ms)} (for ${duration(nowMs - ms)})`
  const soon = (ms: number) => `in ${duration(Math.ceil((ms - nowMs) / 1_000) * 1_000)}`
  const probe = nextProbeMs === null || nextProbeMs <= nowMs ? 'now' : soon(nextProbeMs)
  if (!enabled) {
    const left = pending === 0 ? [] : [`${waiting} until it is switched on.`]
    return { tone: 'off', title: 'Switched off', sentences: ['It gets nothing.', ...left] }
  }
  if (hold !== null) {
    const [means, step] = HOLDS[hold.reason] ?? ['It needs a person', 'Correct its settings']
    return {
      tone: 'bad',
      title: means,
      term: `on hold: ${hold.reason}`,
      sentences: [
        [`${means}, ${since(hold.sinceMs)}. ${stopped}`, ...oldest].join(' '),
        `${step}: what waits then flows at once.`,
        `One delivery is tried ${probe}. If it works, the hold ends by itself.`,
      ],
    }
  }
  if (breakerOpenSinceMs !== null && sharedWith !== undefined) {
    return {
      tone: pending === 0 ? 'waiting' : 'bad',
      title: 'Not answering',
      term: 'breaker open',
      sentences: [
        [`It shares host and key with ${sharedWith}, whose requests fail. ${stopped}`, ...oldest].join(' '),
        `One delivery is tried ${probe}. When it works, everything else follows by itself.`,
      ],
    }
  }
  if (breakerOpenSinceMs !== null) {
    return {
      tone: 'bad',
      title: 'Not answering',
      term: 'breaker open',
      sentences: [
        ...failed,
        [`Most requests have failed ${since(breakerOpenSinceMs)}. ${stopped}`, ...oldest].join(' '),
        `One delivery is tried ${probe}. When it works, everything else follows by itself.`,
      ],
    }
  }
  if (lanesParked > 0) {
    const people = counted(lanesParked, 'person', 'people')
    const when = nextRetryMs === null || nextRetryMs <= nowMs ? 'now' : `${soon(nextRetryMs)}, at ${time(nextRetryMs)}`
    return {
      tone: 'waiting',
      title: 'Waiting for a retry',
      sentences: [
        ...failed,
        [`${waiting}.`, ...oldest].join(' '),
        `For ${people} the last attempt failed and is made again, the first ${when}. Events of others go on.`,
      ],
    }
  }
  if (pending > 0)
    return { tone: 'good', title: 'Delivering', sentences: [[`${waiting} for their turn.`, ...oldest].join(' ')] }
  return idleWords(parts)
}

/** Nothing waits for it. What it refused for good waits for a person. */
function idleWords({ delivered = 0, dead = 0, ...others }: Readonly<Record<string, number>>): StateWords {
  const succeeded =
    delivered === 0 ? 'Nothing has succeeded yet.' : `${counted(delivered, 'delivery', 'deliveries')} succeeded.`
  if (dead > 0) {
    return {
      tone: 'waiting',
      title: counted(dead, 'dead letter'),
      sentences: [
        `${counted(dead, 'delivery', 'deliveries')} ended without success and ${dead === 1 ? 'waits' : 'wait'} for you. ${succeeded}`,
        'Look at its dead letters, correct the cause, then replay them.',
      ],
    }
  }
  const isNew = delivered === 0 && Object.values(others).every((count) => count === 0)
  return {
    tone: 'good',
    title: 'Working',
    sentences: [isNew ? 'It has not got anything yet.' : `Nothing waits. ${succeeded}`],
  }
}

/** How fast it is given requests, as learned from its answers. */
export function paceWords({
  requestsAtOnceMax,
  requestsPerSecondMax,
}: Pick<DestinationStatus, 'requestsAtOnceMax' | 'requestsPerSecondMax'>): string {
  if (requestsAtOnceMax === 0) return 'No pace is learned yet.'
  const perSecond =
    requestsPerSecondMax === null
      ? 'It has asked for no limit a second.'
      : `It takes up to ${counted(Math.round(requestsPerSecondMax * 10) / 10, 'request')} a second.`
  return `Up to ${counted(Math.floor(requestsAtOnceMax), 'request')} at once. ${perSecond}`
}
