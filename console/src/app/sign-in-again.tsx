import { Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type Session, sessionQuery, signIn } from '../shared/session.ts'
import { useFocusBack } from '../shared/ui/focus-back.ts'
import { ProblemPanel } from '../shared/ui/problem-panel.tsx'

/** Stands over the page when the session has ended in the middle of work, so that what was typed is still there after it. */
export function SignInAgain({ session, onLeave }: { session: Session; onLeave: () => void }) {
  useFocusBack()
  const { email } = session.user
  const [password, setPassword] = useState('')
  const queryClient = useQueryClient()
  const enter = useMutation({
    mutationFn: signIn,
    onSuccess: ({ data }) => {
      queryClient.setQueryData(sessionQuery.queryKey, data)
      void queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] })
    },
  })
  return (
    <Modal
      opened
      onClose={() => {}}
      title="Your session has ended"
      centered
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          enter.mutate({ email, password })
        }}
      >
        <Stack>
          <Text size="sm">Sign in again as {email}. What you have typed is still here.</Text>
          {enter.isError && <ProblemPanel problem={enter.error} />}
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            required
            data-autofocus
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onLeave}>
              I am somebody else
            </Button>
            <Button type="submit" loading={enter.isPending}>
              Sign in
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
