import { Affix, Alert, Button, Group, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useUntold } from '../shared/ui/told.ts'

/** What a view tells itself is told a moment after it is known. */
const LATER_MS = 300

/** Names, choices and counts without which a view still works: that they are missing is told here, for every view. */
export function Incomplete() {
  const { count, retry } = useUntold()
  const [known] = useDebouncedValue(count, LATER_MS)
  if (count === 0 || known === 0) return null
  return (
    <Affix position={{ bottom: 16, left: 16 }} maw="calc(100vw - 32px)">
      <Alert color="red" variant="filled" p="xs" role="alert">
        <Group gap="sm">
          <Text size="sm">A part of this page did not load: names, choices or counts may be missing.</Text>
          <Button size="xs" variant="default" onClick={retry}>
            Try again
          </Button>
        </Group>
      </Alert>
    </Affix>
  )
}
