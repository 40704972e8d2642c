import { Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { sessionQuery, signIn } from '../../shared/session.ts'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { Frame } from './frame.tsx'

export function SignInPage() {
  const { next = '/' } = useSearch({ from: '/sign-in' })
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const enter = useMutation({
    mutationFn: signIn,
    onSuccess: async ({ data }) => {
      queryClient.setQueryData(sessionQuery.queryKey, data)
      await navigate({ to: next })
    },
  })
  return (
    <Frame
      title="Sign in"
      hint="Nobody has an account yet? The server printed a link for the first one when it started."
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          enter.mutate({ email, password })
        }}
      >
        <Stack>
          {enter.isError && <ProblemPanel problem={enter.error} />}
          <TextInput
            label="E-mail address"
            type="email"
            autoComplete="username"
            required
            autoFocus
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" loading={enter.isPending}>
            Sign in
          </Button>
        </Stack>
      </form>
    </Frame>
  )
}
