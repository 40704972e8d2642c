import { Badge } from '@mantine/core'
import type { StateWords } from '../destination-state.ts'

const COLORS = { good: 'green', waiting: 'yellow', bad: 'red', off: 'gray' } as const

export function StateBadge({ words: { tone, title } }: { words: StateWords }) {
  return <Badge color={COLORS[tone]}>{title}</Badge>
}
