/** Why an event is not sent to a destination, and what that means for people. Pure: the console reads it, too. */

/**
 * Segment's words, and three of ours: Segment has no code for an instance that is switched off, nor a loop guard, and
 * drops what a broken filter cannot decide without a word.
 */
export type FilterReason =
  | 'DESTINATION_DISABLED'
  | 'UNKNOWN_INTEGRATION'
  | 'UNSUPPORTED_EVENT_TYPE'
  | 'FILTERED_BY_END_USER_CONSENT'
  | 'FILTERED_BY_INTEGRATIONS_OBJECT'
  | 'MESSAGE_SENT_CLIENT_SIDE'
  | 'FILTERED_BY_LOOP_GUARD'
  | 'FILTERED_BY_RULES'
  | 'FILTER_NOT_EVALUATED'
  | 'NO_MATCHING_MAPPING'

/** What each reason means, for people. */
export const FILTER_TEXTS: Readonly<Record<FilterReason, string>> = {
  DESTINATION_DISABLED: 'The destination was switched off.',
  UNKNOWN_INTEGRATION: 'The destination is of a kind that the catalog does not have.',
  UNSUPPORTED_EVENT_TYPE: 'The destination takes no calls of this type.',
  FILTERED_BY_END_USER_CONSENT: 'The person has not agreed to a category that the destination needs.',
  FILTERED_BY_INTEGRATIONS_OBJECT: "The event's integrations object keeps it from this destination.",
  MESSAGE_SENT_CLIENT_SIDE: 'The browser sent the event to this destination itself.',
  FILTERED_BY_LOOP_GUARD: 'The destination sent the event itself, and telling it again would go round in a circle.',
  FILTERED_BY_RULES: 'A filter of the destination dropped the event, or left it out of the sample.',
  FILTER_NOT_EVALUATED: 'A filter of the destination cannot be evaluated for this event, so the event was kept back.',
  NO_MATCHING_MAPPING: 'No mapping that is switched on has a trigger that matches the event.',
}
