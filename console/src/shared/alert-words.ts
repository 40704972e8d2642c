/** What an alert says in the console, where the next step is a click away. Pure. */
import type { Alert } from '../../../src/api/answers/status.ts'

export interface NextLink {
  readonly label: string
  readonly to: string
  readonly hash?: string
}

export interface AlertWords {
  readonly title: string
  readonly step: string
  /** Of one of its destinations. */
  linksOf(destinationId: string): readonly NextLink[]
}

const at = (id: string, page: string) => `/destinations/${encodeURIComponent(id)}/${page}`
const delivery = (id: string): NextLink => ({ label: 'Delivery', to: at(id, 'delivery') })
const letters = (id: string): NextLink => ({ label: 'See why', to: at(id, 'delivery'), hash: 'dead-letters' })

/** Of those that are about the server. */
const SERVER_TITLES = {
  log_nearly_full: 'The event log is nearly full',
  disk_nearly_full: 'The disk is nearly full',
  counts: 'The counts do not add up',
  backup_failed: 'A backup failed',
  backup_overdue: 'The last backup is too old',
} as const

/** The text that is posted elsewhere names commands: here there are links. */
export function alertWords({ kind, destinations, nextStep }: Alert): AlertWords {
  const several = destinations.length > 1 ? destinations.length : undefined
  switch (kind) {
    case 'hold':
      return {
        title: several === undefined ? 'A destination is on hold' : `${several} destinations are on hold`,
        step: nextStep,
        linksOf: (id) => [{ label: 'Settings', to: at(id, 'settings') }, delivery(id)],
      }
    case 'breaker_open':
      return {
        title: several === undefined ? 'A destination is down' : `${several} destinations are down`,
        step: 'If that is known, nothing is to be done here: its events flow by themselves when it is back.',
        linksOf: (id) => [delivery(id)],
      }
    case 'backlog':
      return {
        title: 'Events wait for long',
        step: 'See what it answers, and which events wait.',
        linksOf: (id) => [
          delivery(id),
          { label: 'What waits', to: `/events?destinationId=${encodeURIComponent(id)}&state=pending` },
        ],
      }
    case 'dead_letters':
      return {
        title: 'There are dead letters',
        step: 'See why they were refused, mend the cause, then replay them.',
        linksOf: (id) => [letters(id), { label: 'Replay', to: at(id, 'replay') }],
      }
    default:
      return { title: SERVER_TITLES[kind], step: nextStep, linksOf: () => [] }
  }
}
