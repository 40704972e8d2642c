/** The limits of one event. Segment's where Segment documents one; the reliability contract 4.2 gives the rest. */

/** Longest event, in bytes of its JSON as UTF-8 without white space, before anything of ours is added: 32 KB. */
export const EVENT_BYTES_MAX = 32_768

/** Longest `context` plus `integrations` of a batch, which its events share: counted as an event's bytes are. */
export const SHARED_BYTES_MAX = EVENT_BYTES_MAX

/** Deepest nesting: the event itself is level 1, its `properties` level 2. */
export const DEPTH_MAX = 32

/** Most keys directly in `properties`, and in `traits`. The rest is cut off. */
export const PROPERTIES_MAX = 10_000

/** Longest `userId`, `anonymousId`, `groupId` and `previousId`, in characters (Unicode code points). */
export const ID_CHARS_MAX = 500

/** Longest `messageId`, in characters (Unicode code points). */
export const MESSAGE_ID_CHARS_MAX = 100

/** Events of one batch that are looked at; those with this index or a higher one are refused. */
export const BATCH_EVENTS_MAX = 2_500

/** How far ahead of the server's clock a corrected time may be, in milliseconds: 24 h. */
export const FUTURE_MS_MAX = 86_400_000

/** How much of a refused event is kept for the source debugger, in bytes of UTF-8. */
export const SAMPLE_BYTES_MAX = 2_048

/** Refused events kept of one request. */
export const SAMPLES_MAX = 3
