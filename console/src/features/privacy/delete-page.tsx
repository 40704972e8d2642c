import { Alert, Button, Group, Paper, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useReducer } from 'react'
import { forgetUnseen } from '../../shared/forget.ts'
import { count, counted } from '../../shared/format.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { ForThose } from '../../shared/ui/for-those.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { deletePeople, previewQuery } from './api.ts'
import { Consequences } from './consequences.tsx'
import { CONFIRMATION, EMPTY, isConfirmed, PEOPLE_MAX, problemOf, reduce, spacedOf, userIdsOf } from './delete-draft.ts'

export function DeletePage() {
  return (
    <Page
      title="Delete a user"
      purpose="For somebody who asked to be forgotten: here, and at every destination that can delete."
      help="console#delete-a-user"
    >
      <ForThose right="regulations:write" what="Deleting people is">
        <Form />
      </ForThose>
    </Page>
  )
}

function Form() {
  const [draft, dispatch] = useReducer(reduce, EMPTY)
  const problem = problemOf(draft)
  const written = userIdsOf(draft.text).length
  const [spaced, ...others] = spacedOf(draft.text)
  return (
    <Stack maw={720}>
      <form
        aria-label="Whom to delete"
        onSubmit={(event) => {
          event.preventDefault()
          dispatch({ type: 'seen' })
        }}
      >
        <Stack gap="xs">
          <Textarea
            label="User ids"
            description={`One in a line, up to ${count(PEOPLE_MAX)} at once.`}
            autosize
            minRows={4}
            maxRows={14}
            error={draft.text.trim() === '' ? null : problem}
            value={draft.text}
            onChange={(event) => dispatch({ type: 'text', text: event.currentTarget.value })}
          />
          {spaced !== undefined && (
            <Text size="sm" role="status" style={{ whiteSpace: 'pre-wrap' }}>
              “{spaced}”{others.length > 0 && ` and ${counted(others.length, 'other')}`} will be looked for with the
              space at its beginning or end. Remove it if it is a slip.
            </Text>
          )}
          <Group gap="sm">
            <Button type="submit" variant={draft.seen === undefined ? 'filled' : 'default'} disabled={problem !== null}>
              See what will happen
            </Button>
            {written > 1 && <Text size="sm">{counted(written, 'user id')}</Text>}
          </Group>
        </Stack>
      </form>
      {draft.seen !== undefined && (
        <Confirm
          userIds={draft.seen}
          typed={draft.confirmation}
          onType={(text) => dispatch({ type: 'confirmation', text })}
        />
      )}
    </Stack>
  )
}

function Confirm(props: { userIds: readonly string[]; typed: string; onType: (text: string) => void }) {
  const { userIds, typed, onType } = props
  const query = useQuery(previewQuery(userIds))
  const navigate = useNavigate()
  const client = useQueryClient()
  const run = useMutation({
    mutationFn: () => deletePeople(userIds),
    onSuccess: async (id) => {
      await navigate({ to: '/privacy/$id', params: { id } })
      forgetUnseen(client)
    },
  })
  return (
    <Paper withBorder p="md">
      <Answered query={query} label="Looking what will happen" rows={5}>
        {(preview) => (
          <Stack>
            <Alert
              color="red"
              variant="light"
              title={`What will happen to ${counted(userIds.length, 'person', 'people')}`}
            >
              <Consequences preview={preview} hasUserId />
            </Alert>
            <form
              aria-label="Confirm the deletion"
              onSubmit={(event) => {
                event.preventDefault()
                if (isConfirmed(typed)) run.mutate()
              }}
            >
              <Stack gap="sm">
                <TextInput
                  label={`Type ${CONFIRMATION} to confirm`}
                  autoComplete="off"
                  value={typed}
                  onChange={(event) => onType(event.currentTarget.value)}
                />
                {run.isError && <ProblemPanel problem={run.error} />}
                <Group>
                  <Button type="submit" color="red.9" disabled={!isConfirmed(typed)} loading={run.isPending}>
                    Delete {counted(userIds.length, 'person', 'people')}
                  </Button>
                </Group>
              </Stack>
            </form>
          </Stack>
        )}
      </Answered>
    </Paper>
  )
}
