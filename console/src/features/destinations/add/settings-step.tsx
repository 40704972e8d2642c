import { Group, Paper, Stack, Text, TextInput, Title } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useReducer, useState } from 'react'
import { destinationsQuery } from '../../../shared/destinations.ts'
import { fieldErrors } from '../../../shared/problem.ts'
import { PermittedButton } from '../../../shared/ui/act.tsx'
import { Answered } from '../../../shared/ui/answered.tsx'
import { FormProblem } from '../../../shared/ui/form-problem.tsx'
import { LeaveGuard } from '../../../shared/ui/leave-guard.tsx'
import { catalogEntryQuery, type DestinationMetadata } from '../api/catalog.ts'
import { createDestination, forgetDestinations, testNewSettings } from '../api/destinations.ts'
import { CheckResult, TestConnection } from '../settings-check.tsx'
import { changesOf, draftOf, isChanged, problemsOf, reduce } from '../settings-draft.ts'
import { SettingsForm } from '../settings-form.tsx'
import { freeName, namesOf } from './free-name.ts'

interface Step {
  readonly kind: string
  readonly sourceId: string
  /** It is saved, and what was entered is here no more to be lost, or to be saved once more. */
  readonly onSaved: (id: string) => void
}

export function SettingsStep({ kind, ...step }: Step) {
  const query = useQuery(catalogEntryQuery(kind))
  return (
    <Answered query={query} label="Loading settings" rows={8}>
      {(entry) => <Form entry={entry} {...step} />}
    </Answered>
  )
}

function Form({ entry, sourceId, onSaved }: Omit<Step, 'kind'> & { entry: DestinationMetadata }) {
  const [draft, dispatch] = useReducer(reduce, entry.options, (options) => draftOf(options))
  const { data: destinations = [] } = useQuery(destinationsQuery)
  const [typedName, setName] = useState<string>()
  const name = typedName ?? freeName(entry.name, namesOf(destinations, sourceId))
  const [isAsked, setAsked] = useState(false)
  const client = useQueryClient()
  const settings = changesOf(draft)
  const test = useMutation({ mutationFn: () => testNewSettings({ metadataId: entry.slug, settings }) })
  const save = useMutation({
    mutationFn: () => createDestination({ sourceId, metadataId: entry.slug, name, settings }),
    onSuccess: async ({ id }) => {
      await forgetDestinations(client)
      onSaved(id)
    },
  })
  const missing = problemsOf(draft)
  const said = fieldErrors(save.error, 'settings')
  const errors = new Map([...(isAsked ? missing : []), ...said])
  return (
    <Paper withBorder p="lg" maw={720}>
      <LeaveGuard isDirty={isChanged(draft) || typedName !== undefined} />
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          setAsked(true)
          if (missing.size === 0 && name.trim() !== '') save.mutate()
        }}
      >
        <Stack>
          <Title order={2}>Settings of {entry.name}</Title>
          <TextInput
            label="Name"
            description="For people, for example which program it is of."
            required
            value={name}
            error={isAsked && name.trim() === '' ? 'Enter a name.' : said.get('name')}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <SettingsForm draft={draft} dispatch={dispatch} errors={errors} kind={entry.slug} />
          <CheckResult test={test} />
          <FormProblem
            problem={save.error}
            parent="settings"
            shown={['name', ...draft.options.map((option) => option.name)]}
          />
          <Group>
            <TestConnection test={test} />
            <PermittedButton right="api:write" type="submit" loading={save.isPending}>
              Save destination
            </PermittedButton>
          </Group>
          <Text size="xs">Saving sends nothing yet: the destination is switched on in the next step.</Text>
        </Stack>
      </form>
    </Paper>
  )
}
