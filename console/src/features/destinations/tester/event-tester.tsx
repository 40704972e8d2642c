import { Button, Group, JsonInput, SegmentedControl, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Permitted } from '../../../shared/ui/act.tsx'
import { ProblemPanel } from '../../../shared/ui/problem-panel.tsx'
import type { Destination } from '../api/destinations.ts'
import { type Event, testEvent } from '../api/tests.ts'
import { SAMPLES } from './samples.ts'
import { TriedView } from './tried-view.tsx'

const OWN = 'Your own'

/** Shows what a destination makes of an event, and sends it when asked. */
export function EventTester({ destination: { id, name } }: { destination: Pick<Destination, 'id' | 'name'> }) {
  const [text, setText] = useState(() => textOf(SAMPLES[0].event))
  const event = eventOf(text)
  const sample = SAMPLES.find((each) => textOf(each.event) === text)?.label ?? OWN
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
      <Group gap="sm">
        <Text size="sm" id="sample-label">
          Begin with
        </Text>
        <SegmentedControl
          aria-labelledby="sample-label"
          size="xs"
          data={[...SAMPLES.map(({ label }) => label), { label: OWN, value: OWN, disabled: sample !== OWN }]}
          value={sample}
          onChange={(label) => {
            const chosen = SAMPLES.find((each) => each.label === label)
            if (chosen !== undefined) setText(textOf(chosen.event))
          }}
        />
      </Group>
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
      <Permitted right="api:write">
        {(may) => (
          <Group>
            <Button
              variant="default"
              disabled={!may || event === undefined}
              loading={isPending(false)}
              onClick={() => start(false)}
            >
              Show the request
            </Button>
            <Button disabled={!may || event === undefined} loading={isPending(true)} onClick={() => start(true)}>
              Send test event
            </Button>
            <Text size="xs">
              Sending calls {name} at once, past everything that waits. The event is kept nowhere here.
            </Text>
          </Group>
        )}
      </Permitted>
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
