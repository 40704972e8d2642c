/** What can become of an event behind the log, and of each of its deliveries. */
export const EVENT_OUTCOMES = [
  'duplicate',
  'suppressed',
  'filtered',
  'delivered',
  'retry',
  'dead',
  'held',
  'cancelled',
] as const
