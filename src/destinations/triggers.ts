/** Which events a mapping is for: Segment's trigger language, a subset of FQL. `segment.md` 3.5. */
import { parseFql, type Subscription, validate } from '@segment/destination-subscriptions'

/** Parsed triggers that are kept. A workspace has far fewer; this only bounds what odd use can cost. */
export const PARSED_TRIGGERS_MAX = 10_000

const parsedTriggers = new Map<string, Subscription>()

/** Whether the trigger matches. One that cannot be parsed matches nothing. */
export function matches(trigger: string, event: object): boolean {
  return validate(parsed(trigger), event)
}

const TEXTS = /"(?:[^"\\]|\\.)*"/g
const NO_RIGHT_SIDE = /(!=|>=|<=|==|=|>|<)\s*(?:$|[),]|(?:and|or)\b)/i

/** Why a trigger cannot be parsed, or null. */
export function triggerProblem(trigger: string): string | null {
  // Segment's parser takes the end of the trigger, or the next word, for the value.
  const [, operator] = NO_RIGHT_SIDE.exec(trigger.replace(TEXTS, '""')) ?? []
  if (operator !== undefined)
    return `Something is missing after ${operator}: put a text in quotes, a number, true, false or null there.`
  const { error } = Object(parsed(trigger))
  // Segment's parser stumbles over what it does not expect.
  if (error instanceof TypeError) return 'It is no condition such as type = "track".'
  return error instanceof Error ? error.message : null
}

function parsed(trigger: string): Subscription {
  const known = parsedTriggers.get(trigger)
  if (known) return known
  if (parsedTriggers.size >= PARSED_TRIGGERS_MAX) parsedTriggers.clear()
  const fresh = parseFql(trigger)
  parsedTriggers.set(trigger, fresh)
  return fresh
}
