/** How large a definition may be. Each is tested at its edge. */

/** Characters of the text, as it is given and as it is printed. */
export const TEXT_CHARS_MAX = 20_000
/** Extractors (`event`, `trait`, `property`, `context`, `literal`). `segment.md` 4.2. */
export const PRIMARIES_MAX = 50
/** Conditions inside conditions: parentheses around one, `where`, `NOT`, `ANY` and `ALL` are a level each. */
export const DEPTH_MAX = 20
/** Days that a window may reach back. `segment.md` 4.4: three years. */
export const WINDOW_DAYS_MAX = 1_095
/** Shortest and longest pause that ends a session, milliseconds. `segment.md` 4.1. */
export const SESSION_MS_MIN = 1_800_000
export const SESSION_MS_MAX = 90 * 86_400_000
/** Characters of an event's name, a path, a key, a word. */
export const NAME_CHARS_MAX = 500
/** Words of one `contains`, `one_of` and the like. */
export const WORDS_MAX = 100
