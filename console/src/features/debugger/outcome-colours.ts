import type { LiveOutcome } from '../../../../src/api/answers/live.ts'

export const OUTCOME_COLOURS: Readonly<Record<LiveOutcome['outcome'], string>> = {
  delivered: 'green',
  retry: 'yellow',
  held: 'yellow',
  filtered: 'gray',
  duplicate: 'gray',
  suppressed: 'gray',
  cancelled: 'gray',
  dead: 'red',
}
