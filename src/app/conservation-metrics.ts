import { balance } from '../connections/index.ts'
import type { Metrics } from '../observe/index.ts'
import type { PipelineState } from '../state/index.ts'
import type { ConfigSnapshot } from '../workspace/index.ts'

/** One for each destination at most. */
const RUNNING_MAX = 10_000
/** Before the reason, in the name of a count. */
const FILTERED = 'filtered:'

/** Shows the terms of the conservation equations as metrics, so that an alert can add them up. */
export async function conservationMetrics(
  metrics: Metrics,
  state: Pick<PipelineState, 'tally' | 'replays'>,
  config: ConfigSnapshot,
): Promise<void> {
  const { counts, pending } = await state.tally()
  const spaceId = new Map(config.spaces.map((each) => [String(each.number), each.id]))
  const { lines, holds } = balance(counts, pending)
  const destinationId = new Map([...config.destinations.values()].map((each) => [String(each.number), each.id]))
  for (const { id, equation, left, parts } of lines) {
    if (equation === 'source') {
      for (const [part, value] of Object.entries({ received: left, ...parts })) {
        metrics.set('source_events_total', { source: id, part }, value)
      }
      continue
    }
    const destination = destinationId.get(id) ?? `deleted-${id}`
    const name = equation === 'routing' ? 'destination_events_total' : 'destination_deliveries_total'
    const total = equation === 'routing' ? 'accepted' : 'deliveries'
    for (const [part, value] of Object.entries({ [total]: left, ...parts }))
      metrics.set(name, { destination, part }, value)
  }
  const replayed = new Map<string, number>()
  for (const { scope, id, name, by } of counts) {
    if (scope === 'space') {
      const [what = '', reason = ''] = name.split(':')
      metrics.set('space_dropped_total', { space: spaceId.get(id) ?? `deleted-${id}`, what, reason }, by)
    } else if (scope === 'replay') replayed.set(name, (replayed.get(name) ?? 0) + by)
    else if (name.startsWith(FILTERED)) {
      const destination = destinationId.get(id) ?? `deleted-${id}`
      metrics.set('destination_filtered_total', { destination, reason: name.slice(FILTERED.length) }, by)
    }
  }
  for (const [part, value] of replayed) metrics.set('replay_deliveries_total', { part }, value)
  const running = await state.replays({ state: 'running', limit: RUNNING_MAX })
  metrics.set('replays_running', {}, running.length)
  metrics.set('conservation_holds', {}, holds ? 1 : 0)
}
