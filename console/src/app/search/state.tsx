import { Button, Group, Kbd, Loader, Stack, Text, VisuallyHidden } from '@mantine/core'
import { counted } from '../../shared/format.ts'
import { useTells } from '../../shared/ui/told.ts'
import type { Entries } from './use-entries.ts'

interface Props extends Pick<Entries, 'awaited' | 'missing'> {
  readonly found: number
  readonly isRequest: boolean
  /** Whether what was asked for is gone to as soon as all lists are there. */
  readonly isWaiting: boolean
}

/** Below the list: how much was found, what is still on its way, and by what the search is poorer. */
export function State({ found, isRequest, isWaiting, awaited, missing }: Props) {
  return (
    <Stack gap={6} px="sm" py="xs">
      <div role="status">
        {awaited.length > 0 ? (
          <Group gap="xs" wrap="nowrap">
            <Loader size={14} />
            <Text size="sm">
              {isWaiting ? 'Waiting for' : 'Loading'} {[...new Set(awaited)].join(', ')}
            </Text>
          </Group>
        ) : found === 0 ? (
          <Text size="sm">Nothing here has this name or id.</Text>
        ) : (
          <VisuallyHidden>{counted(found, 'line')} to choose from</VisuallyHidden>
        )}
      </div>
      {isRequest && (
        <Text size="sm">
          The id of a request looks like this. No view has requests: look for it in the server’s log, whose line says
          what failed.
        </Text>
      )}
      {missing.map((each) => (
        <Missing key={each.name} {...each} />
      ))}
      <Group gap="md" visibleFrom="sm" aria-hidden>
        <Hint keys={['↑', '↓']} text="choose" />
        <Hint keys={['Enter']} text="go there" />
        <Hint keys={['Esc']} text="close" />
      </Group>
    </Stack>
  )
}

function Missing({ name, problem, retry }: Entries['missing'][number]) {
  useTells(problem)
  return (
    <Group role="alert" gap="xs" justify="space-between">
      <Text size="sm" c="red.9">
        Not searched: {name}. {problem.message}
      </Text>
      <Button size="compact-xs" variant="default" onClick={retry}>
        Try again
      </Button>
    </Group>
  )
}

const Hint = ({ keys, text }: { keys: readonly string[]; text: string }) => (
  <Group gap={4}>
    {keys.map((each) => (
      <Kbd key={each} size="xs">
        {each}
      </Kbd>
    ))}
    <Text size="xs">{text}</Text>
  </Group>
)
