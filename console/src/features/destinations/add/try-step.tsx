import { Button, Group, Paper, Stack, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Answered } from '../../../shared/ui/answered.tsx'
import { destinationQuery } from '../api/destinations.ts'
import { EventTester } from '../tester/event-tester.tsx'

export function TryStep({ id }: { id: string }) {
  const query = useQuery(destinationQuery(id))
  return (
    <Answered query={query} label="Loading the destination" rows={6}>
      {(destination) => (
        <Paper withBorder p="lg">
          <Stack>
            <Title order={2}>Send a test event to {destination.name}</Title>
            <EventTester destination={destination} />
            <Group>
              <Button component={Link} to={`/destinations/${id}`} variant="default">
                To the destination
              </Button>
            </Group>
          </Stack>
        </Paper>
      )}
    </Answered>
  )
}
