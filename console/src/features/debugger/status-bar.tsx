import { Badge, Button, Group, Text } from '@mantine/core'
import { IconPlayerPause, IconPlayerPlay, IconTrash } from '@tabler/icons-react'
import type { Dispatch } from 'react'
import { count, counted } from '../../shared/format.ts'
import type { Connection, Stream, StreamAction } from './stream.ts'

const CONNECTIONS: Readonly<Record<Connection, readonly [colour: string, text: string]>> = {
  connecting: ['gray', 'Connecting'],
  live: ['green', 'Live'],
  lost: ['red', 'Connection lost, trying again'],
}

/** How it stands with the stream, and what can be done with it. */
export function StatusBar({ stream, dispatch }: { stream: Stream; dispatch: Dispatch<StreamAction> }) {
  const isPaused = stream.held !== undefined
  const [colour, text] =
    isPaused && stream.connection === 'live' ? ['yellow', 'Paused'] : CONNECTIONS[stream.connection]
  return (
    <Group justify="space-between" gap="xs">
      <Group gap="xs">
        <Badge color={colour} role="status">
          {text}
        </Badge>
        <Text size="sm">
          {counted(stream.seen, 'event')} since you opened it
          {isPaused && `, ${count(stream.waiting)} new while paused`}
        </Text>
      </Group>
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          leftSection={<IconTrash size={14} aria-hidden />}
          onClick={() => dispatch({ type: 'clear' })}
        >
          Clear
        </Button>
        <Button
          size="xs"
          w={112}
          variant={isPaused ? 'filled' : 'default'}
          leftSection={isPaused ? <IconPlayerPlay size={14} aria-hidden /> : <IconPlayerPause size={14} aria-hidden />}
          onClick={() => dispatch({ type: isPaused ? 'resume' : 'pause' })}
        >
          {isPaused ? 'Resume' : 'Pause'}
        </Button>
      </Group>
    </Group>
  )
}
