import { Center, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'

/** A card in the middle, for whoever is not signed in. */
export function Frame({ title, hint, children }: { title: string; hint: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Grapevine`
  }, [title])
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder p="xl" w="100%" maw={420}>
        <Stack>
          <Group gap="xs">
            <img src="/app/grapevine.svg" alt="" width={32} height={32} />
            <Title order={1}>{title}</Title>
          </Group>
          <Text size="sm">{hint}</Text>
          {children}
        </Stack>
      </Paper>
    </Center>
  )
}
