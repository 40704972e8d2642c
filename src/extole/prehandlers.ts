import type { IncomingEvent } from './events.ts'
import type { Call } from './http/route.ts'

/** Applies prehandlers and block rules to a validated event. @throws ExtoleError `event_blocked`. */
export type Reshape = (event: IncomingEvent, call: Call) => IncomingEvent
