/** Why an event was refused or repaired: the closed sets that counters, the debugger and the documentation share. */

/** Segment's own words where it has one (Segment's Tracking API, "failed on ingest"). */
export const REJECT_REASONS = {
  bad_request: 'The event is not an object, or its type is missing or unknown.',
  no_user_anon_id: 'The event has neither userId nor anonymousId.',
  id_not_string: 'An id is empty or not a string.',
  id_too_long: 'An id is longer than 500 characters.',
  event_not_defined: 'A track call has no event name.',
  event_not_string: 'The event name of a track call is not a string.',
  properties_not_object: 'The properties are not an object.',
  traits_not_object: 'The traits are not an object.',
  name_not_string: 'The name of a page or screen is not a string.',
  category_not_string: 'The category of a page or screen is not a string.',
  event_too_large: 'The event, or what its batch shares with it, is larger than 32 KB.',
  batch_overflow: 'The event came after the 2,500th of its batch, or its batch unpacks to too many bytes.',
  message_id_invalid: 'The messageId is empty, not a string, or longer than 100 characters.',
  too_deep: 'The event is nested deeper than 32 levels.',
} as const satisfies Record<string, string>
export type RejectReason = keyof typeof REJECT_REASONS

/** What else keeps an event out. Only a number remains of these: their content is kept nowhere. */
export const DROP_REASONS = {
  suppressed: 'The person is suppressed or erased.',
  duplicate: 'An event with this messageId was accepted from this source before.',
} as const satisfies Record<string, string>
export type DropReason = keyof typeof DROP_REASONS

/** What was mended on an event that was accepted. */
export const WARNINGS = {
  key_removed: 'A key named __proto__ was removed.',
  string_repaired: 'U+0000 or half a surrogate pair in a text was replaced with U+FFFD.',
  number_repaired: 'A number too large for a double became null.',
  number_imprecise: 'An integer beyond 2^53 - 1 was rounded to the nearest double.',
  properties_truncated: 'Only the first 10,000 properties or traits were kept.',
  timestamp_invalid: 'The timestamp or sentAt is missing or not readable, so the time of arrival counts.',
  timestamp_future: 'The event was dated more than 24 hours ahead, so the time of arrival counts.',
  timestamp_ancient: 'The event is dated before 1970: it is delivered and not used in profiles.',
  context_invalid: 'The context or integrations are not an object and were removed.',
} as const satisfies Record<string, string>
export type Warning = keyof typeof WARNINGS
