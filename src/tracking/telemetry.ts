import type { RefusalReason, Warning } from '../spec/index.ts'
import type { ProblemCode } from './problems.ts'

export type RouteName =
  | 'single'
  | 'batch'
  | 'metrics'
  | 'pixel'
  | 'settings'
  | 'sdk_script'
  | 'sdk_bundle'
  | 'preflight'
  | 'none'

export type Note =
  /** A batch larger than Segment would take. */
  | 'over_segment_limit'
  | 'empty_batch'
  /** Header and body named different write keys. */
  | 'write_key_mismatch'
  /** An event of a batch named another write key than its request. */
  | 'item_write_key_ignored'

/** Everything that this folder counts, and the labels of each. None holds an id of a person or a key. */
export interface TrackingCounters {
  /** Requests, by how they ended. `client_left`: before the body was complete. */
  tracking_requests_total: { readonly route: RouteName; readonly code: ProblemCode | 'ok' | 'client_left' }
  /** Events of known sources. `accepted` and `rejected` are counted once the log has them. */
  tracking_events_total: {
    readonly source: string
    readonly result: 'accepted' | 'rejected' | 'suppressed' | 'source_disabled'
  }
  tracking_rejected_total: { readonly source: string; readonly reason: RefusalReason }
  tracking_warnings_total: { readonly source: string; readonly warning: Warning }
  tracking_notes_total: { readonly source: string; readonly note: Note }
  tracking_connections_refused_total: { readonly reason: 'per_address' }
}

/** Port to the metrics. Never throws. */
export interface TrackingTelemetry {
  /** @param by default 1 */
  count<Name extends keyof TrackingCounters>(name: Name, labels: TrackingCounters[Name], by?: number): void
}
