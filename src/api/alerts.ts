/** What needs a person now, worked out from how everything is doing. Pure but for the route. */
import { OVERDUE_INTERVALS } from '../backup/index.ts'
import type { AccountState } from '../connections/index.ts'
import type { DestinationInstance } from '../workspace/index.ts'
import * as answers from './answers/status.ts'
import type { Routes } from './deps.ts'

/** A breaker opens and closes by itself; one that is open for longer, in milliseconds, is an outage. */
export const BREAKER_ALERT_MS = 60_000
/** An event that waits for longer at a destination without hold or open breaker, in milliseconds. */
export const BACKLOG_ALERT_MS = 3_600_000
/** Part of the log's largest size from which there is not much left. */
export const LOG_ALERT_PART = 0.8
/** Free bytes on the data directory's disk below which it is nearly full. */
export const DISK_ALERT_BYTES = 1024 ** 3

/** Milliseconds that dead letters count as new. */
export const DEAD_LETTERS_ALERT_MS = 3_600_000

export const ALERT_KINDS = [
  'hold',
  'breaker_open',
  'backlog',
  'dead_letters',
  'log_nearly_full',
  'disk_nearly_full',
  'counts',
  'backup_failed',
  'backup_overdue',
] as const

export interface Alert {
  /** The same for as long as it is open, and of no other alert that is open at the time. */
  readonly id: string
  readonly kind: (typeof ALERT_KINDS)[number]
  /** Those it is about: all that share an account have one alert. Empty where it is about the server. */
  readonly destinations: readonly { readonly id: string; readonly name: string }[]
  /** ISO 8601. */
  readonly since: string
  /** What happened, and what to do about it: sentences. */
  readonly message: string
  readonly nextStep: string
  /** What the destination said, secrets masked. It may quote an event: it is shown, and not posted. */
  readonly detail: string | null
}

/** Alerts as the server keeps them. */
export interface Alerts {
  readonly open: readonly Alert[]
  /** Those that ended last, newest first. */
  readonly closed: readonly (Alert & { readonly closedAt: string })[]
}

export interface AlertFacts {
  readonly nowMs: number
  readonly destinations: readonly {
    readonly instance: Pick<DestinationInstance, 'id' | 'name' | 'enabled'>
    readonly state: Pick<AccountState, 'account' | 'hold' | 'breakerOpenSinceMs'>
    /** When the oldest event that waits for it was received, Unix milliseconds; null if none waits. */
    readonly oldestWaitingMs: number | null
    /** How many there are, and when the last came, Unix milliseconds; null if none did lately. */
    readonly deadLetters: { readonly count: number; readonly newestMs: number | null }
  }[]
  readonly logBytes: number
  readonly logBytesMax: number
  readonly diskFreeBytes: number
  /** Whether the conservation equations add up. */
  readonly addsUp: boolean
  /** What went wrong with a backup last and was not done well since. */
  readonly backupFailure: { readonly atMs: number; readonly message: string } | null
  /** Since when there is no sound backup of the last intervals, Unix milliseconds; null where that is not so. */
  readonly backupOverdueSinceMs: number | null
}

const HOLD_STEPS: Readonly<Record<string, string>> = {
  unauthorized: 'Enter a valid key in its settings; what waits flows at once.',
  forbidden: 'Give its key the scope that is missing, or enter another one.',
  payment_required: "Have the account's owner settle it with the destination.",
  mass_rejection: 'Look at the dead letters: correct the mapping or setting they have in common, then replay them.',
  tls_invalid: 'Check its URL, or have the owner of the host renew the certificate.',
  blocked_address: 'Check its URL; an operator can permit a private address with GRAPEVINE_EGRESS_ALLOW.',
}

/** The alerts there are, the gravest first. A destination that is switched off waits because a person wants it to. */
export function alertsOf(facts: AlertFacts): readonly Alert[] {
  return [...serverAlerts(facts), ...holds(facts), ...outages(facts), ...backlogs(facts), ...deadLetters(facts)]
}

function serverAlerts(facts: AlertFacts): Alert[] {
  const { nowMs, logBytes, logBytesMax, diskFreeBytes, addsUp } = facts
  const about = { destinations: [], since: iso(nowMs), detail: null }
  const alerts: Alert[] = []
  if (!addsUp)
    alerts.push({
      ...about,
      id: 'counts',
      kind: 'counts',
      message: 'The counts of events and deliveries do not add up.',
      nextStep: 'Run `grapevine doctor`, keep its output, and report it: this is a defect.',
    })
  if (diskFreeBytes < DISK_ALERT_BYTES)
    alerts.push({
      ...about,
      id: 'disk_nearly_full',
      kind: 'disk_nearly_full',
      message: `The disk of the data directory has ${megabytes(diskFreeBytes)} left. When it is full, ingest answers 503.`,
      nextStep: 'Free space or enlarge the disk; GRAPEVINE_LOG_DAYS says how long events are kept.',
    })
  if (logBytes >= logBytesMax * LOG_ALERT_PART)
    alerts.push({
      ...about,
      id: 'log_nearly_full',
      kind: 'log_nearly_full',
      message: `The event log has ${megabytes(logBytes)} of the ${megabytes(logBytesMax)} it may have. When it is full, ingest answers 503.`,
      nextStep: 'See which destination holds events back, lower GRAPEVINE_LOG_DAYS, or raise GRAPEVINE_LOG_BYTES_MAX.',
    })
  return [...alerts, ...backupAlerts(facts)]
}

function backupAlerts({ backupFailure, backupOverdueSinceMs }: AlertFacts): Alert[] {
  const about = { destinations: [], detail: null }
  const alerts: Alert[] = []
  if (backupFailure !== null)
    alerts.push({
      ...about,
      id: 'backup_failed',
      kind: 'backup_failed',
      since: iso(backupFailure.atMs),
      message: 'The last backup failed, or one that was read again is not sound.',
      nextStep: 'See why in Settings, Backups. The alert ends with the next backup that is made.',
      detail: backupFailure.message,
    })
  if (backupOverdueSinceMs !== null)
    alerts.push({
      ...about,
      id: 'backup_overdue',
      kind: 'backup_overdue',
      since: iso(backupOverdueSinceMs),
      message: `There is no sound backup of the last ${OVERDUE_INTERVALS} intervals of GRAPEVINE_BACKUP_EVERY.`,
      nextStep: 'See in Settings, Backups, whether one hangs or fails, and back up now. The alert ends with that.',
    })
  return alerts
}

function holds({ destinations }: AlertFacts): Alert[] {
  return accountsOf(destinations).flatMap(({ account, named, state: { hold } }): Alert[] => {
    if (hold === null) return []
    const { reason, sinceMs, detail } = hold
    return [
      {
        // Another reason is another alert: something else is to be done.
        id: `hold-${account}-${reason}`,
        kind: 'hold',
        destinations: named,
        since: iso(sinceMs),
        message: `On hold (${reason}): its events wait.`,
        nextStep: HOLD_STEPS[reason] ?? 'Correct its settings; what waits flows at once.',
        detail: detail === '' ? null : detail,
      },
    ]
  })
}

function outages({ destinations, nowMs }: AlertFacts): Alert[] {
  return accountsOf(destinations).flatMap(({ account, named, state: { breakerOpenSinceMs: sinceMs } }): Alert[] => {
    if (sinceMs === null || nowMs - sinceMs < BREAKER_ALERT_MS) return []
    return [
      {
        id: `breaker_open-${account}`,
        kind: 'breaker_open',
        destinations: named,
        since: iso(sinceMs),
        message: 'Most requests fail, so it gets one every few seconds until it answers again. Nothing is lost.',
        nextStep: 'See whether it is down; its events flow by themselves when it is back.',
        detail: null,
      },
    ]
  })
}

function backlogs({ destinations, nowMs }: AlertFacts): Alert[] {
  return destinations.flatMap(({ instance, state, oldestWaitingMs }): Alert[] => {
    const isExplained = !instance.enabled || state.hold !== null || state.breakerOpenSinceMs !== null
    if (isExplained || oldestWaitingMs === null || nowMs - oldestWaitingMs < BACKLOG_ALERT_MS) return []
    return [
      {
        id: `backlog-${instance.id}`,
        kind: 'backlog',
        destinations: [{ id: instance.id, name: instance.name }],
        since: iso(oldestWaitingMs + BACKLOG_ALERT_MS),
        message: `An event waits since ${iso(oldestWaitingMs)}: it is refused for now, or there are more than the destination takes.`,
        nextStep: `See what it is answered: grapevine ledger --destination ${instance.id} --state pending`,
        detail: null,
      },
    ]
  })
}

function deadLetters({ destinations, nowMs }: AlertFacts): Alert[] {
  return destinations.flatMap(({ instance, state, deadLetters: { count, newestMs } }): Alert[] => {
    // A hold for refusals is about the same.
    const isExplained = !instance.enabled || state.hold?.reason === 'mass_rejection'
    if (isExplained || newestMs === null || count === 0 || nowMs - newestMs >= DEAD_LETTERS_ALERT_MS) return []
    return [
      {
        id: `dead_letters-${instance.id}`,
        kind: 'dead_letters',
        destinations: [{ id: instance.id, name: instance.name }],
        since: iso(newestMs),
        message: `There are dead letters, ${count} in all, and new ones within the last hour.`,
        nextStep: `See why: grapevine ledger --destination ${instance.id} --state dead. Mend it, then replay them: grapevine replay --destination ${instance.id}`,
        detail: null,
      },
    ]
  })
}

/** Instances of one account share their fate, and those that are switched off have no part in it. */
function accountsOf(destinations: AlertFacts['destinations']) {
  const enabled = destinations.filter(({ instance }) => instance.enabled)
  return [...Map.groupBy(enabled, ({ state }) => state.account)].flatMap(([account, members]) => {
    const [first] = members
    const named = members.map(({ instance: { id, name } }) => ({ id, name }))
    return first === undefined ? [] : [{ account, named, state: first.state }]
  })
}

const iso = (ms: number) => new Date(ms).toISOString()

const megabytes = (bytes: number) => `${Math.round(bytes / 1024 ** 2).toLocaleString('en')} MB`

export const alertRoutes: Routes = (app, deps, guard) => {
  app.get('/alerts', { onRequest: guard('api:read'), config: answers.listAlerts }, async () => {
    const { open, closed } = await deps.alerts()
    return { data: { alerts: open, closed } }
  })
}
