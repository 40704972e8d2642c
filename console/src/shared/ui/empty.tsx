import { Paper, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'

/** Nothing is here: why, and what to do. */
export function Empty({ title, hint, children }: { title: string; hint: ReactNode; children?: ReactNode }) {
  return (
    <Paper withBorder p="xl" data-empty>
      <Stack align="center" gap="xs" ta="center">
        <Title order={3}>{title}</Title>
        <Text size="sm">{hint}</Text>
        {children}
      </Stack>
    </Paper>
  )
}
