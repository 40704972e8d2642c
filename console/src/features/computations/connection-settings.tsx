import { Button, Group, Modal, NumberInput, Radio, Stack, TagsInput, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Problem } from '../../shared/problem.ts'
import { PermittedButton } from '../../shared/ui/act.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import type { Computation, Named } from './api/computations.ts'
import { type ConnectionSettings, changeConnection } from './api/destinations.ts'
import { traitNamesQuery } from './api/spaces.ts'
import { useRefresh } from './refresh.ts'

type Connection = Computation['destinationConnections'][number]

const EVERY_MINUTES = 15

/** In which form, how often and with what a destination is told. */
export function ConnectionSettingsButton(props: { connection: Connection; name: string; one: Named }) {
  const [isOpen, { open, close }] = useDisclosure(false)
  return (
    <>
      <PermittedButton aria-haspopup="dialog" right="api:write" size="compact-sm" variant="default" onClick={open}>
        Settings
      </PermittedButton>
      <Modal opened={isOpen} onClose={close} title={`How ${props.name} is told`} centered>
        <Form {...props} onClose={close} />
      </Modal>
    </>
  )
}

function Form({ connection, one, onClose }: { connection: Connection; one: Named; onClose: () => void }) {
  const [draft, setDraft] = useState<ConnectionSettings>(() => ({
    form: connection.form,
    everyMinutes: connection.everyMinutes ?? null,
    enteredEvent: connection.enteredEvent,
    exitedEvent: connection.exitedEvent,
    enrichTraits: connection.enrichTraits,
  }))
  const set = (fields: Partial<ConnectionSettings>) => setDraft((before) => ({ ...before, ...fields }))
  const { data: traits = [] } = useQuery(traitNamesQuery(one.space))
  const refresh = useRefresh(one)
  const save = useMutation({
    mutationFn: () => changeConnection(one, connection.destinationId, draft),
    onSuccess: () => {
      onClose()
      refresh()
    },
  })
  const refused = save.error instanceof Problem ? save.error.fields : new Map<string, string>()
  const isAudience = one.kind.kind === 'audience'
  const isEmpty = Number.isNaN(draft.everyMinutes)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!isEmpty) save.mutate()
      }}
    >
      <Stack>
        {save.isError && <ProblemPanel problem={save.error} />}
        {draft.form !== 'group' && (
          <Radio.Group
            label="Form"
            value={draft.form}
            onChange={(chosen) => set({ form: chosen === 'track' ? 'track' : 'identify' })}
          >
            <Stack gap={6} mt={4}>
              <Radio value="identify" label="Identify, with the key as a trait" />
              <Radio value="track" label={isAudience ? 'Track, as one comes in or leaves' : 'Track, Trait Computed'} />
            </Stack>
          </Radio.Group>
        )}
        {draft.form === 'track' && isAudience && (
          <>
            <TextInput
              label="Event of who comes in"
              required
              maxLength={200}
              value={draft.enteredEvent}
              error={refused.get('connectionSettings.enteredEvent')}
              onChange={(event) => set({ enteredEvent: event.currentTarget.value })}
            />
            <TextInput
              label="Event of who leaves"
              required
              maxLength={200}
              value={draft.exitedEvent}
              error={refused.get('connectionSettings.exitedEvent')}
              onChange={(event) => set({ exitedEvent: event.currentTarget.value })}
            />
          </>
        )}
        <TagsInput
          label="Traits that go along"
          description="Custom traits of the profile."
          data={traits}
          value={[...draft.enrichTraits]}
          maxTags={100}
          onChange={(enrichTraits) => set({ enrichTraits })}
        />
        <Radio.Group
          label="How often"
          value={draft.everyMinutes === null ? 'now' : 'every'}
          onChange={(chosen) => set({ everyMinutes: chosen === 'now' ? null : EVERY_MINUTES })}
        >
          <Stack gap={6} mt={4}>
            <Radio value="now" label="As it happens" />
            <Group gap="xs">
              <Radio value="every" label="Collected, every so many minutes" />
              {draft.everyMinutes !== null && (
                <NumberInput
                  size="xs"
                  w={90}
                  aria-label="Minutes"
                  min={1}
                  max={1_440}
                  allowDecimal={false}
                  value={isEmpty ? '' : draft.everyMinutes}
                  error={isEmpty ? 'Say how many' : undefined}
                  onChange={(given) => set({ everyMinutes: given === '' ? Number.NaN : Number(given) })}
                />
              )}
            </Group>
          </Stack>
        </Radio.Group>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Leave it
          </Button>
          <Button type="submit" loading={save.isPending}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
