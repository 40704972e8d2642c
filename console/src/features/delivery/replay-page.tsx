import { Anchor, Group, Paper, SimpleGrid, Stack, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { Replay } from '../../../../src/api/answers/deliveries.ts'
import { destinationWords } from '../../shared/destination-state.ts'
import { count, counted } from '../../shared/format.ts'
import { useNow } from '../../shared/now.ts'
import { statusQuery } from '../../shared/status.ts'
import { ConfirmedActButton } from '../../shared/ui/act.tsx'
import { Answered } from '../../shared/ui/answered.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { StateBadge } from '../../shared/ui/state-badge.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { Work } from '../../shared/ui/work.tsx'
import { endReplay, replayQuery } from './api/replays.ts'
import { ReplayStatus, selectionWords } from './replays-table.tsx'

const OUTCOMES = ['delivered', 'dead', 'erased', 'cancelled', 'returned', 'skipped', 'pending'] as const
const MEANINGS: Readonly<Record<(typeof OUTCOMES)[number], string>> = {
  delivered: 'delivered',
  dead: 'dead again',
  erased: 'erased',
  cancelled: 'cancelled',
  returned: 'given back untried',
  skipped: 'left out: their people asked to be forgotten',
  pending: 'under way',
}

/** One replay: how far it is, and what became of its deliveries. */
export function ReplayPage() {
  const { replay: id } = useParams({ from: '/signed-in/replays/$replay' })
  const query = useQuery(replayQuery(id))
  return (
    <Page
      title="Replay"
      purpose="Deliveries that are made once more, in order and under the ids they had."
      help="replay"
    >
      <Answered query={query} label="Loading the replay" rows={8}>
        {(replay) => <Progress replay={replay} />}
      </Answered>
    </Page>
  )
}

function Progress({ replay }: { replay: Replay }) {
  const { id, status, total, done, etaSeconds, createdAt, finishedAt, ratePerSecond } = replay
  const queryClient = useQueryClient()
  const isRunning = status === 'RUNNING'
  return (
    <Paper withBorder p="md">
      <Stack gap="md">
        <Group justify="space-between">
          <Group gap="sm">
            <ReplayStatus status={status} />
            <Text size="sm">
              {selectionWords(replay)}, begun <Ago at={createdAt} />
              {finishedAt === null ? '' : ', ended '}
              {finishedAt !== null && <Ago at={finishedAt} />}, up to {count(ratePerSecond)} a second
            </Text>
          </Group>
          {isRunning && (
            <ConfirmedActButton
              label="Cancel the replay"
              right="api:write"
              consequence={`${counted(total - done, 'delivery', 'deliveries')} not yet done: those that were not tried are dead letters again, with the reason they had. What is under way goes on to its own end.`}
              confirm="Cancel the replay"
              act={() => endReplay(id)}
              done="The replay is cancelled."
              onDone={() => void queryClient.invalidateQueries({ queryKey: ['replays'] })}
            />
          )}
        </Group>
        {isRunning ? (
          <Work
            label="Deliveries"
            done={done}
            total={total}
            etaMs={etaSeconds === null ? undefined : etaSeconds * 1_000}
          />
        ) : (
          <Text size="sm">
            {count(done)} of {counted(total, 'delivery', 'deliveries')} done.
          </Text>
        )}
        <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm">
          {OUTCOMES.filter((name) => replay[name] > 0 || name === 'delivered' || name === 'dead').map((name) => (
            <Stack gap={0} key={name} data-outcome={name}>
              <Text ff="monospace" fz="lg" fw={600}>
                {count(replay[name])}
              </Text>
              <Text size="xs" c="dimmed">
                {MEANINGS[name]}
              </Text>
            </Stack>
          ))}
        </SimpleGrid>
        <DestinationNow id={replay.destinationId} />
      </Stack>
    </Paper>
  )
}

/** While its destination is on hold the replay waits: that is to be seen here. */
function DestinationNow({ id }: { id: string | null }) {
  const { data: status } = useQuery(statusQuery)
  const nowMs = useNow()
  const destination = status?.destinations.find((each) => each.id === id)
  if (status === undefined || destination === undefined) return null
  const words = destinationWords(status, destination, nowMs)
  return (
    <Group gap="sm">
      <Anchor size="sm" component={Link} to={`/destinations/${destination.id}/delivery`}>
        Delivery of {destination.name}
      </Anchor>
      <StateBadge words={words} />
    </Group>
  )
}
