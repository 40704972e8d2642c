import { Anchor, Button, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ListedDelivery } from '../../../../src/api/answers/deliveries.ts'
import { answerLine } from '../../shared/exchange.ts'
import { counted } from '../../shared/format.ts'
import { useMay } from '../../shared/session.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { ExchangeView } from '../../shared/ui/exchange-view.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { deliveryQuery, samplesQuery } from './api/ledger.ts'
import { type LetterGroup, meaningOf } from './dead-letters.ts'

/** What its destination refused, by reason, with samples of what was sent and answered. */
export function DeadLettersPanel(props: {
  destinationId: string
  groups: readonly LetterGroup[]
  /** The reason whose samples are open. */
  open: string | undefined
  onOpen: (reason: string | undefined) => void
}) {
  const { destinationId, groups, open, onOpen } = props
  const dead = groups.reduce((sum, { count }) => sum + count, 0)
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
        {groups.length === 0 && (
          <Text size="sm">There are none: nothing was refused for good, or all of it was replayed.</Text>
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
      </Stack>
    </Paper>
  )
}

function Letters(props: { group: LetterGroup; destinationId: string; isOpen: boolean; onToggle: () => void }) {
  const { group, destinationId, isOpen, onToggle } = props
  const { reason, count } = group
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="xs">
        <Stack gap={0}>
          <Group gap="xs">
            <Text fw={600} size="sm">
              {reason}
            </Text>
            <Text size="sm">{counted(count, 'letter')}</Text>
          </Group>
          <Text size="sm">{meaningOf(reason)}</Text>
          <NewestAnswer group={group} destinationId={destinationId} />
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
      {isOpen && <Samples group={group} destinationId={destinationId} />}
    </Stack>
  )
}

/** The sentence that is wanted, without a click. */
function NewestAnswer({ group, destinationId }: { group: LetterGroup; destinationId: string }) {
  const may = useMay('pii:read')
  const { data: letters = [] } = useQuery({ ...samplesQuery(destinationId, group), enabled: may })
  const id = letters[0]?.id
  const { data } = useQuery({ ...deliveryQuery(id ?? ''), enabled: may && id !== undefined })
  const said = answerLine(data?.response)
  if (said === undefined) return null
  return (
    <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
      {said}
    </Text>
  )
}

function Samples({ group, destinationId }: { group: LetterGroup; destinationId: string }) {
  const query = useQuery(samplesQuery(destinationId, group))
  return (
    <Answered query={query} label="Loading samples" rows={4}>
      {(letters) => letters.map((letter) => <Sample key={letter.id} letter={letter} />)}
    </Answered>
  )
}

function Sample({ letter: { id, event } }: { letter: ListedDelivery }) {
  const may = useMay('pii:read')
  const query = useQuery({ ...deliveryQuery(id), enabled: may })
  if (!may)
    return <Text size="sm">What was sent and answered holds contents of events, which your account may not see.</Text>
  return (
    <Stack gap={4}>
      {event !== null && (
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          <Anchor component={Link} to={`/events/${encodeURIComponent(event.messageId)}`} size="sm">
            {[event.type, event.name].filter((each) => each !== null).join(' ')}
          </Anchor>
          {event.person === null ? '' : ` of ${event.person}`}, <Ago at={event.receivedAt} />: every step it took
        </Text>
      )}
      <Answered query={query} label="Loading request and answer" rows={4}>
        {({ request, response }) => (
          <ExchangeView
            label={id}
            request={request}
            answer={response}
            isRenderedNow={false}
            withoutRequest="There was no request."
            withoutAnswer="No answer was kept."
          />
        )}
      </Answered>
    </Stack>
  )
}
