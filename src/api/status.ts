import { balance, type DestinationState } from '../connections/index.ts'
import * as answers from './answers/status.ts'
import type { Routes } from './deps.ts'

/** An instance that was made this moment. */
const NOT_SEEN: Omit<DestinationState, 'account'> = {
  hold: null,
  breakerOpenSinceMs: null,
  nextProbeMs: null,
  requestsAtOnceMax: 0,
  requestsPerSecondMax: null,
  requestsUnderWay: 0,
  lanesWaiting: 0,
  lanesParked: 0,
  nextRetryMs: null,
}

/** What `grapevine doctor` asks: whether everything adds up, what waits and why. */
export const statusRoutes: Routes = (app, deps, guard) => {
  app.get('/status', { onRequest: guard('api:read'), config: answers.getStatus }, async () => {
    const { processedPosition, states } = await deps.status()
    const { counts, pending } = await deps.state.tally()
    const conservation = balance(counts, pending)
    const config = deps.config()
    const logEnd = deps.log.reader.end()
    return {
      data: {
        log: {
          start: deps.log.reader.start(),
          end: logEnd,
          processed: processedPosition,
          behind: logEnd - processedPosition,
        },
        conservation,
        reasons: counts.filter((count) => count.name.includes(':')),
        destinations: [...config.destinations.values()].map((instance) => ({
          id: instance.id,
          number: instance.number,
          name: instance.name,
          sourceId: instance.sourceId,
          enabled: instance.enabled,
          ...(states[instance.id] ?? NOT_SEEN),
        })),
        server: await deps.server(),
        configVersion: config.version,
        warnings: deps.warnings,
        egressAllow: deps.egressAllow,
      },
    }
  })
}
