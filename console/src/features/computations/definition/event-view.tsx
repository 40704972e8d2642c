/** Events: which, in what time, of which figure; what they are narrowed down by stands below. */
import { ActionIcon, Group, MultiSelect, Text, Tooltip } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Duration, Events, Reducer, Reduction, Window } from '../../../../../src/engage/language/index.ts'
import { sourcesQuery } from '../../../shared/sources.ts'
import { useEventNames, useKnown } from './choices.tsx'
import { focusAfterRemoval } from './focus.ts'
import { Choice, DurationInput, NameInput, SIZE, WholeNumber } from './inputs.tsx'
import type { Scope } from './starts.ts'
import { emptyOperand, FieldName, operandOf } from './test-view.tsx'
import { FIGURE_NAMES, FIGURES, figureOf, withFigure } from './words.ts'

const WINDOWS = {
  none: 'at any time',
  within: 'within the last',
  between: 'between',
  within_parent: 'after it, within',
  session: 'in a visit that ends after',
} as const
type WindowName = keyof typeof WINDOWS

const MONTH: Duration = { amount: 30, unit: 'day' }
const STARTS: Readonly<Record<WindowName, Window | null>> = {
  none: null,
  within: { kind: 'within', duration: MONTH },
  between: { kind: 'between', from: { amount: 7, unit: 'day' }, to: MONTH },
  within_parent: { kind: 'within_parent', duration: { amount: 1, unit: 'day' } },
  session: { kind: 'session', duration: { amount: 30, unit: 'minute' } },
}

export function EventName({ events, onChange }: { events: Events; onChange: (events: Events) => void }) {
  const names = useEventNames()
  return (
    <NameInput
      label="Event"
      placeholder="name of the event"
      value={events.name}
      names={names}
      onChange={(name) => onChange({ ...events, name })}
    />
  )
}

/** @param isTrait visits are of computed traits only */
export function WindowView(props: {
  events: Events
  scope: Scope
  isTrait: boolean
  onChange: (events: Events) => void
}) {
  const { events, scope, isTrait, onChange } = props
  const { window } = events
  const names: readonly WindowName[] = [
    'none',
    'within',
    'between',
    ...(scope === 'event' ? (['within_parent'] as const) : []),
    ...(isTrait && scope === 'profile' ? (['session'] as const) : []),
  ]
  const change = (changed: Window | null) => onChange({ ...events, window: changed })
  return (
    <Group gap={6}>
      <Choice
        label="Time window"
        w={150}
        value={window?.kind ?? 'none'}
        options={names.map((name) => ({ value: name, label: WINDOWS[name] }))}
        onChange={(name) => change(STARTS[name])}
      />
      {window?.kind === 'between' && (
        <Group gap={4}>
          <DurationInput label="From" min={0} value={window.from} onChange={(from) => change({ ...window, from })} />
          <Text size="sm">and</Text>
          <DurationInput label="To" value={window.to} onChange={(to) => change({ ...window, to })} />
          <Text size="sm">ago</Text>
        </Group>
      )}
      {window !== null && window.kind !== 'between' && (
        <DurationInput label="Time" value={window.duration} onChange={(duration) => change({ ...window, duration })} />
      )}
    </Group>
  )
}

/** What is made of events, and of which property. */
export function FigureView({ reduction, onChange }: { reduction: Reduction; onChange: (reducer: Reducer) => void }) {
  const { reducer, events } = reduction
  return (
    <>
      <Choice
        label="Figure"
        w={210}
        value={figureOf(reducer)}
        options={FIGURE_NAMES.map((name) => ({ value: name, label: FIGURES[name] }))}
        onChange={(figure) => onChange(withFigure(reducer, figure))}
      />
      {'of' in reducer && reducer.of.kind !== 'literal' && (
        <>
          <Choice
            label="Of what"
            w={120}
            value={operandOf(reducer.of) === 'context' ? 'context' : 'property'}
            options={[
              { value: 'property', label: 'the property' },
              { value: 'context', label: 'the context' },
            ]}
            onChange={(kind) => onChange({ ...reducer, of: emptyOperand(kind) })}
          />
          <FieldName
            field={reducer.of}
            event={events.name}
            parentEvent=""
            onChange={(of) => onChange({ ...reducer, of })}
          />
        </>
      )}
      {reducer.kind === 'mode' && (
        <Group gap={4} wrap="nowrap">
          <Text size="sm">seen at least</Text>
          <WholeNumber
            label="Least frequency"
            value={reducer.minFrequency}
            min={1}
            onChange={(minFrequency) => onChange({ ...reducer, minFrequency })}
          />
          <Text size="sm">times</Text>
        </Group>
      )}
    </>
  )
}

/** Sources whose events do not count. */
export function ExcludedSources({ events, onChange }: { events: Events; onChange: (events: Events) => void }) {
  const { space } = useKnown()
  const { data: sources = [] } = useQuery(sourcesQuery)
  const { excludedSources } = events
  const known = sources
    .filter(({ id }) => space.sourceIds.includes(id))
    .map(({ id, name }) => ({ value: id, label: name }))
  const gone = excludedSources
    .filter((id) => known.every(({ value }) => value !== id))
    .map((id) => ({ value: id, label: id }))
  return (
    <Group gap={4}>
      <Text size="sm">not of</Text>
      <MultiSelect
        size={SIZE}
        miw={180}
        aria-label="Sources that do not count"
        data={[...known, ...gone]}
        value={[...excludedSources]}
        onChange={(ids) => onChange({ ...events, excludedSources: ids })}
      />
    </Group>
  )
}

export function RemoveButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={label}
        onClick={({ currentTarget }) => {
          focusAfterRemoval(currentTarget)
          onClick()
        }}
      >
        <IconX size={16} />
      </ActionIcon>
    </Tooltip>
  )
}
