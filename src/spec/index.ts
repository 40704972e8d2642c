export {
  type Channel,
  EVENT_TYPES,
  type EventType,
  isEventType,
  type JsonObject,
  type NormalisedEvent,
  type UserKey,
  userKeyOf,
} from './event.ts'
export { textMayNeedRepair } from './inspect.ts'
export {
  BATCH_EVENTS_MAX,
  DEPTH_MAX,
  EVENT_BYTES_MAX,
  FUTURE_MS_MAX,
  ID_CHARS_MAX,
  MESSAGE_ID_CHARS_MAX,
  PROPERTIES_MAX,
  SAMPLE_BYTES_MAX,
  SAMPLES_MAX,
  SHARED_BYTES_MAX,
} from './limits.ts'
export { isObject as isJsonObject, type Normalised, normalise, type RequestContext } from './normalise.ts'
export { DROP_REASONS, type DropReason, REJECT_REASONS, type RejectReason, WARNINGS, type Warning } from './reasons.ts'
export { type RefusalReason, RefusalTally, type RejectedReport, type RejectedSample } from './report.ts'
export { type SharedFields, sharedFields } from './shared.ts'
export { formatIso, parseIso } from './time.ts'
