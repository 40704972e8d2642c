import { Badge } from '@mantine/core'
import type { LiveOutcome } from '../../../../src/api/answers/live.ts'

const COLOURS: Readonly<Record<LiveOutcome['outcome'], string>> = {
  delivered: 'green',
  retry: 'yellow',
  held: 'yellow',
  filtered: 'gray',
  duplicate: 'gray',
  suppressed: 'gray',
  cancelled: 'gray',
  dead: 'red',
}

/** What became of an event. @param at name of the destination, where it concerns one */
export function OutcomeBadge({ outcome, at }: { outcome: LiveOutcome['outcome']; at?: string }) {
  return (
    <Badge color={COLOURS[outcome]} size="sm" style={{ flexShrink: 0 }}>
      {at === undefined ? outcome : `${outcome} · ${at}`}
    </Badge>
  )
}
