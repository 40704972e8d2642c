import { Button, Group, Paper, SimpleGrid, Stack, Switch, Text, Textarea, TextInput, Title } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useReducer } from 'react'
import { fieldErrors } from '../../../shared/problem.ts'
import { type Tagged, useSafeSave } from '../../../shared/safe-save.ts'
import { useMay } from '../../../shared/session.ts'
import { PermittedButton } from '../../../shared/ui/act.tsx'
import { ClashPanel } from '../../../shared/ui/clash-panel.tsx'
import { LookOnly } from '../../../shared/ui/for-those.tsx'
import { FormProblem } from '../../../shared/ui/form-problem.tsx'
import { LeaveGuard } from '../../../shared/ui/leave-guard.tsx'
import type { Action } from '../api/catalog.ts'
import { type Destination, forgetDestinations } from '../api/destinations.ts'
import { changeMapping, createMapping, type MappingBody, mappingQuery } from '../api/mappings.ts'
import { useChosenEvent, useEventChoices } from './event-choice.tsx'
import { pathsOf } from './event-paths.ts'
import { FieldRow } from './field-row.tsx'
import { bodyOf, draftOf, problemsOf, reduce, shownIn } from './mapping-draft.ts'
import { MappingPreview, useMappingPreview } from './mapping-preview.tsx'

interface Editor {
  readonly destination: Destination
  readonly action: Action
  /** As it is saved, or as a new one begins. */
  readonly loaded: Tagged<MappingBody>
  /** Undefined for a new one. */
  readonly id: string | undefined
}

/** A mapping, and beside it what it makes of an event. */
export function MappingEditor({ destination, action, loaded, id }: Editor) {
  const draftFrom = ({ name, trigger, enabled, settings }: MappingBody) =>
    draftOf(
      { name, trigger, enabled, settings },
      action.fields.map(({ fieldKey }) => fieldKey),
    )
  const [draft, dispatch] = useReducer(reduce, loaded.value, draftFrom)
  const choices = useEventChoices(destination.sourceId)
  const [chosen, choose] = useChosenEvent(destination.sourceId, choices, draft.trigger)
  const body = bodyOf(draft)
  const { trigger, settings } = body
  const tested = { actionId: action.id, trigger, settings }
  const preview = useMappingPreview({ destinationId: destination.id, mapping: tested, chosen })
  const may = useMay('api:write')
  const client = useQueryClient()
  const navigate = useNavigate()
  const labels = new Map(action.fields.map((each) => [each.fieldKey, each] as const))
  const labelOf = (field: string) => labels.get(field)?.label ?? field
  const { save, problem, clash, isDirty } = useSafeSave({
    loaded,
    read: async (): Promise<Tagged<MappingBody>> =>
      id === undefined ? loaded : client.fetchQuery({ ...mappingQuery(destination.id, id), staleTime: 0 }),
    isDirty: (seen: MappingBody) =>
      id === undefined || JSON.stringify(body) !== JSON.stringify(bodyOf(draftFrom(seen))),
    shown: (saved) => shownIn(draftFrom(saved), labelOf),
    mine: shownIn(draft, labelOf),
    save: async ({ tag }) => {
      if (id === undefined) await createMapping(destination.id, { ...body, actionId: action.id })
      else await changeMapping(destination.id, id, body, tag)
    },
    onTake: (saved) => dispatch({ type: 'taken', draft: draftFrom(saved) }),
    onKeep: (theirs, opened) => dispatch({ type: 'kept', opened: draftFrom(opened), theirs: draftFrom(theirs) }),
    onSaved: async () => {
      notifications.show({ message: `${body.name} is saved and holds from the next event on.` })
      await forgetDestinations(client)
      await navigate({ to: `/destinations/${destination.id}/mappings`, ignoreBlocker: true })
    },
  })
  const problems = problemsOf(draft, action.fields)
  const ofServer = fieldErrors(problem, 'input')
  const refused = fieldErrors(preview.error, 'mapping').get('trigger')
  const errorOf = (name: string) => ofServer.get(name) ?? problems.get(name)
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      <Paper withBorder p="md">
        <LeaveGuard isDirty={isDirty} />
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault()
            if (problems.size === 0) save.mutate()
          }}
        >
          <Stack>
            <LookOnly right="api:write" />
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
                label={labelOf(name)}
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
            <FormProblem problem={problem} parent="input" shown={['name', 'trigger', ...draft.fields.keys()]} />
            {clash !== undefined && id !== undefined && <ClashPanel clash={clash} resourceId={id} />}
            <Group>
              <PermittedButton
                right="api:write"
                type="submit"
                disabled={!isDirty || problems.size > 0 || clash !== undefined}
                loading={save.isPending}
              >
                Save mapping
              </PermittedButton>
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
        onChoose={choose}
        query={preview}
      />
    </SimpleGrid>
  )
}
