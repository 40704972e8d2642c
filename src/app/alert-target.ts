import { checkUrl, PORTS_DEFAULT, parseEgressAllow } from '../destinations/index.ts'
import { GateError } from '../state/index.ts'
import type { AlertMonitorOptions } from './alert-monitor.ts'
import type { Config } from './settings.ts'

/**
 * Where alerts are posted, null for nowhere. What can be seen to be wrong is refused now, when somebody looks, and not
 * when the first alert is lost.
 *
 * @throws GateError 2 that does not repeat the URL, which may hold a token
 */
export function alertTarget(
  config: Pick<Config, 'GRAPEVINE_ALERT_URL' | 'GRAPEVINE_ALERT_SECRET'>,
  egressAllow: readonly string[],
): AlertMonitorOptions['target'] {
  const { GRAPEVINE_ALERT_URL: url, GRAPEVINE_ALERT_SECRET: signingSecret } = config
  if (url === undefined || signingSecret === undefined) return null
  const { allow } = parseEgressAllow(egressAllow)
  const checked = checkUrl({ ports: PORTS_DEFAULT, allowHttp: false, allow }, url)
  if (checked.isAllowed) return { url, signingSecret }
  const nextStep = 'Correct it, or name its host and port in GRAPEVINE_EGRESS_ALLOW.'
  throw new GateError(2, `alerts cannot be posted to GRAPEVINE_ALERT_URL. ${checked.problem}`, nextStep)
}
