/** Counters and gauges for Prometheus. Names end in their unit; labels come from closed sets or the configuration. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export type Labels = Readonly<Record<string, string>>

export interface Metrics {
  /** Adds `by` (default 1). The label names of a metric are those of its first use. */
  count(name: string, labels: Labels, by?: number): void
  observe(name: string, labels: Labels, seconds: number): void
  set(name: string, labels: Labels, value: number): void
  /** Prometheus text format. */
  text(): Promise<string>
}

/** What each metric means: shown with it, and the list of all there are. */
export const METRIC_HELP: Readonly<Record<string, string>> = {
  tracking_requests_total: 'Requests to the Tracking API by how they ended.',
  tracking_events_total: 'Events of known sources by what became of them at the edge.',
  tracking_rejected_total: 'Events refused by reason.',
  tracking_warnings_total: 'Repairs made to accepted events.',
  tracking_notes_total: 'Unusual things accepted all the same.',
  tracking_connections_refused_total: 'Connections over a limit.',
  delivery_attempts_total: 'Attempts to deliver by destination and verdict.',
  delivery_attempt_seconds: 'How long an attempt took.',
  live_outcomes_left_out_total: 'Outcomes that the live stream did not show because there were too many in a second.',
  alerts_open: 'Alerts that are open, by kind.',
  alert_posts_total:
    'Notices of alerts that were posted, failed after several attempts, or were dropped because too many waited.',
  destination_requests_at_once_max: 'Requests that a destination is given at once, as learned.',
  destination_requests_per_second_max:
    'Requests a second that a destination is given, as learned from refusals; 0 for no limit.',
  destination_oldest_waiting_seconds:
    'How long ago the oldest event that waits for a destination was received; 0 for none.',
  disk_free_bytes: "Free space on the data directory's disk.",
  destination_held: '1 while a destination is on hold.',
  destination_breaker_open: '1 while the circuit breaker of a destination is open.',
  log_end_position: 'Position of the newest durable record.',
  log_processed_position: 'Position up to which the log was worked through.',
  log_bytes: 'Size of the event log on disk.',
  source_events_total: 'Events by source: received = rejected + suppressed + duplicate + accepted.',
  destination_events_total: 'Events by destination: accepted = filtered + routed.',
  destination_filtered_total: 'Events that a destination did not get, by reason.',
  destination_deliveries_total:
    'Deliveries by destination: deliveries = delivered + dead + erased + cancelled + pending.',
  space_dropped_total: 'Events, ids and traits that became no part of the profiles of a space, by reason.',
  replays_running: 'Replays that are running.',
  replay_deliveries_total: 'Deliveries of all replays by what became of them.',
  conservation_holds: '1 while every equation adds up.',
  process_resident_memory_bytes: 'Memory of the process.',
}

const ATTEMPT_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30]

export function createMetrics(): Metrics {
  const registry = new Registry()
  const counters = new Map<string, Counter>()
  const histograms = new Map<string, Histogram>()
  const gauges = new Map<string, Gauge>()
  const get = <M>(known: Map<string, M>, name: string, make: (help: string) => M): M => {
    let metric = known.get(name)
    if (metric === undefined) {
      metric = make(METRIC_HELP[name] ?? name)
      known.set(name, metric)
    }
    return metric
  }
  const base = (name: string, help: string, labels: Labels) => ({
    name: `grapevine_${name}`,
    help,
    labelNames: Object.keys(labels),
    registers: [registry],
  })
  return {
    count(name, labels, by = 1) {
      get(counters, name, (help) => new Counter(base(name, help, labels))).inc(labels, by)
    },
    observe(name, labels, seconds) {
      get(histograms, name, (help) => new Histogram({ ...base(name, help, labels), buckets: ATTEMPT_SECONDS })).observe(
        labels,
        seconds,
      )
    },
    set(name, labels, value) {
      get(gauges, name, (help) => new Gauge(base(name, help, labels))).set(labels, value)
    },
    text: () => registry.metrics(),
  }
}
