import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { Answered } from '../../../shared/ui/answered.tsx'
import { DestinationBadge } from '../../../shared/ui/destination-badge.tsx'
import { destinationQuery } from '../api/destinations.ts'
import { EnabledSwitch } from '../enabled-switch.tsx'
import type { AddSearch } from '../route.ts'
import { type Check, CheckPanel } from '../settings-check.tsx'

/** The destination is saved, and gets events from when it is switched on. */
export function EnableStep({ id, go }: { id: string; go: (changes: AddSearch) => void }) {
  const query = useQuery(destinationQuery(id))
  const [check, setCheck] = useState<Check | null>(null)
  return (
    <Answered query={query} label="Loading the destination" rows={4}>
      {(destination) => (
        <Paper withBorder p="lg" maw={720}>
          <Stack>
            <Group>
              <Title order={2}>{destination.name}</Title>
              <DestinationBadge destination={destination} />
            </Group>
            <Text size="sm">
              {destination.enabled
                ? 'It is on: it gets the next event of its source.'
                : `It is saved, with ${destination.subscriptions.length} mappings of its kind. It gets events from when you switch it on; those before are not sent.`}
            </Text>
            {check !== null && <CheckPanel check={check} />}
            <Group>
              {!destination.enabled && <EnabledSwitch destination={destination} onSwitched={setCheck} />}
              <Button variant={destination.enabled ? 'filled' : 'default'} onClick={() => go({ step: 'test' })}>
                {destination.enabled ? 'Go on to a test event' : 'Try a test event first'}
              </Button>
              <Button variant="subtle" component={Link} to={`/destinations/${id}/settings`}>
                Change settings
              </Button>
            </Group>
          </Stack>
        </Paper>
      )}
    </Answered>
  )
}
