import { Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { begin, signIn } from '../../shared/session.ts'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { Frame } from './frame.tsx'

export function SignInPage() {
  const { next = '/', reset: isNew = false } = useSearch({ from: '/sign-in' })
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const enter = useMutation({
    mutationFn: signIn,
    onSuccess: async ({ data }) => {
      begin(queryClient, data)
      await navigate({ to: next })
    },
  })
  return (
    <Frame
      title="Sign in"
      hint={
        isNew
          ? 'Your new password is set. Sign in with it.'
          : 'Nobody has an account yet? The server printed a link for the first one when it started. A forgotten password: ask whoever manages people here for a link.'
      }
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
