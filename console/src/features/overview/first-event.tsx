import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { counted } from '../../shared/format.ts'
import { useMay } from '../../shared/session.ts'

/** Sources that the first visit offers; the others are in the list of them. */
const SOURCES_MAX = 3

/** What to do while nothing ever came. @param sources without spaces, which nobody sends to */
export function FirstEvent(props: {
  sources: readonly { readonly id: string; readonly name: string }[]
  destinations: number
}) {
  const { sources, destinations } = props
  const mayWrite = useMay('api:write')
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="first-event">
      <Stack gap="sm">
        <Title order={2} id="first-event">
          Send the first event
        </Title>
        <Step text="1. Put a few lines into your page or your server. They are there to be copied, with the key filled in.">
          {sources.slice(0, SOURCES_MAX).map(({ id, name }) => (
            <Button key={id} component={Link} to={`/sources/${id}`} size="xs">
              Set up {name}
            </Button>
          ))}
          {sources.length === 0 && mayWrite && (
            <Button component={Link} to="/sources/add" size="xs">
              Add Source
            </Button>
          )}
        </Step>
        <Step text="2. See it arrive, and what becomes of it, as it happens.">
          <Button component={Link} to="/debugger" size="xs" variant="default">
            Open the debugger
          </Button>
        </Step>
        <Step
          text={
            destinations === 0
              ? '3. Say where it goes.'
              : `3. It goes on to the destinations of its source: ${counted(destinations, 'is', 'are')} connected.`
          }
        >
          {destinations > 0 && (
            <Button component={Link} to="/destinations" size="xs" variant="default">
              See destinations
            </Button>
          )}
          {mayWrite && (
            <Button component={Link} to="/destinations/add" size="xs" variant="default">
              Add Destination
            </Button>
          )}
        </Step>
      </Stack>
    </Paper>
  )
}

function Step({ text, children }: { text: string; children: ReactNode }) {
  return (
    <Stack gap={4}>
      <Text size="sm">{text}</Text>
      <Group gap="xs">{children}</Group>
    </Stack>
  )
}
