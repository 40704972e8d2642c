import { Button, Group, Paper, SimpleGrid, Stack, Switch, Textarea, TextInput, Title } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useBlocker, useNavigate, useParams } from '@tanstack/react-router'
import { useReducer } from 'react'
import { fieldErrors } from '../../../shared/problem.ts'
import { useMay } from '../../../shared/session.ts'
import { Answered } from '../../../shared/ui/answered.tsx'
import { NotFound } from '../../../shared/ui/not-found.tsx'
import { ProblemPanel } from '../../../shared/ui/problem-panel.tsx'
import { changeFilter, createFilter, filtersQuery } from '../api/filters.ts'
import { useDestination } from '../use-destination.ts'
import { ActionRow } from './action-row.tsx'
import { bodyOf, draftOf, type FilterDraft, NEW, problemsOf, reduce } from './filter-draft.ts'
import { FilterPreview, useFilterPreview } from './filter-preview.tsx'

/** Actions of one filter: docs/filters.md. */
const ACTIONS_MAX = 10

export function NewFilterPage() {
  return <Editor destinationId={useDestination().id} id={undefined} start={NEW} />
}

export function FilterPage() {
  const { id: destinationId } = useDestination()
  const { filter: id } = useParams({ from: '/signed-in/destinations/$id/filters/$filter' })
  const query = useQuery(filtersQuery(destinationId))
  return (
    <Answered query={query} label="Loading the filter" rows={6}>
      {(filters) => {
        const filter = filters.find((each) => each.id === id)
        if (filter === undefined) return <NotFound />
        return <Editor key={id} destinationId={destinationId} id={id} start={draftOf(filter)} />
      }}
    </Answered>
  )
}

/** @param id undefined for a new one */
function Editor(props: { destinationId: string; id: string | undefined; start: FilterDraft }) {
  const { destinationId, id, start } = props
  const [draft, dispatch] = useReducer(reduce, start)
  const may = useMay('api:write')
  const client = useQueryClient()
  const navigate = useNavigate()
  const body = bodyOf(draft)
  const isChanged = JSON.stringify(body) !== JSON.stringify(bodyOf(start))
  const problems = problemsOf(draft)
  const isReady = [...problems.keys()].every((field) => field === 'title')
  const preview = useFilterPreview(destinationId, { if: body.if, actions: body.actions }, isReady)
  const save = useMutation({
    mutationFn: () => (id === undefined ? createFilter(destinationId, body) : changeFilter(destinationId, id, body)),
    onSuccess: async () => {
      notifications.show({ message: `${body.title} is saved and holds from the next event on.` })
      await client.invalidateQueries({ queryKey: filtersQuery(destinationId).queryKey })
      await navigate({ to: `/destinations/${destinationId}/filters`, ignoreBlocker: true })
    },
  })
  useBlocker({ shouldBlockFn: () => isChanged && !window.confirm('Leave without saving the filter?') })
  const ofServer = fieldErrors(save.error, 'filter')
  const refused = fieldErrors(preview.error, 'filter').get('if')
  const conditionError = draft.condition === '' ? undefined : (refused ?? ofServer.get('if'))
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
            <Title order={2}>{id === undefined ? 'New filter' : start.title}</Title>
            <TextInput
              label="Title"
              required
              maxLength={64}
              disabled={!may}
              error={ofServer.get('title')}
              value={draft.title}
              onChange={(event) => dispatch({ type: 'set', value: { title: event.currentTarget.value } })}
            />
            <Textarea
              label="If"
              description={
                'Which events it is about: properties.isTest = true, match(traits.email, "*@example.com"), or all'
              }
              required
              autosize
              minRows={2}
              disabled={!may}
              error={conditionError}
              value={draft.condition}
              onChange={(event) => dispatch({ type: 'set', value: { condition: event.currentTarget.value } })}
            />
            {draft.actions.map((action, at) => (
              <ActionRow
                // biome-ignore lint/suspicious/noArrayIndexKey: actions have nothing but their place
                key={at}
                action={action}
                error={problems.get(`actions.${at}`)}
                disabled={!may}
                onChange={(value) => dispatch({ type: 'action', at, value })}
                onRemove={draft.actions.length > 1 ? () => dispatch({ type: 'remove', at }) : undefined}
              />
            ))}
            {may && draft.actions.length < ACTIONS_MAX && (
              <Button variant="default" onClick={() => dispatch({ type: 'add' })}>
                Add another action
              </Button>
            )}
            <Switch
              label="On"
              disabled={!may}
              checked={draft.enabled}
              onChange={(event) => dispatch({ type: 'set', value: { enabled: event.currentTarget.checked } })}
            />
            {save.isError && ofServer.size === 0 && <ProblemPanel problem={save.error} />}
            <Group>
              <Button type="submit" disabled={!may || !isChanged || problems.size > 0} loading={save.isPending}>
                Save filter
              </Button>
              <Button variant="default" component={Link} to={`/destinations/${destinationId}/filters`}>
                Back to the filters
              </Button>
            </Group>
          </Stack>
        </form>
      </Paper>
      <FilterPreview query={preview} isReady={isReady} />
    </SimpleGrid>
  )
}
