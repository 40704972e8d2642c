import { Badge, Group, Text } from '@mantine/core'
import type { StateWords } from '../destination-state.ts'

const COLORS = { good: 'green', waiting: 'yellow', bad: 'red', off: 'gray' } as const

/** In plain words, and beside them what docs and alerts call it. */
export function StateBadge({ words: { tone, title, term } }: { words: StateWords }) {
  return (
    <Group gap={6}>
      <Badge color={COLORS[tone]}>{title}</Badge>
      {term !== undefined && (
        <Text span size="xs" c="dimmed">
          {term}
        </Text>
      )}
    </Group>
  )
}
