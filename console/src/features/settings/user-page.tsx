import { Alert, Anchor, Button, Group, Modal, Paper, Stack, Text, Title } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { User } from '../../../../src/api/answers/accounts.ts'
import { useSession } from '../../shared/session.ts'
import { ActButton, ConfirmedActButton } from '../../shared/ui/act.tsx'
import { Answered } from '../../shared/ui/answered.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { createReset, groupsOfUserQuery, removeUser, setPermissions, userQuery } from './api/people.ts'
import { GrantForm } from './grant-form.tsx'
import { LinkOnce } from './link-once.tsx'
import { grantOf, permissionsOf } from './rights.ts'

export function UserPage() {
  const { userId } = useParams({ from: '/signed-in/settings/users/$userId' })
  const query = useQuery(userQuery(userId))
  return (
    <Page
      title={query.data?.name ?? 'User'}
      purpose={query.data?.email}
      help="accounts#roles"
      actions={
        <Anchor component={Link} to="/settings/users" size="sm">
          All users
        </Anchor>
      }
    >
      <Answered query={query} label="Loading the user">
        {(user) => (
          <>
            <Permission key={JSON.stringify(user.permissions)} user={user} />
            <InGroups id={user.id} />
            <Reset user={user} />
            <Remove user={user} />
          </>
        )}
      </Answered>
    </Page>
  )
}

function Permission({ user }: { user: User }) {
  const before = grantOf(user.permissions)
  const [grant, setGrant] = useState(before)
  const queryClient = useQueryClient()
  const isSame = grant.role === before.role && grant.pii === before.pii
  return (
    <Paper withBorder p="md" maw={560}>
      <Stack gap="sm">
        <Title order={2}>What {user.name} may do</Title>
        <GrantForm value={grant} onChange={setGrant} />
        <Text size="sm">When it changes, the sessions of {user.name} end; they sign in again.</Text>
        <Group>
          <ActButton
            label="Save"
            right="users:write"
            disabled={isSame}
            act={() => setPermissions(user.id, permissionsOf(grant))}
            done={`${user.name} may do this now.`}
            onDone={() => void queryClient.invalidateQueries({ queryKey: ['people'] })}
          />
        </Group>
      </Stack>
    </Paper>
  )
}

function InGroups({ id }: { id: string }) {
  const query = useQuery(groupsOfUserQuery(id))
  return (
    <Answered query={query} label="Loading groups" rows={1}>
      {(groups) => (
        <Text size="sm">
          {groups.length === 0 ? 'In no group.' : 'Also has what these groups give: '}
          {groups.map((group, place) => (
            <span key={group.id}>
              {place > 0 && ', '}
              <Anchor component={Link} to={`/settings/groups/${encodeURIComponent(group.id)}`} size="sm">
                {group.name}
              </Anchor>
            </span>
          ))}
        </Text>
      )}
    </Answered>
  )
}

function Reset({ user }: { user: User }) {
  const isMe = useSession()?.user.id === user.id
  const [made, setMade] = useState<Awaited<ReturnType<typeof createReset>>>()
  return (
    <Paper withBorder p="md" maw={560}>
      <Stack gap="sm">
        <Title order={2}>A forgotten password</Title>
        <Text size="sm">
          {isMe
            ? 'Change your own password under Your account.'
            : `Make a link with which ${user.name} sets a new password. Until it is used the old one works.`}
        </Text>
        <Group>
          <ActButton
            label="Make a link"
            variant="light"
            right="users:write"
            disabled={isMe}
            act={() => createReset(user.id)}
            onDone={setMade}
          />
        </Group>
      </Stack>
      <Modal
        opened={made !== undefined}
        onClose={() => setMade(undefined)}
        title={`A new password for ${user.name}`}
        centered
        closeOnClickOutside={false}
      >
        <Stack>
          {made !== undefined && <LinkOnce page="reset" {...made} />}
          <Group justify="flex-end">
            <Button onClick={() => setMade(undefined)}>I have copied it</Button>
          </Group>
        </Stack>
      </Modal>
    </Paper>
  )
}

function Remove({ user }: { user: User }) {
  const isMe = useSession()?.user.id === user.id
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  return (
    <Alert color="red" variant="outline" title="Remove the account">
      <Stack gap="sm">
        <Text size="sm">
          {isMe
            ? 'This is you: another person has to remove your account.'
            : 'Sessions and tokens go with the account. What was done with it stays in the audit log.'}
        </Text>
        <Group>
          <ConfirmedActButton
            label={`Remove ${user.name}`}
            right="users:write"
            disabled={isMe}
            confirm="Remove the account"
            consequence={`${user.name} (${user.email}) is signed out everywhere and cannot sign in again. All tokens they made are revoked: programs that use them are refused from now on.`}
            act={() => removeUser(user.id)}
            done={`${user.name} is removed.`}
            onDone={async () => {
              // First away from here: what is gone would be asked for once more.
              await navigate({ to: '/settings/users' })
              await queryClient.invalidateQueries({ queryKey: ['people'] })
            }}
          />
        </Group>
      </Stack>
    </Alert>
  )
}
