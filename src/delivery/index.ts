export {
  type Admission,
  admit,
  BREAKER_PROBE_INTERVAL_MS,
  type Breaker,
  CLOSED_BREAKER,
  type Health,
  healthOf,
  recordHealth,
} from './breaker.ts'
export { NO_REJECTIONS, type RejectionRun, recordVerdict } from './mass-rejection.ts'
export {
  nextWaitMs,
  type Progress,
  parseRetryAfter,
  RETRY_WINDOW_DEFAULT_MS,
  RETRY_WINDOW_MAX_MS,
  RETRY_WINDOW_MIN_MS,
  windowLeftMs,
} from './retry-timing.ts'
export {
  type Attempted,
  type DeadReason,
  type Detail,
  decide,
  type HoldReason,
  type RetryReason,
  type Verdict,
} from './verdict.ts'
