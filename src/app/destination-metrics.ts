import type { AlertFacts } from '../api/index.ts'
import type { AccountState } from '../connections/index.ts'
import type { Metrics } from '../observe/index.ts'

/** Shows how each destination is doing, and what is left of the disk. */
export function destinationMetrics(
  metrics: Pick<Metrics, 'set'>,
  facts: AlertFacts,
  states: Readonly<Record<string, AccountState>>,
): void {
  metrics.set('disk_free_bytes', {}, facts.diskFreeBytes)
  for (const { instance, state, oldestWaitingMs } of facts.destinations) {
    const labels = { destination: instance.id }
    const { requestsAtOnceMax = 0, requestsPerSecondMax = null } = states[instance.id] ?? {}
    metrics.set('destination_held', labels, state.hold === null ? 0 : 1)
    metrics.set('destination_breaker_open', labels, state.breakerOpenSinceMs === null ? 0 : 1)
    metrics.set('destination_requests_at_once_max', labels, requestsAtOnceMax)
    metrics.set('destination_requests_per_second_max', labels, requestsPerSecondMax ?? 0)
    const waitingMs = oldestWaitingMs === null ? 0 : facts.nowMs - oldestWaitingMs
    metrics.set('destination_oldest_waiting_seconds', labels, Math.max(0, waitingMs) / 1_000)
  }
}
