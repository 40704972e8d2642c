/** Which events say nothing about profiles. Segment drops most of these without a word; here each has a reason. Pure. */
import { ID_CHARS_MAX, MESSAGE_ID_CHARS_MAX, type NormalisedEvent } from '../../spec/index.ts'
import type { CompiledRules } from './compiled-rules.ts'

/** Most keys of `properties` or `traits`, of an identify call one fewer: Segment's limits. */
export const KEYS_MAX = 300

export const SKIP_REASONS = {
  alias: 'Alias calls do not merge profiles: only ids that come together in an event do.',
  group_id_invalid: `The groupId is empty or longer than ${ID_CHARS_MAX} characters.`,
  too_many_keys: `There are more than ${KEYS_MAX} properties or traits, or ${KEYS_MAX} traits in an identify call.`,
  message_id_too_long: `The messageId is longer than ${MESSAGE_ID_CHARS_MAX} characters.`,
  timestamp_ancient: 'The event is dated before 1970.',
  space_filter: 'A filter of the space keeps it out.',
  space_filter_not_evaluated: 'A filter of the space has no answer for it, so it is kept out.',
} as const satisfies Record<string, string>
export type SkipReason = keyof typeof SKIP_REASONS

export type EligibilityEvent = Pick<
  NormalisedEvent,
  'type' | 'messageId' | 'timestamp' | 'groupId' | 'traits' | 'properties' | 'context'
>

/** Why an event has no part in profiles; `undefined` when it has. It is still delivered. */
export function skipReasonOf(event: EligibilityEvent, { filter }: CompiledRules): SkipReason | undefined {
  if (event.type === 'alias') return 'alias'
  if ([event.groupId, event.context.groupId].some(isBadGroupId)) return 'group_id_invalid'
  const traitsMax = event.type === 'identify' ? KEYS_MAX - 1 : KEYS_MAX
  if (Object.keys(event.traits ?? {}).length > traitsMax || Object.keys(event.properties ?? {}).length > KEYS_MAX) {
    return 'too_many_keys'
  }
  if (charsOf(event.messageId) > MESSAGE_ID_CHARS_MAX) return 'message_id_too_long'
  if (Date.parse(event.timestamp) < 0) return 'timestamp_ancient'
  const filtered = filter(event)
  if (filtered === 'passes') return undefined
  return filtered === 'filtered' ? 'space_filter' : 'space_filter_not_evaluated'
}

const isBadGroupId = (groupId: unknown): boolean =>
  typeof groupId === 'string' && (groupId === '' || charsOf(groupId) > ID_CHARS_MAX)

/** Unicode code points. */
const charsOf = (text: string): number => [...text].length
