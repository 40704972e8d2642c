import { Group, Progress, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { count, duration } from '../format.ts'

/**
 * Long work: how far it is, and when it will be done.
 * @param etaMs from now; undefined while nobody knows
 * @param say writes `done` and `total`
 */
export function Work(props: {
  label: string
  done: number
  total: number
  etaMs?: number
  say?: (value: number) => string
  children?: ReactNode
}) {
  const { label, done, total, etaMs, say = count, children } = props
  const percent = total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100))
  return (
    <Stack gap={4}>
      <Group justify="space-between">
        <Text size="sm">
          {label}: {say(done)} of {say(total)}
        </Text>
        <Text size="sm">{etaMs === undefined ? 'no estimate yet' : `about ${duration(etaMs)} more`}</Text>
      </Group>
      <Progress value={percent} aria-label={label} />
      {children}
    </Stack>
  )
}
