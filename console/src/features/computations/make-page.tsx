import { Group, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useReducer, useState } from 'react'
import type { Space } from '../../../../src/api/answers/spaces.ts'
import { Problem } from '../../shared/problem.ts'
import { PermittedButton } from '../../shared/ui/act.tsx'
import { Answered } from '../../shared/ui/answered.tsx'
import { Copyable } from '../../shared/ui/copy.tsx'
import { ForThose } from '../../shared/ui/for-those.tsx'
import { InSpace } from '../../shared/ui/in-space.tsx'
import { LeaveGuard } from '../../shared/ui/leave-guard.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import {
  type Computation,
  changeComputation,
  computationQuery,
  computationToChangeQuery,
  makeComputation,
} from './api/computations.ts'
import {
  type ComputationDraft,
  changeOf,
  creationOf,
  draftOf,
  keyOfDraft,
  newDraft,
  problemsOf,
  reduceDraft,
  typeOf,
} from './computation-draft.ts'
import { Choices } from './definition/choices.tsx'
import { DefinitionEditor } from './definition/definition-editor.tsx'
import type { Kind } from './kinds.ts'
import { OptionsForm } from './options-form.tsx'
import { PreviewPanel } from './preview.tsx'

const HELP = 'query-language'

export function NewPage({ kind }: { kind: Kind }) {
  return (
    <InSpace title={`New ${kind.noun}`} help={HELP}>
      {(space) => (
        <Page title={`New ${kind.noun}`} purpose={kind.purpose} help={HELP}>
          <ForThose right="api:write" what={`Making ${kind.noun}s is`}>
            <Editor kind={kind} space={space} start={newDraft(kind.kind)} />
          </ForThose>
        </Page>
      )}
    </InSpace>
  )
}

export function EditPage({ kind }: { kind: Kind }) {
  return (
    <InSpace title={`Change the ${kind.noun}`} help={HELP}>
      {(space) => <Existing kind={kind} space={space} />}
    </InSpace>
  )
}

function Existing({ kind, space }: { kind: Kind; space: Space }) {
  const { id = '' } = useParams({ strict: false })
  const query = useQuery(computationToChangeQuery(space.id, kind, id))
  return (
    <Page
      title={`Change ${query.data?.computation.name ?? `the ${kind.noun}`}`}
      purpose="A changed definition is worked out anew for everybody; destinations are told of those for whom it is another."
      help={HELP}
    >
      <Answered query={query} label={`Loading the ${kind.noun}`} rows={10}>
        {({ computation, tag }) => (
          <ForThose right="api:write" what={`Changing ${kind.noun}s is`}>
            <Editor
              kind={kind}
              space={space}
              start={draftOf(kind.kind, computation)}
              existing={computation}
              tag={tag}
            />
          </ForThose>
        )}
      </Answered>
    </Page>
  )
}

function Editor(props: { kind: Kind; space: Space; start: ComputationDraft; existing?: Computation; tag?: string }) {
  const { kind, space, existing } = props
  // What is asked for anew meanwhile is not what somebody works on.
  const [{ start, tag }] = useState(props)
  const [draft, dispatch] = useReducer(reduceDraft, start)
  const [isTried, setTried] = useState(false)
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const problems = problemsOf(draft)
  const save = useMutation({
    mutationFn: () =>
      existing === undefined
        ? makeComputation(space.id, kind, creationOf(draft))
        : changeComputation({ space: space.id, kind, id: existing.id }, changeOf(draft, start), tag),
    onSuccess: async (saved) => {
      queryClient.setQueryData(computationQuery(space.id, kind, saved.id).queryKey, saved)
      await queryClient.invalidateQueries({ queryKey: ['spaces', space.id, kind.collection] })
      await navigate({ to: kind.one, params: { id: saved.id }, search: { space: space.id }, ignoreBlocker: true })
    },
  })
  const refused = save.error instanceof Problem ? save.error.fields : new Map<string, string>()
  const definitionProblem = problems.get('definition')
  return (
    <Choices space={space} level={draft.definition.level} ownKey={existing?.key}>
      <LeaveGuard isDirty={draft !== start && !save.isSuccess} />
      <form
        onSubmit={(event) => {
          event.preventDefault()
          setTried(true)
          if (problems.size === 0) save.mutate()
        }}
      >
        <Stack gap="lg">
          <Stack gap="xs">
            <TextInput
              label="Name"
              maw={480}
              required
              maxLength={255}
              error={refused.get('name') ?? (isTried ? problems.get('name') : undefined)}
              value={draft.name}
              onChange={(event) => dispatch({ do: 'set', fields: { name: event.currentTarget.value } })}
            />
            <Key
              value={existing?.key ?? keyOfDraft(draft)}
              isNew={existing === undefined}
              problem={refused.get('key')}
            />
            <TextInput
              label="Description"
              maw={480}
              error={refused.get('description')}
              value={draft.description}
              onChange={(event) => dispatch({ do: 'set', fields: { description: event.currentTarget.value } })}
            />
          </Stack>
          <DefinitionEditor draft={draft.definition} dispatch={(action) => dispatch({ do: 'define', action })} />
          <PreviewPanel
            kind={kind}
            space={space}
            query={draft.definition.text}
            type={typeOf(draft)}
            canPreview={definitionProblem === undefined}
          />
          {existing === undefined && (
            <OptionsForm
              kind={kind}
              space={space}
              draft={draft}
              refused={refused}
              problems={problems}
              dispatch={dispatch}
            />
          )}
          {save.isError && <ProblemPanel problem={save.error} />}
          <Group>
            <PermittedButton right="api:write" type="submit" loading={save.isPending}>
              {existing === undefined ? `Create the ${kind.noun}` : 'Save'}
            </PermittedButton>
            {isTried && definitionProblem !== undefined && (
              <Text size="sm" c="var(--mantine-color-error)" role="alert">
                {definitionProblem}
              </Text>
            )}
          </Group>
        </Stack>
      </form>
    </Choices>
  )
}

function Key({ value, isNew, problem }: { value: string; isNew: boolean; problem: string | undefined }) {
  return (
    <Stack gap={2}>
      <Group gap="xs">
        <Text size="sm">Key</Text>
        {value === '' ? <Text size="sm">is made of the name</Text> : <Copyable value={value} what="key" />}
        <Text size="xs">Destinations know it by the key. {isNew ? 'It never changes.' : 'It stays as it is.'}</Text>
      </Group>
      {problem !== undefined && (
        <Text size="sm" c="var(--mantine-color-error)">
          {problem}
        </Text>
      )}
    </Stack>
  )
}
