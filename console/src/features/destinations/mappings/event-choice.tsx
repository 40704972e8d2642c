import { Alert, Select, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useMay } from '../../../shared/session.ts'
import { type LatestEvent, latestEventsQuery } from '../api/latest-events.ts'
import type { Event } from '../api/tests.ts'
import { SAMPLES } from '../tester/samples.ts'
import { firstFor } from './first-for.ts'

export interface ChosenEvent {
  readonly key: string
  readonly label: string
  readonly event: Event
}

/** Those that came lately, and behind them samples: also for who may not read contents, and before anything came. */
export function useEventChoices(sourceId: string): readonly ChosenEvent[] {
  const mayRead = useMay('pii:read')
  const { data = [] } = useQuery({ ...latestEventsQuery(sourceId), enabled: mayRead })
  return [
    ...data.map(choiceOf),
    ...SAMPLES.map(({ label, event }) => ({ key: label, label: `Sample: ${label}`, event })),
  ]
}

/**
 * The event that a mapping is tried on, and what chooses another. It begins with the latest that the saved trigger takes,
 * and stays while others come in.
 */
export function useChosenEvent(
  sourceId: string,
  choices: readonly ChosenEvent[],
  trigger: string,
): readonly [ChosenEvent | undefined, (key: string) => void] {
  const mayRead = useMay('pii:read')
  const { isPending } = useQuery({ ...latestEventsQuery(sourceId), enabled: mayRead })
  const [chosen, setChosen] = useState<ChosenEvent>()
  if (chosen === undefined && !(mayRead && isPending)) setChosen(firstFor(trigger, choices))
  const choose = (key: string) => setChosen((before) => choices.find((each) => each.key === key) ?? before)
  return [chosen, choose]
}

function choiceOf({ position, event }: LatestEvent): ChosenEvent {
  const { type, event: name, userId, anonymousId } = event
  const who = userId ?? anonymousId
  const label = [type, name, who].filter((each) => typeof each === 'string' && each !== '').join(', ')
  return { key: String(position), label: `${label} (${position})`, event }
}

interface Choice {
  readonly choices: readonly ChosenEvent[]
  /** Undefined for one of one's own. */
  readonly value: string | undefined
  readonly label?: string
  readonly onChange: (key: string) => void
}

export function EventChoice({ choices, value, label = 'Event', onChange }: Choice) {
  const mayRead = useMay('pii:read')
  return (
    <>
      <Select
        label={label}
        placeholder="Your own"
        description="One that came lately, or a sample."
        data={choices.map(({ key, label }) => ({ value: key, label }))}
        value={value ?? null}
        allowDeselect={false}
        searchable
        onChange={(key) => key !== null && onChange(key)}
      />
      {!mayRead && (
        <Alert color="gray" variant="light">
          <Text size="sm">Your account may not read the contents of events, so that samples stand in for them.</Text>
        </Alert>
      )}
    </>
  )
}
