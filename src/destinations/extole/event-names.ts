/**
 * What calls are called at Extole, and what of Segment's semantic events Extole's own two are. `extole.md` 13 and 14: a
 * program knows `registration` and `conversion`; every other event is logged and counts for nothing there. Pure.
 */
import type { EventNaming, Settings } from '../definition.ts'
import { extoleSettings } from './settings.ts'

/** By the name as `plain` writes it. */
const SUGGESTIONS: ReadonlyMap<string, string> = new Map([
  ['ordercompleted', 'conversion'],
  // The name of the first version of the spec.
  ['completedorder', 'conversion'],
  ['signedup', 'registration'],
])

export const extoleEventNames: EventNaming = {
  sentAs: (payload, settings) => {
    const { event_name: name } = Object(payload)
    if (typeof name !== 'string') return 'identify'
    return extoleSettings(settings).eventNames.get(name) ?? name
  },
  read: (settings) => extoleSettings(settings).eventNames,
  write: (names): Settings => ({ eventNames: names.size === 0 ? null : Object.fromEntries(names) }),
  suggest: (name) => SUGGESTIONS.get(plain(name)) ?? null,
}

/** However its words are put together: `order_completed`, `OrderCompleted`. */
const plain = (name: string): string => name.replace(/[\s_.-]+/g, '').toLowerCase()
