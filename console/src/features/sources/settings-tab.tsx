import { Button, Group, Paper, Stack, Switch, TagsInput, Text, TextInput, Title } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useReducer } from 'react'
import { counted } from '../../shared/format.ts'
import { fieldErrors } from '../../shared/problem.ts'
import { type Tagged, useSafeSave } from '../../shared/safe-save.ts'
import { useMay } from '../../shared/session.ts'
import { ConfirmedActButton, PermittedButton } from '../../shared/ui/act.tsx'
import { ClashPanel } from '../../shared/ui/clash-panel.tsx'
import { LookOnly } from '../../shared/ui/for-those.tsx'
import { FormProblem } from '../../shared/ui/form-problem.tsx'
import { LeaveGuard } from '../../shared/ui/leave-guard.tsx'
import { labelsQuery } from './api/labels.ts'
import { deleteSource, forgetSources, type Source, sourceDestinationsQuery, taggedSourceQuery } from './api/sources.ts'
import { saveSettings } from './save-settings.ts'
import { draftOf, isChanged, problemsOf, reduce, shownIn, textOf } from './settings-draft.ts'
import { useTaggedSource } from './use-source.ts'
import { WriteKeys } from './write-keys.tsx'

export function SettingsTab() {
  const loaded = useTaggedSource()
  const source = loaded.value
  return (
    <Stack>
      <LookOnly right="api:write" />
      <General loaded={loaded} key={source.id} />
      <WriteKeys source={source} />
      <Deletion source={source} />
    </Stack>
  )
}

function General({ loaded }: { loaded: Tagged<Source> }) {
  const source = loaded.value
  const [draft, dispatch] = useReducer(reduce, source, draftOf)
  const may = useMay('api:write')
  const { data: labels = [] } = useQuery(labelsQuery)
  const client = useQueryClient()
  const read = () => client.fetchQuery({ ...taggedSourceQuery(source.id), staleTime: 0 })
  const { save, problem, clash } = useSafeSave({
    loaded,
    read,
    isDirty: () => isChanged(draft),
    shown: (saved: Source) => shownIn(draftOf(saved)),
    mine: shownIn(draft),
    save: (seen) => saveSettings({ draft, known: labels.map(textOf), seen, read }),
    onTake: (saved) => dispatch({ type: 'loaded', source: saved }),
    onKeep: (theirs) => dispatch({ type: 'kept', source: theirs }),
    onSaved: async () => {
      await forgetSources(client)
      await client.invalidateQueries({ queryKey: labelsQuery.queryKey })
    },
  })
  const problems = problemsOf(draft)
  const said = fieldErrors(problem)
  const changed = isChanged(draft)
  return (
    <Paper withBorder p="md">
      <LeaveGuard isDirty={changed} />
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (problems.size === 0 && changed) save.mutate()
        }}
        noValidate
      >
        <Stack>
          <Title order={2}>General</Title>
          <FormProblem problem={problem} shown={['name', 'labels', 'key', 'value']} />
          {clash !== undefined && <ClashPanel clash={clash} resourceId={source.id} />}
          <TextInput
            label="Name"
            maw={480}
            required
            disabled={!may}
            value={draft.name}
            error={problems.get('name') ?? said.get('name')}
            onChange={(event) => dispatch({ type: 'name', name: event.currentTarget.value })}
          />
          <Switch
            label="Takes events"
            description="Off: whoever sends is answered as usual, and the events are counted and not kept."
            disabled={!may}
            checked={draft.enabled}
            onChange={(event) => dispatch({ type: 'enabled', enabled: event.currentTarget.checked })}
          />
          <TagsInput
            label="Labels"
            description="Words for people, as key:value. A new one is made for the whole workspace."
            maw={480}
            disabled={!may}
            data={labels.map(textOf)}
            value={[...draft.labels]}
            // Of a new label the server names the part that is wrong.
            error={problems.get('labels') ?? said.get('labels') ?? said.get('key') ?? said.get('value')}
            onChange={(texts) => dispatch({ type: 'labels', labels: texts })}
          />
          <Group>
            <PermittedButton
              right="api:write"
              type="submit"
              loading={save.isPending}
              disabled={!changed || problems.size > 0 || clash !== undefined}
            >
              Save
            </PermittedButton>
            {changed && (
              <Button variant="default" onClick={() => dispatch({ type: 'loaded', source })}>
                Discard changes
              </Button>
            )}
          </Group>
        </Stack>
      </form>
    </Paper>
  )
}

function Deletion({ source }: { source: Source }) {
  const { data: destinations } = useQuery(sourceDestinationsQuery(source.id))
  const client = useQueryClient()
  const navigate = useNavigate()
  const connected = destinations?.length ?? 0
  return (
    <Paper withBorder p="md">
      <Stack align="flex-start">
        <Title order={2}>Delete</Title>
        <Text size="sm">
          {connected > 0
            ? `${counted(connected, 'destination')} of this source must be deleted first.`
            : 'Its write keys stop working at once. What came from it stays in profiles, in the log and in the counts.'}
        </Text>
        <ConfirmedActButton
          label="Delete this source"
          confirm="Delete the source"
          right="api:write"
          disabled={destinations === undefined || connected > 0}
          act={() => deleteSource(source.id)}
          done={`${source.name} is deleted.`}
          onDone={async () => {
            // First away from here: what is gone would be asked for once more, and its changes are of no use.
            await navigate({ to: '/sources', ignoreBlocker: true })
            client.removeQueries({ queryKey: taggedSourceQuery(source.id).queryKey })
            await forgetSources(client)
          }}
          consequence={`${counted(source.writeKeys.length, 'write key')} will stop working at once: whoever still sends is answered 401, and SDKs throw those events away. This cannot be taken back; a new source has another key.`}
        />
      </Stack>
    </Paper>
  )
}
