import { Group, Paper, SimpleGrid, Stack, Text, UnstyledButton } from '@mantine/core'
import type { Reduction } from '../../../../../src/engage/language/index.ts'
import type { DefinitionAction } from './definition-draft.ts'
import { EventName, ExcludedSources, FigureView, WindowView } from './event-view.tsx'
import { Where } from './leaf-view.tsx'
import { eventsNamed } from './starts.ts'
import { type Figure, figureOf, withFigure } from './words.ts'

/** Segment's kinds of computed traits, and the figure that each begins with. */
const TYPES: readonly (readonly [string, string, Figure, readonly Figure[]])[] = [
  ['Event counter', 'How often an event happened', 'count', ['count']],
  ['Aggregation', 'Sum, average, least or greatest of a number', 'sum', ['sum', 'avg', 'min', 'max', 'latest']],
  ['Most frequent', 'The value that was seen most often', 'mode', ['mode']],
  ['First', 'The value of the first event', 'first', ['first']],
  ['Last', 'The value of the last event', 'last', ['last']],
  ['Unique list', 'All different values', 'unique', ['unique']],
  ['Unique list count', 'How many different values there are', 'unique_count', ['unique_count']],
]

/** A computed trait: which kind, of which events, in what time. */
export function TraitForm({
  tree,
  dispatch,
}: {
  tree: Reduction | null
  dispatch: (action: DefinitionAction) => void
}) {
  const reduction = tree ?? eventsNamed('')
  const figure = figureOf(reduction.reducer)
  const replace = (changed: Reduction) => dispatch({ do: 'replace', path: [], tree: changed })
  const changeEvents = (events: Reduction['events']) => replace({ ...reduction, events })
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="xs" role="group" aria-label="Kind of computed trait">
        {TYPES.map(([name, says, start, figures]) => {
          const isChosen = figures.includes(figure)
          return (
            <UnstyledButton
              key={name}
              aria-pressed={isChosen}
              onClick={() => replace({ ...reduction, reducer: withFigure(reduction.reducer, start) })}
            >
              <Paper
                withBorder
                p="xs"
                h="100%"
                style={isChosen ? { borderColor: 'var(--mantine-primary-color-filled)', borderWidth: 2 } : {}}
              >
                <Text size="sm" fw={600}>
                  {name}
                </Text>
                <Text size="xs">{says}</Text>
              </Paper>
            </UnstyledButton>
          )
        })}
      </SimpleGrid>
      <Group gap={6}>
        <FigureView reduction={reduction} onChange={(reducer) => replace({ ...reduction, reducer })} />
        <Text size="sm">of the event</Text>
        <EventName events={reduction.events} onChange={changeEvents} />
        <WindowView events={reduction.events} scope="profile" isTrait onChange={changeEvents} />
        {reduction.events.excludedSources.length > 0 && (
          <ExcludedSources events={reduction.events} onChange={changeEvents} />
        )}
      </Group>
      <Where path={[]} scope="profile" event="" parentEvent="" dispatch={dispatch} events={reduction.events} />
    </Stack>
  )
}
