import { Accordion, Badge, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { count, counted } from '../../../shared/format.ts'
import { fieldErrors } from '../../../shared/problem.ts'
import { useMay } from '../../../shared/session.ts'
import { Json } from '../../../shared/ui/json.tsx'
import { Loading } from '../../../shared/ui/loading.tsx'
import { ProblemPanel } from '../../../shared/ui/problem-panel.tsx'
import { type FilterBody, tryFilter } from '../api/filters.ts'

/** In sight while the fields beside it are gone through, below the header. */
const STAYS = { alignSelf: 'start', position: 'sticky', top: 68 } as const

/** While somebody types nothing is asked. */
const PAUSE_MS = 300

type Tested = Awaited<ReturnType<typeof tryFilter>>
type Sample = Tested['samples'][number]

/** What the draft would have done to the latest events. */
export function useFilterPreview(destinationId: string, filter: Pick<FilterBody, 'if' | 'actions'>, isReady: boolean) {
  const may = useMay('pii:read')
  const [asked] = useDebouncedValue(JSON.stringify(filter), PAUSE_MS)
  return useQuery({
    queryKey: ['destinations', destinationId, 'filter-preview', asked],
    enabled: may && isReady,
    queryFn: ({ signal }) => tryFilter(destinationId, JSON.parse(asked) as typeof filter, signal),
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  })
}

export function FilterPreview({ query, isReady }: { query: ReturnType<typeof useFilterPreview>; isReady: boolean }) {
  const may = useMay('pii:read')
  const isUnreadable = fieldErrors(query.error, 'filter').has('if')
  return (
    <Paper withBorder p="md" component="section" aria-label="Preview" style={STAYS}>
      <Stack gap="sm">
        <Title order={2}>What it would have done</Title>
        {!may ? (
          <Text size="sm">Your account may not read the contents of events, so that nothing is shown here.</Text>
        ) : !isReady ? (
          <Text size="sm">Enter a condition, and the latest events of the source are tried.</Text>
        ) : isUnreadable ? (
          <Text size="sm">The condition cannot be read: what is wrong stands below it.</Text>
        ) : query.isError ? (
          <ProblemPanel problem={query.error} />
        ) : query.data === undefined ? (
          <Loading label="Trying the latest events" rows={5} />
        ) : (
          <Result tested={query.data} />
        )}
      </Stack>
    </Paper>
  )
}

function Result({ tested }: { tested: Tested }) {
  const { events, dropped, changed, kept, undecided, samples } = tested
  if (events === 0)
    return (
      <Text size="sm">
        None of the latest events are of this source, so that there is nothing to try it on. What a space tells its
        destinations cannot be tried here.
      </Text>
    )
  return (
    <>
      <Text size="sm" role="status">
        Of the latest {counted(events, 'event')} it would have dropped <b>{count(dropped)}</b>, changed{' '}
        <b>{count(changed)}</b> and let pass <b>{count(kept)}</b> as they are.
        {undecided > 0 && ` The condition has no answer for ${count(undecided)}, which are kept back.`}
      </Text>
      {samples.length > 0 && (
        <Accordion variant="separated">
          {samples.map((sample) => (
            <SampleItem key={sample.position} sample={sample} />
          ))}
        </Accordion>
      )}
    </>
  )
}

const OUTCOMES: Readonly<Record<Sample['outcome'], { readonly label: string; readonly color: string }>> = {
  KEPT: { label: 'Passes', color: 'green' },
  DROPPED: { label: 'Dropped', color: 'red' },
  CHANGED: { label: 'Changed', color: 'blue' },
  UNDECIDED: { label: 'Kept back', color: 'orange' },
}

function SampleItem({ sample: { position, event, outcome, result, problem } }: { sample: Sample }) {
  const words = [event['type'], event['event'] ?? event['name'], event['userId'] ?? event['anonymousId']]
  const { label, color } = OUTCOMES[outcome]
  return (
    <Accordion.Item value={String(position)}>
      <Accordion.Control>
        <Group gap="xs">
          <Badge color={color}>{label}</Badge>
          <Text size="sm">{words.filter((each) => typeof each === 'string').join(', ')}</Text>
        </Group>
      </Accordion.Control>
      <Accordion.Panel>
        <Stack gap="xs">
          {problem !== null && <Text size="sm">{problem}</Text>}
          <SimpleGrid cols={{ base: 1, xl: result === null ? 1 : 2 }}>
            <Json label="As it came in" value={event} />
            {result !== null && <Json label="As the destination would see it" value={result} />}
          </SimpleGrid>
        </Stack>
      </Accordion.Panel>
    </Accordion.Item>
  )
}
