import { Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { PASSWORD_CHARS_MIN } from '../../shared/password.ts'
import { Problem } from '../../shared/problem.ts'
import { resetPassword } from '../../shared/session.ts'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { usePassedOn } from './address.ts'
import { Frame } from './frame.tsx'

/** Sets a new password with the secret that somebody who manages people has passed on. */
export function ResetPage() {
  const { token: passedOn } = usePassedOn()
  const [token, setToken] = useState(passedOn)
  const [password, setPassword] = useState('')
  const navigate = useNavigate()
  const reset = useMutation({
    mutationFn: resetPassword,
    onSuccess: () => navigate({ to: '/sign-in', search: { reset: true } }),
  })
  return (
    <Frame title="Set a new password" hint="All your sessions end with it. The link works once, for 24 hours.">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          reset.mutate({ token, password })
        }}
      >
        <Stack>
          {reset.isError && <ProblemPanel problem={reset.error} />}
          {passedOn === '' && (
            <TextInput
              label="Secret"
              description="It begins with gvr_."
              required
              value={token}
              onChange={(event) => setToken(event.currentTarget.value.trim())}
            />
          )}
          <PasswordInput
            label="New password"
            description={`${PASSWORD_CHARS_MIN} characters or more`}
            autoComplete="new-password"
            required
            minLength={PASSWORD_CHARS_MIN}
            error={reset.error instanceof Problem ? reset.error.fields.get('password') : undefined}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" loading={reset.isPending}>
            Set the password
          </Button>
        </Stack>
      </form>
    </Frame>
  )
}
