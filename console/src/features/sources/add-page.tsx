import { Button, Group, Paper, Radio, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useReducer, useState } from 'react'
import { fieldErrors } from '../../shared/problem.ts'
import { PermittedButton } from '../../shared/ui/act.tsx'
import { Answered } from '../../shared/ui/answered.tsx'
import { ForThose } from '../../shared/ui/for-those.tsx'
import { FormProblem } from '../../shared/ui/form-problem.tsx'
import { LeaveGuard } from '../../shared/ui/leave-guard.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { EMPTY_DRAFT, problemsOf, reduce } from './add-draft.ts'
import { addSource, forgetSources, kindsQuery, type SourceMetadata } from './api/sources.ts'

export const AddPage = () => (
  <Page title="Add Source" purpose="Choose what sends the events, and give it a name." help="console#sources">
    <ForThose right="api:write" what="Adding sources is">
      <Form />
    </ForThose>
  </Page>
)

function Form() {
  const kinds = useQuery(kindsQuery)
  const [draft, dispatch] = useReducer(reduce, EMPTY_DRAFT)
  const [isTried, setTried] = useState(false)
  const client = useQueryClient()
  const navigate = useNavigate()
  const add = useMutation({
    mutationFn: addSource,
    onSuccess: async ({ id }) => {
      await forgetSources(client)
      await navigate({ to: '/sources/$id', params: { id }, ignoreBlocker: true })
    },
  })
  const missing = problemsOf(draft)
  const said = fieldErrors(add.error)
  const problemWith = (field: string) => (isTried ? missing.get(field) : undefined) ?? said.get(field)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        setTried(true)
        if (missing.size === 0) {
          add.mutate({ metadataId: draft.kind, name: draft.name.trim(), slug: draft.slug })
        }
      }}
      noValidate
    >
      <Stack>
        <LeaveGuard isDirty={draft !== EMPTY_DRAFT} />
        <FormProblem problem={add.error} shown={['metadataId', 'name', 'slug']} />
        <Answered query={kinds} label="Loading the catalog of sources" rows={10}>
          {(entries) => (
            <KindChoice
              kinds={entries}
              chosen={draft.kind}
              error={problemWith('metadataId')}
              onChoose={({ slug, name }) => dispatch({ type: 'kind', kind: slug, name })}
            />
          )}
        </Answered>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput
            label="Name"
            description="As people will read it."
            required
            value={draft.name}
            error={problemWith('name')}
            onChange={(event) => dispatch({ type: 'name', name: event.currentTarget.value })}
          />
          <TextInput
            label="Slug"
            description="A short word for programs. No two sources have the same one."
            required
            value={draft.slug}
            error={problemWith('slug')}
            onChange={(event) => dispatch({ type: 'slug', slug: event.currentTarget.value })}
          />
        </SimpleGrid>
        <Group justify="flex-end">
          <Button component={Link} to="/sources" variant="default">
            Cancel
          </Button>
          <PermittedButton right="api:write" type="submit" loading={add.isPending}>
            Add Source
          </PermittedButton>
        </Group>
      </Stack>
    </form>
  )
}

interface Choice {
  readonly kinds: readonly SourceMetadata[]
  readonly chosen: string
  readonly error: string | undefined
  readonly onChoose: (kind: SourceMetadata) => void
}

/** The catalog, a group for each category. */
function KindChoice({ kinds, chosen, error, onChoose }: Choice) {
  const categories = [...new Set(kinds.flatMap(({ categories }) => categories))]
  const choose = (slug: string) => {
    const kind = kinds.find((each) => each.slug === slug)
    if (kind !== undefined) onChoose(kind)
  }
  return (
    <Radio.Group label="What sends the events" required value={chosen} onChange={choose} error={error}>
      <Stack gap="sm" mt="xs">
        {categories.map((category) => (
          <Paper key={category} withBorder p="sm">
            <Text size="sm" fw={600} mb="xs">
              {category}
            </Text>
            <SimpleGrid cols={{ base: 2, sm: 3, md: 4 }} spacing="xs">
              {kinds
                .filter(({ categories }) => categories.includes(category))
                .map(({ slug, name }) => (
                  <Radio key={slug} value={slug} label={name} />
                ))}
            </SimpleGrid>
          </Paper>
        ))}
      </Stack>
    </Radio.Group>
  )
}
