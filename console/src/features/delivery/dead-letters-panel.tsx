import { Button, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { counted } from '../../shared/format.ts'
import { useMay } from '../../shared/session.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { Json } from '../../shared/ui/json.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { deadLettersQuery, deliveryQuery, LETTERS_MAX } from './api/ledger.ts'
import { type LetterGroup, letterGroups, meaningOf } from './dead-letters.ts'

/** What its destination refused, by reason, with samples of what was sent and answered. */
export function DeadLettersPanel(props: {
  destinationId: string
  /** How many there are. */
  dead: number
  /** The reason whose samples are open. */
  open: string | undefined
  onOpen: (reason: string | undefined) => void
}) {
  const { destinationId, dead, open, onOpen } = props
  const query = useQuery(deadLettersQuery(destinationId))
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="dead-letters">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} id="dead-letters">
            Dead letters
          </Title>
          {dead > 0 && (
            <Button component={Link} to={`/destinations/${destinationId}/replay`} variant="default" size="xs">
              Replay {counted(dead, 'dead letter')}
            </Button>
          )}
        </Group>
        <Answered query={query} label="Loading dead letters" rows={3}>
          {(letters) => {
            const groups = letterGroups(letters)
            if (groups.length === 0)
              return <Text size="sm">There are none: nothing was refused for good, or all of it was replayed.</Text>
            return (
              <>
                {letters.length === LETTERS_MAX && (
                  <Text size="sm">Of the newest {counted(LETTERS_MAX, 'letter')}:</Text>
                )}
                {groups.map((group) => (
                  <Letters
                    key={group.reason}
                    group={group}
                    destinationId={destinationId}
                    isOpen={open === group.reason}
                    onToggle={() => onOpen(open === group.reason ? undefined : group.reason)}
                  />
                ))}
              </>
            )
          }}
        </Answered>
      </Stack>
    </Paper>
  )
}

function Letters(props: { group: LetterGroup; destinationId: string; isOpen: boolean; onToggle: () => void }) {
  const { group, destinationId, isOpen, onToggle } = props
  const { reason, count, newestAt, samples } = group
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="xs">
        <Stack gap={0}>
          <Group gap="xs">
            <Text fw={600} size="sm">
              {reason}
            </Text>
            <Text size="sm">{counted(count, 'letter')}</Text>
            {newestAt !== null && (
              <Text size="sm" c="dimmed" component="span">
                newest <Ago at={newestAt} />
              </Text>
            )}
          </Group>
          <Text size="sm">{meaningOf(reason)}</Text>
        </Stack>
        <Group gap="xs">
          <Button size="xs" variant="subtle" onClick={onToggle} aria-expanded={isOpen}>
            {isOpen ? 'Hide samples' : `Samples of ${reason}`}
          </Button>
          <Button
            size="xs"
            variant="default"
            component={Link}
            to={`/destinations/${destinationId}/replay?reason=${encodeURIComponent(reason)}`}
          >
            Replay these
          </Button>
        </Group>
      </Group>
      {isOpen && samples.map(({ id }) => <Sample key={id} id={id} />)}
    </Stack>
  )
}

function Sample({ id }: { id: string }) {
  const may = useMay('pii:read')
  const query = useQuery({ ...deliveryQuery(id), enabled: may })
  if (!may)
    return <Text size="sm">What was sent and answered holds contents of events, which your account may not see.</Text>
  return (
    <Answered query={query} label="Loading request and answer" rows={4}>
      {({ request, response }) => (
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xs">
          <div>
            <Text size="xs" c="dimmed">
              Sent
            </Text>
            <Json value={request} label={`Request of ${id}`} />
          </div>
          <div>
            <Text size="xs" c="dimmed">
              Answered
            </Text>
            <Json value={response} label={`Answer to ${id}`} />
          </div>
        </SimpleGrid>
      )}
    </Answered>
  )
}
