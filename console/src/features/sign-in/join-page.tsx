import { Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { PASSWORD_CHARS_MIN } from '../../shared/password.ts'
import { Problem } from '../../shared/problem.ts'
import { begin, join } from '../../shared/session.ts'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { type PassedOn, usePassedOn } from './address.ts'
import { Frame } from './frame.tsx'

/** Makes the account that an invitation is for. */
export function JoinPage() {
  const invited = usePassedOn()
  const [given, setGiven] = useState({ ...invited, name: '', password: '' })
  const set = (part: Partial<typeof given>) => setGiven((before) => ({ ...before, ...part }))
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const enter = useMutation({
    mutationFn: join,
    onSuccess: async ({ data }) => {
      begin(queryClient, data)
      await navigate({ to: '/' })
    },
  })
  const problemWith = (field: string) => (enter.error instanceof Problem ? enter.error.fields.get(field) : undefined)
  return (
    <Frame title="Make your account" hint={hintFor(invited)}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          enter.mutate(given)
        }}
      >
        <Stack>
          {enter.isError && <ProblemPanel problem={enter.error} />}
          {invited.token === '' && (
            <TextInput
              label="Invitation"
              description="It begins with gvi_."
              required
              value={given.token}
              onChange={(event) => set({ token: event.currentTarget.value.trim() })}
            />
          )}
          <TextInput
            label="Name"
            autoComplete="name"
            required
            error={problemWith('name')}
            value={given.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <TextInput
            label="E-mail address"
            type="email"
            autoComplete="username"
            required
            error={problemWith('email')}
            value={given.email}
            onChange={(event) => set({ email: event.currentTarget.value })}
          />
          <PasswordInput
            label="Password"
            description={`${PASSWORD_CHARS_MIN} characters or more`}
            autoComplete="new-password"
            required
            minLength={PASSWORD_CHARS_MIN}
            error={problemWith('password')}
            value={given.password}
            onChange={(event) => set({ password: event.currentTarget.value })}
          />
          <Button type="submit" loading={enter.isPending}>
            Make the account
          </Button>
        </Stack>
      </form>
    </Frame>
  )
}

function hintFor({ email }: PassedOn): string {
  const kept = 'Its password is kept by nobody but you.'
  return email === '' ? `${kept} The first account owns this server.` : `You are invited as ${email}. ${kept}`
}
