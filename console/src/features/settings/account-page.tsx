import { Badge, Button, Group, List, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { PASSWORD_CHARS_MIN } from '../../shared/password.ts'
import { Problem } from '../../shared/problem.ts'
import { sessionQuery, useSession } from '../../shared/session.ts'
import { Page } from '../../shared/ui/page.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { changePassword } from './api/password.ts'
import { RIGHT_WORDS } from './rights.ts'

export function AccountPage() {
  return (
    <Page title="Your account" purpose="Who you are here, what you may do, and your password." help="accounts#roles">
      <Me />
      <Password />
    </Page>
  )
}

function Me() {
  const session = useSession()
  if (session === null) return null
  const { user, rights } = session
  const held: readonly string[] = rights
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Group gap="xs">
          <Title order={2}>{user.name}</Title>
          {user.role !== null && <Badge>{user.role}</Badge>}
          {user.pii && <Badge color="teal">pii</Badge>}
        </Group>
        <Text size="sm">{user.email}</Text>
        <Text size="sm">You may, by yourself or by a group:</Text>
        <List size="sm">
          {RIGHT_WORDS.filter(([right]) => held.includes(right)).map(([right, words]) => (
            <List.Item key={right}>{words}</List.Item>
          ))}
        </List>
        <Text size="sm">
          {held.includes('users:write')
            ? 'Another person who manages people can change this.'
            : 'Whoever manages people here can give you more.'}
        </Text>
      </Stack>
    </Paper>
  )
}

const NOTHING = { current: '', password: '' }

function Password() {
  const queryClient = useQueryClient()
  const [given, setGiven] = useState(NOTHING)
  const change = useMutation({
    mutationFn: changePassword,
    onSuccess: (session) => {
      queryClient.setQueryData(sessionQuery.queryKey, session)
      setGiven(NOTHING)
      notifications.show({ message: 'Your password is changed. All your other sessions have ended.' })
    },
  })
  return (
    <Paper withBorder p="md" maw={480}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          change.mutate(given)
        }}
      >
        <Stack gap="sm">
          <Title order={2}>Password</Title>
          <Text size="sm">With a new one all your other sessions end. Your tokens stay.</Text>
          {change.isError && <ProblemPanel problem={change.error} />}
          <PasswordInput
            label="The password you have"
            autoComplete="current-password"
            required
            value={given.current}
            onChange={(event) => setGiven({ ...given, current: event.currentTarget.value })}
          />
          <PasswordInput
            label="New password"
            description={`${PASSWORD_CHARS_MIN} characters or more`}
            autoComplete="new-password"
            required
            minLength={PASSWORD_CHARS_MIN}
            error={change.error instanceof Problem ? change.error.fields.get('password') : undefined}
            value={given.password}
            onChange={(event) => setGiven({ ...given, password: event.currentTarget.value })}
          />
          <Group>
            <Button type="submit" loading={change.isPending}>
              Change the password
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  )
}
