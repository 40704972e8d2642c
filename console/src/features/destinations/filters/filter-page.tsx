import { Button, Group, Paper, SimpleGrid, Stack, Switch, Textarea, TextInput, Title } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useReducer } from 'react'
import { fieldErrors } from '../../../shared/problem.ts'
import { type Tagged, useSafeSave } from '../../../shared/safe-save.ts'
import { useMay } from '../../../shared/session.ts'
import { PermittedButton } from '../../../shared/ui/act.tsx'
import { Answered } from '../../../shared/ui/answered.tsx'
import { ClashPanel } from '../../../shared/ui/clash-panel.tsx'
import { ForThose, LookOnly } from '../../../shared/ui/for-those.tsx'
import { FormProblem } from '../../../shared/ui/form-problem.tsx'
import { LeaveGuard } from '../../../shared/ui/leave-guard.tsx'
import { changeFilter, createFilter, type FilterBody, filterQuery, filtersQuery } from '../api/filters.ts'
import { useDestination } from '../use-destination.ts'
import { ActionRow } from './action-row.tsx'
import { bodyOf, draftOf, NEW, problemsOf, reduce, shownIn } from './filter-draft.ts'
import { FilterPreview, useFilterPreview } from './filter-preview.tsx'

/** Actions of one filter: docs/filters.md. */
const ACTIONS_MAX = 10

const NOT_SAVED: Tagged<FilterBody> = { value: bodyOf(NEW), tag: undefined }

export function NewFilterPage() {
  const { id } = useDestination()
  return (
    <ForThose right="api:write" what="Making filters is">
      <Editor destinationId={id} id={undefined} loaded={NOT_SAVED} />
    </ForThose>
  )
}

export function FilterPage() {
  const { id: destinationId } = useDestination()
  const { filter: id } = useParams({ from: '/signed-in/destinations/$id/filters/$filter' })
  const query = useQuery(filterQuery(destinationId, id))
  return (
    <Answered query={query} label="Loading the filter" rows={6}>
      {(loaded) => <Editor key={id} destinationId={destinationId} id={id} loaded={loaded} />}
    </Answered>
  )
}

/** @param id undefined for a new one */
function Editor(props: { destinationId: string; id: string | undefined; loaded: Tagged<FilterBody> }) {
  const { destinationId, id, loaded } = props
  const [draft, dispatch] = useReducer(reduce, id === undefined ? NEW : draftOf(loaded.value))
  const may = useMay('api:write')
  const client = useQueryClient()
  const navigate = useNavigate()
  const body = bodyOf(draft)
  const problems = problemsOf(draft)
  const isReady = [...problems.keys()].every((field) => field === 'title')
  const preview = useFilterPreview(destinationId, { if: body.if, actions: body.actions }, isReady)
  const { seen, save, problem, clash, isDirty } = useSafeSave({
    loaded,
    read: async (): Promise<Tagged<FilterBody>> =>
      id === undefined ? loaded : client.fetchQuery({ ...filterQuery(destinationId, id), staleTime: 0 }),
    isDirty: (saved: FilterBody) => JSON.stringify(body) !== JSON.stringify(bodyOf(draftOf(saved))),
    shown: (saved) => shownIn(draftOf(saved)),
    mine: shownIn(draft),
    save: ({ tag }) =>
      id === undefined ? createFilter(destinationId, body) : changeFilter(destinationId, id, body, tag),
    onTake: (saved) => dispatch({ type: 'taken', draft: draftOf(saved) }),
    onKeep: (theirs, opened) => dispatch({ type: 'kept', opened: draftOf(opened), theirs: draftOf(theirs) }),
    onSaved: async () => {
      notifications.show({ message: `${body.title} is saved and holds from the next event on.` })
      await client.invalidateQueries({ queryKey: filtersQuery(destinationId).queryKey })
      await navigate({ to: `/destinations/${destinationId}/filters`, ignoreBlocker: true })
    },
  })
  const ofServer = fieldErrors(problem, 'filter')
  const refused = fieldErrors(preview.error, 'filter').get('if')
  const conditionError = draft.condition === '' ? undefined : (refused ?? ofServer.get('if'))
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
            <Title order={2}>{id === undefined ? 'New filter' : seen.title}</Title>
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
            <FormProblem problem={problem} parent="filter" shown={['title', 'if']} />
            {clash !== undefined && id !== undefined && <ClashPanel clash={clash} resourceId={id} />}
            <Group>
              <PermittedButton
                right="api:write"
                type="submit"
                disabled={!isDirty || problems.size > 0 || clash !== undefined}
                loading={save.isPending}
              >
                Save filter
              </PermittedButton>
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
