import { Alert, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { counted } from '../../shared/format.ts'
import { Ago } from '../../shared/ui/time.tsx'
import { statesQuery } from './api/destinations.ts'
import { StateBadge, useStateWords } from './state-badge.tsx'
import { useDestination } from './use-destination.ts'

/** How the destination is, and what can be done about it. */
export function OverviewTab() {
  const destination = useDestination()
  const { sentence, next } = useStateWords(destination)
  const { data: states } = useQuery(statesQuery)
  const state = states?.get(destination.id)
  const mappings = destination.subscriptions
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <Paper withBorder p="md">
        <Stack gap="xs">
          <Title order={2}>State</Title>
          <StateBadge destination={destination} />
          <Text size="sm">{sentence}</Text>
          {state?.hold != null && (
            <Alert color="red" variant="light" title="What the destination said">
              {state.hold.detail} <Ago at={state.hold.sinceMs} />
            </Alert>
          )}
          {next !== null && <Text size="sm">{next}</Text>}
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
