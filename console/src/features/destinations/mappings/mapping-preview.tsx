import { Alert, Paper, Stack, Text, Title } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMay } from '../../../shared/session.ts'
import { Loading } from '../../../shared/ui/loading.tsx'
import { ProblemPanel } from '../../../shared/ui/problem-panel.tsx'
import { type MappingToTest, testMapping } from '../api/tests.ts'
import { RequestView } from '../tester/tried-view.tsx'
import { type ChosenEvent, EventChoice } from './event-choice.tsx'

/** In sight while the fields beside it are gone through, below the header. */
const STAYS = { alignSelf: 'start', position: 'sticky', top: 68 } as const

/** While somebody types nothing is asked. */
const PAUSE_MS = 250

interface Preview {
  readonly destinationId: string
  readonly mapping: MappingToTest
  readonly choices: readonly ChosenEvent[]
  readonly chosen: ChosenEvent | undefined
  readonly onChoose: (key: string) => void
}

/** What the draft makes of an event, by the code that sends. */
export function useMappingPreview({ destinationId, mapping, chosen }: Omit<Preview, 'choices' | 'onChoose'>) {
  const may = useMay('api:write')
  const [asked] = useDebouncedValue(JSON.stringify(mapping), PAUSE_MS)
  return useQuery({
    queryKey: ['destinations', destinationId, 'mapping-preview', asked, chosen?.key],
    enabled: may && chosen !== undefined,
    queryFn: ({ signal }) =>
      testMapping(destinationId, { event: chosen?.event ?? {}, mapping: JSON.parse(asked) as MappingToTest }, signal),
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  })
}

export function MappingPreview({ query, ...props }: Preview & { query: ReturnType<typeof useMappingPreview> }) {
  const { choices, chosen, onChoose } = props
  const may = useMay('api:write')
  return (
    <Paper withBorder p="md" component="section" aria-label="Preview" style={STAYS}>
      <Stack gap="sm">
        <Title order={2}>Preview</Title>
        <EventChoice choices={withChosen(choices, chosen)} value={chosen?.key} onChange={onChoose} />
        {may ? <Result query={query} /> : <Text size="sm">Who may change mappings sees the exact request here.</Text>}
      </Stack>
    </Paper>
  )
}

/** What was chosen is there to be seen, also when it is not among the latest any more. */
function withChosen(choices: readonly ChosenEvent[], chosen: ChosenEvent | undefined): readonly ChosenEvent[] {
  return chosen === undefined || choices.some(({ key }) => key === chosen.key) ? choices : [chosen, ...choices]
}

function Result({ query }: { query: ReturnType<typeof useMappingPreview> }) {
  if (query.isError) return <ProblemPanel problem={query.error} />
  if (query.data === undefined) return <Loading label="Loading the request" rows={6} />
  const { filtered, why, mappings } = query.data
  const [mapping] = mappings
  if (filtered !== null || mapping === undefined) {
    return (
      <Alert color="yellow" variant="light" role="status" title="This event is not sent">
        {filtered === 'NO_MATCHING_MAPPING' ? 'The trigger does not match it.' : (why ?? filtered)}
      </Alert>
    )
  }
  if (mapping.problem !== null) {
    return (
      <Alert color="red" variant="light" role="status" title="There is no request">
        {mapping.problem}
      </Alert>
    )
  }
  return mapping.request === null ? null : <RequestView request={mapping.request} />
}
