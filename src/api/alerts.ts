/** What needs a person now. Worked out from how the destinations are doing when it is asked: nothing is kept. */
import type { AccountState } from '../connections/index.ts'
import type { DestinationInstance } from '../workspace/index.ts'
import type { Routes } from './deps.ts'

/** A breaker opens and closes by itself; one that is open for longer, in milliseconds, is an outage. */
export const BREAKER_ALERT_MS = 60_000

export interface Alert {
  readonly kind: 'hold' | 'breaker_open'
  readonly destinationId: string
  readonly destination: string
  /** ISO 8601. */
  readonly since: string
  /** What happened, and what to do about it: sentences. */
  readonly message: string
  readonly nextStep: string
}

const HOLD_STEPS: Readonly<Record<string, string>> = {
  unauthorized: 'Enter a valid key in its settings; what waits flows at once.',
  forbidden: 'Give its key the scope that is missing, or enter another one.',
  payment_required: "Have the account's owner settle it with the destination.",
  mass_rejection: 'Look at the dead letters: correct the mapping or setting they have in common, then replay them.',
  tls_invalid: 'Check its URL, or have the owner of the host renew the certificate.',
  blocked_address: 'Check its URL; an operator can permit a private address with GRAPEVINE_EGRESS_ALLOW.',
}

/** The alerts of one destination, the gravest first. Pure. */
export function alertsOf(
  { id, name }: Pick<DestinationInstance, 'id' | 'name'>,
  { hold, breakerOpenSinceMs }: Pick<AccountState, 'hold' | 'breakerOpenSinceMs'>,
  nowMs: number,
): readonly Alert[] {
  const about = { destinationId: id, destination: name }
  const alerts: Alert[] = []
  if (hold !== null) {
    alerts.push({
      ...about,
      kind: 'hold',
      since: new Date(hold.sinceMs).toISOString(),
      message: `It is on hold (${hold.reason}). ${hold.detail}`.trim(),
      nextStep: HOLD_STEPS[hold.reason] ?? 'Correct its settings; what waits flows at once.',
    })
  }
  if (breakerOpenSinceMs !== null && nowMs - breakerOpenSinceMs >= BREAKER_ALERT_MS) {
    alerts.push({
      ...about,
      kind: 'breaker_open',
      since: new Date(breakerOpenSinceMs).toISOString(),
      message: 'It fails most requests, so it gets one every few seconds until it answers again. Nothing is lost.',
      nextStep: 'See whether it is down; its events flow by themselves when it is back.',
    })
  }
  return alerts
}

export const alertRoutes: Routes = (app, deps, guard) => {
  app.get('/alerts', { onRequest: guard('api:read') }, async () => {
    const { states } = await deps.status()
    const nowMs = deps.clock.nowMs()
    const alerts = [...deps.config().destinations.values()].flatMap((instance) => {
      const state = states[instance.id]
      return state === undefined ? [] : alertsOf(instance, state, nowMs)
    })
    return { data: { alerts } }
  })
}
