import { Group, JsonInput, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { PermittedButton } from '../../../shared/ui/act.tsx'
import { ProblemPanel } from '../../../shared/ui/problem-panel.tsx'
import type { Destination } from '../api/destinations.ts'
import { type Event, testEvent } from '../api/tests.ts'
import { EventChoice, useEventChoices } from '../mappings/event-choice.tsx'
import { SAMPLES } from './samples.ts'
import { TriedView } from './tried-view.tsx'

/** Shows what a destination makes of an event, and sends it when asked. */
export function EventTester({ destination }: { destination: Pick<Destination, 'id' | 'name' | 'sourceId'> }) {
  const { id, name, sourceId } = destination
  const [text, setText] = useState(() => textOf(SAMPLES[0].event))
  const event = eventOf(text)
  const choices = useEventChoices(sourceId)
  const chosen = choices.find((each) => textOf(each.event) === text)
  const isReal = chosen !== undefined && SAMPLES.every(({ label }) => label !== chosen.key)
  const run = useMutation({
    mutationFn: async ({ send, event: tested }: { send: boolean; event: Event }) => ({
      wasSent: send,
      tried: await testEvent(id, { event: tested, send }),
    }),
  })
  const start = (send: boolean) => event !== undefined && run.mutate({ send, event })
  const isPending = (send: boolean) => run.isPending && run.variables.send === send
  return (
    <Stack>
      <EventChoice
        label="Begin with"
        choices={choices}
        value={chosen?.key}
        onChange={(key) => {
          const event = choices.find((each) => each.key === key)?.event
          if (event !== undefined) setText(textOf(event))
        }}
      />
      <JsonInput
        label="Event"
        description="A call as a source would send it."
        error={event === undefined ? 'This is not a JSON object.' : undefined}
        value={text}
        onChange={setText}
        autosize
        minRows={8}
        maxRows={18}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
      />
      <Group>
        <PermittedButton
          right="api:write"
          variant="default"
          disabled={event === undefined}
          loading={isPending(false)}
          onClick={() => start(false)}
        >
          Show the request
        </PermittedButton>
        <PermittedButton
          right="api:write"
          disabled={event === undefined}
          loading={isPending(true)}
          onClick={() => start(true)}
        >
          Send test event
        </PermittedButton>
        <Text size="xs">
          Sending calls {name} at once, past everything that waits. The event is kept nowhere here.
          {isReal &&
            ' This one really happened: with its messageId a destination may take it for a repeat, without it counts once more.'}
        </Text>
      </Group>
      {run.isError && <ProblemPanel problem={run.error} />}
      {run.data !== undefined && <TriedView tried={run.data.tried} wasSent={run.data.wasSent} />}
    </Stack>
  )
}

const textOf = (event: unknown) => JSON.stringify(event, null, 2)

/** @returns undefined for what is no object in JSON */
function eventOf(text: string): Event | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Event) : undefined
  } catch {
    return undefined
  }
}
