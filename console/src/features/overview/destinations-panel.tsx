import { Anchor, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Status } from '../../../../src/api/answers/status.ts'
import { destinationWords, paceWords } from '../../shared/destination-state.ts'
import { counted } from '../../shared/format.ts'
import { useNow } from '../../shared/now.ts'
import { type DestinationStatus, deliveriesOf } from '../../shared/status.ts'
import { Empty } from '../../shared/ui/empty.tsx'
import { PermittedLink } from '../../shared/ui/permitted-link.tsx'
import { StateBadge } from '../../shared/ui/state-badge.tsx'

const ORDER = { bad: 0, waiting: 1, good: 2, off: 3 } as const

/** How each destination is doing, those that need somebody first. */
export function DestinationsPanel({ status, sourceName }: { status: Status; sourceName: (id: string) => string }) {
  const nowMs = useNow()
  const shown = status.destinations
    .map((destination) => {
      const parts = deliveriesOf(status, destination)
      return { destination, parts, words: destinationWords(status, destination, nowMs) }
    })
    .toSorted((a, b) => ORDER[a.words.tone] - ORDER[b.words.tone])
  if (shown.length === 0)
    return (
      <Empty title="No destinations yet" hint="Events are kept until there is one.">
        <PermittedLink right="api:write" to="/destinations/add">
          Add Destination
        </PermittedLink>
      </Empty>
    )
  return (
    <Stack gap="sm" component="section" aria-labelledby="destinations">
      <Title order={2} id="destinations">
        Destinations
      </Title>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="sm">
        {shown.map(({ destination, parts, words }) => (
          <Paper withBorder p="md" key={destination.id}>
            <Stack gap={6}>
              <Group justify="space-between" wrap="nowrap" align="flex-start">
                <Stack gap={0}>
                  <Anchor component={Link} to={`/destinations/${destination.id}/delivery`} fw={600}>
                    {destination.name}
                  </Anchor>
                  <Text size="xs" c="dimmed">
                    from {sourceName(destination.sourceId)}
                  </Text>
                </Stack>
                <StateBadge words={words} />
              </Group>
              {words.sentences.map((sentence) => (
                <Text size="sm" key={sentence}>
                  {sentence}
                </Text>
              ))}
              <Footer destination={destination} dead={parts['dead'] ?? 0} />
            </Stack>
          </Paper>
        ))}
      </SimpleGrid>
    </Stack>
  )
}

function Footer({ destination, dead }: { destination: DestinationStatus; dead: number }) {
  return (
    <Group justify="space-between" gap="xs">
      <Text size="xs" c="dimmed">
        {paceWords(destination)}
      </Text>
      {dead > 0 && (
        <Anchor size="sm" component={Link} to={`/destinations/${destination.id}/delivery`} hash="dead-letters">
          {counted(dead, 'dead letter')}
        </Anchor>
      )}
    </Group>
  )
}
