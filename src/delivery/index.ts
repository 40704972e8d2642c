export {
  type Admission,
  admit,
  BREAKER_PROBE_INTERVAL_MS,
  type Breaker,
  CLOSED_BREAKER,
  type Health,
  healthOf,
  probeNow,
  recordHealth,
} from './breaker.ts'
export {
  CONCURRENCY_AT_START,
  CONCURRENCY_MAX,
  CONCURRENCY_START,
  type Concurrency,
  type LoadSign,
  recordLoad,
} from './concurrency.ts'
export { NO_REJECTIONS, type RejectionRun, recordVerdict } from './mass-rejection.ts'
export { nextStartMs, type Rate, recordAccepted, recordQuota, recordRefused, spend, unlimited } from './rate.ts'
export { type Allowance, allowanceOf } from './rate-headers.ts'
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
