import { Group, Paper, Select, Stack, Text, TextInput, Title } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useReducer, useState } from 'react'
import { destinationsQuery } from '../../shared/destinations.ts'
import { kept } from '../../shared/differences.ts'
import { counted } from '../../shared/format.ts'
import { fieldErrors } from '../../shared/problem.ts'
import { type Tagged, useSafeSave } from '../../shared/safe-save.ts'
import { useMay } from '../../shared/session.ts'
import { ConfirmedActButton, PermittedButton } from '../../shared/ui/act.tsx'
import { ClashPanel } from '../../shared/ui/clash-panel.tsx'
import { LookOnly } from '../../shared/ui/for-those.tsx'
import { FormProblem } from '../../shared/ui/form-problem.tsx'
import { LeaveGuard } from '../../shared/ui/leave-guard.tsx'
import { useDestinationState } from '../../shared/use-destination-state.ts'
import {
  changeDestination,
  type Destination,
  deleteDestination,
  forgetDestinations,
  taggedDestinationQuery,
  testSettings,
} from './api/destinations.ts'
import { CheckPanel, CheckResult, TestConnection } from './settings-check.tsx'
import { changesOf, draftOf, isChanged, problemsOf, reduce, shownIn } from './settings-draft.ts'
import { SettingsForm } from './settings-form.tsx'
import { useTaggedDestination } from './use-destination.ts'

export function SettingsTab() {
  const loaded = useTaggedDestination()
  const destination = loaded.value
  return (
    <Stack maw={720}>
      <LookOnly right="api:write" />
      <Form key={destination.id} loaded={loaded} />
      <Deletion destination={destination} />
    </Stack>
  )
}

function Form({ loaded }: { loaded: Tagged<Destination> }) {
  const destination = loaded.value
  const { id, metadata } = destination
  const [draft, dispatch] = useReducer(reduce, destination, (given) => draftOf(given.metadata.options, given.settings))
  const [name, setName] = useState(destination.name)
  const may = useMay('api:write')
  const client = useQueryClient()
  const settings = changesOf(draft)
  const test = useMutation({ mutationFn: () => testSettings(id, settings) })
  const { save, problem, clash, isDirty } = useSafeSave({
    loaded,
    read: () => client.fetchQuery({ ...taggedDestinationQuery(id), staleTime: 0 }),
    isDirty: (seen: Destination) => isChanged(draft) || name !== seen.name,
    shown: (saved) => new Map([['Name', saved.name], ...shownIn(draftOf(metadata.options, saved.settings))]),
    mine: new Map([['Name', name], ...shownIn(draft)]),
    save: ({ value: seen, tag }) =>
      changeDestination(
        id,
        { ...(name === seen.name ? {} : { name }), ...(isChanged(draft) ? { settings } : {}) },
        tag,
      ),
    onSaved: async () => {
      notifications.show({ message: 'The settings are saved and in force.' })
      test.reset()
      await forgetDestinations(client)
    },
    onTake: (saved) => {
      setName(saved.name)
      dispatch({ type: 'saved', settings: saved.settings })
    },
    onKeep: (theirs, opened) => {
      setName(kept(opened.name, theirs.name, name))
      dispatch({ type: 'kept', settings: theirs.settings })
    },
  })
  const missing = problemsOf(draft)
  const said = fieldErrors(problem, 'settings')
  const errors = new Map([...missing, ...said])
  return (
    <Paper withBorder p="lg">
      <LeaveGuard isDirty={isDirty} />
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (missing.size === 0 && name.trim() !== '') save.mutate()
        }}
      >
        <Stack>
          <TextInput
            label="Name"
            required
            disabled={!may}
            value={name}
            error={name.trim() === '' ? 'Enter a name.' : said.get('name')}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {may && <CopyFrom destination={destination} onCopy={(from) => dispatch({ type: 'copy', settings: from })} />}
          <SettingsForm draft={draft} dispatch={dispatch} errors={errors} disabled={!may} kind={metadata.slug} />
          <CheckResult test={test} />
          {save.data?.check != null && !test.isSuccess && <CheckPanel check={save.data.check} />}
          <FormProblem
            problem={problem}
            parent="settings"
            shown={['name', ...draft.options.map((option) => option.name)]}
          />
          {clash !== undefined && <ClashPanel clash={clash} resourceId={id} />}
          <Group>
            <TestConnection test={test} />
            <PermittedButton
              right="api:write"
              type="submit"
              disabled={!isDirty || clash !== undefined}
              loading={save.isPending}
            >
              Save settings
            </PermittedButton>
          </Group>
        </Stack>
      </form>
    </Paper>
  )
}

const waitingWords = (pending: number | undefined) =>
  pending === undefined || pending === 0
    ? 'What has not been delivered by then is cancelled (destination_deleted) and never sent.'
    : `${counted(pending, 'delivery that waits is', 'deliveries that wait are')} cancelled (destination_deleted) and never sent.`

/** Everything but the secrets, which no destination shows. */
function CopyFrom(props: { destination: Destination; onCopy: (settings: Destination['settings']) => void }) {
  const { destination, onCopy } = props
  const { data: all = [] } = useQuery(destinationsQuery)
  const others = all.filter(({ id, metadata }) => id !== destination.id && metadata.slug === destination.metadata.slug)
  if (others.length === 0) return null
  return (
    <Select
      label="Copy settings from"
      description="Fills in the settings of another destination of this kind, without its keys. Nothing is saved yet."
      placeholder="Choose a destination"
      data={others.map(({ id, name }) => ({ value: id, label: name }))}
      value={null}
      onChange={(id) => {
        const other = others.find((each) => each.id === id)
        if (other !== undefined) onCopy(other.settings)
      }}
    />
  )
}

function Deletion({ destination }: { destination: Destination }) {
  const { id, name, subscriptions } = destination
  const { deliveries } = useDestinationState(destination)
  const pending = deliveries?.['pending']
  const client = useQueryClient()
  const navigate = useNavigate()
  return (
    <Paper withBorder p="lg">
      <Stack gap="xs" align="flex-start">
        <Title order={2}>Delete</Title>
        <Text size="sm">A destination that is switched off keeps its settings. Deleting it is for good.</Text>
        <ConfirmedActButton
          label="Delete the destination"
          confirm={`Delete ${name}`}
          right="api:write"
          typed={name}
          act={() => deleteDestination(id)}
          done={`${name} is deleted.`}
          onDone={async () => {
            await navigate({ to: '/destinations', ignoreBlocker: true })
            client.removeQueries({ queryKey: ['destinations', id] })
            await forgetDestinations(client)
          }}
          consequence={`${name} is deleted with its ${counted(subscriptions.length, 'mapping')} and all its filters. ${waitingWords(pending)} This cannot be taken back.`}
        />
      </Stack>
    </Paper>
  )
}
