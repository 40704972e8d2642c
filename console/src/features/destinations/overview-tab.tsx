import { Alert, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { counted } from '../../shared/format.ts'
import { StateBadge } from '../../shared/ui/state-badge.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { useDestinationState } from '../../shared/use-destination-state.ts'
import { useDestination } from './use-destination.ts'

/** How the destination is, and what can be done about it. */
export function OverviewTab() {
  const destination = useDestination()
  const { words, state } = useDestinationState(destination)
  const mappings = destination.subscriptions
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <Paper withBorder p="md">
        <Stack gap="xs">
          <Title order={2}>State</Title>
          <StateBadge words={words} />
          {words.sentences.map((sentence, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a sentence stays in its place while its figures move
            <Text size="sm" key={place}>
              {sentence}
            </Text>
          ))}
          {state?.hold != null && (
            <Alert color="red" variant="light" title="What the destination said">
              {state.hold.detail} <Ago at={state.hold.sinceMs} />
            </Alert>
          )}
        </Stack>
      </Paper>
      <Paper withBorder p="md">
        <Stack gap="xs">
          <Title order={2}>Now</Title>
          {state === undefined ? (
            <Text size="sm">Nothing is known of it yet.</Text>
          ) : (
            <>
              <Text size="sm">{counted(state.lanesWaiting, 'person has', 'people have')} events waiting.</Text>
              <Text size="sm">{counted(state.requestsUnderWay, 'request is', 'requests are')} under way.</Text>
            </>
          )}
          <Text size="sm">
            {counted(mappings.filter(({ enabled }) => enabled).length, 'mapping is', 'mappings are')} on, of{' '}
            {mappings.length}.
          </Text>
        </Stack>
      </Paper>
    </SimpleGrid>
  )
}
