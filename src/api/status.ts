import { balance, type DestinationState } from '../connections/index.ts'
import * as answers from './answers/status.ts'
import type { Routes } from './deps.ts'
import { oldestWaitingMs } from './oldest-waiting.ts'

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
  lastFailure: null,
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
        destinations: await Promise.all(
          Array.from(config.destinations.values(), async ({ id, number, name, sourceId, enabled }) => ({
            ...{ id, number, name, sourceId, enabled },
            ...(states[id] ?? NOT_SEEN),
            oldestWaitingMs: pending.has(number) ? await oldestWaitingMs(deps, number) : null,
          })),
        ),
        server: await deps.server(),
        configVersion: config.version,
        warnings: deps.warnings,
        egressAllow: deps.egressAllow,
      },
    }
  })
}
