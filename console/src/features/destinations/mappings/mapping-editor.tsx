import { Button, Group, Paper, SimpleGrid, Stack, Switch, Text, Textarea, TextInput, Title } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useBlocker, useNavigate } from '@tanstack/react-router'
import { useReducer, useState } from 'react'
import { fieldErrors } from '../../../shared/problem.ts'
import { useMay } from '../../../shared/session.ts'
import { ProblemPanel } from '../../../shared/ui/problem-panel.tsx'
import type { Action } from '../api/catalog.ts'
import { type Destination, forgetDestinations } from '../api/destinations.ts'
import { changeMapping, createMapping, type MappingBody } from '../api/mappings.ts'
import { useEventChoices } from './event-choice.tsx'
import { pathsOf } from './event-paths.ts'
import { FieldRow } from './field-row.tsx'
import { bodyOf, draftOf, problemsOf, reduce } from './mapping-draft.ts'
import { MappingPreview, useMappingPreview } from './mapping-preview.tsx'

interface Editor {
  readonly destination: Destination
  readonly action: Action
  /** As it is saved, or as a new one begins. */
  readonly mapping: MappingBody
  /** Undefined for a new one. */
  readonly id: string | undefined
}

/** A mapping, and beside it what it makes of an event. */
export function MappingEditor({ destination, action, mapping, id }: Editor) {
  const start = () =>
    draftOf(
      mapping,
      action.fields.map(({ fieldKey }) => fieldKey),
    )
  const [draft, dispatch] = useReducer(reduce, undefined, start)
  const [key, setKey] = useState<string>()
  const choices = useEventChoices(destination.sourceId)
  const chosen = choices.find((each) => each.key === key) ?? choices[0]
  const body = bodyOf(draft)
  const { trigger, settings } = body
  const tested = { actionId: action.id, trigger, settings }
  const preview = useMappingPreview({ destinationId: destination.id, mapping: tested, chosen })
  const may = useMay('api:write')
  const client = useQueryClient()
  const navigate = useNavigate()
  const isChanged = id === undefined || JSON.stringify(body) !== JSON.stringify(bodyOf(start()))
  const save = useMutation({
    mutationFn: async () => {
      if (id === undefined) await createMapping(destination.id, { ...body, actionId: action.id })
      else await changeMapping(destination.id, id, body)
    },
    onSuccess: async () => {
      notifications.show({ message: `${body.name} is saved and holds from the next event on.` })
      await forgetDestinations(client)
      await navigate({ to: `/destinations/${destination.id}/mappings`, ignoreBlocker: true })
    },
  })
  useBlocker({ shouldBlockFn: () => isChanged && !window.confirm('Leave without saving the mapping?') })
  const problems = problemsOf(draft, action.fields)
  const ofServer = fieldErrors(save.error, 'input')
  const refused = fieldErrors(preview.error, 'mapping').get('trigger')
  const errorOf = (name: string) => ofServer.get(name) ?? problems.get(name)
  const labels = new Map(action.fields.map((each) => [each.fieldKey, each] as const))
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      <Paper withBorder p="md">
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault()
            if (problems.size === 0) save.mutate()
          }}
        >
          <Stack>
            <Title order={2}>{action.name}</Title>
            <Text size="sm">{action.description}</Text>
            <TextInput
              label="Name"
              required
              disabled={!may}
              value={draft.name}
              error={errorOf('name')}
              onChange={(event) => dispatch({ type: 'name', value: event.currentTarget.value })}
            />
            <Textarea
              label="Trigger"
              description={
                'Which events the action gets, for example event = "Order Completed" and properties.total > 10'
              }
              required
              disabled={!may}
              autosize
              value={draft.trigger}
              error={refused ?? errorOf('trigger')}
              onChange={(event) => dispatch({ type: 'trigger', value: event.currentTarget.value })}
            />
            <Switch
              label="On"
              description="Off, it sends nothing."
              disabled={!may}
              checked={draft.enabled}
              onChange={(event) => dispatch({ type: 'enabled', value: event.currentTarget.checked })}
            />
            <Title order={3}>Fields</Title>
            {[...draft.fields].map(([name, field]) => (
              <FieldRow
                key={name}
                label={labels.get(name)?.label ?? name}
                description={labels.get(name)?.description ?? ''}
                required={labels.get(name)?.required === true}
                choices={labels.get(name)?.choices}
                field={field}
                error={errorOf(name)}
                paths={chosen === undefined ? [] : pathsOf(chosen.event)}
                disabled={!may}
                onChange={(value) => dispatch({ type: 'field', key: name, value })}
              />
            ))}
            {save.isError && ofServer.size === 0 && <ProblemPanel problem={save.error} />}
            <Group>
              <Button type="submit" disabled={!may || !isChanged || problems.size > 0} loading={save.isPending}>
                Save mapping
              </Button>
              <Button variant="default" component={Link} to={`/destinations/${destination.id}/mappings`}>
                Back to the mappings
              </Button>
            </Group>
          </Stack>
        </form>
      </Paper>
      <MappingPreview
        destinationId={destination.id}
        mapping={tested}
        choices={choices}
        chosen={chosen}
        onChoose={setKey}
        query={preview}
      />
    </SimpleGrid>
  )
}
