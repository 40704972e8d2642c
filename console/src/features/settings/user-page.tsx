import { Alert, Anchor, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { User } from '../../../../src/api/answers/accounts.ts'
import { Problem } from '../../shared/problem.ts'
import { useSafeSave } from '../../shared/safe-save.ts'
import { useSession } from '../../shared/session.ts'
import { ActButton, ConfirmedActButton } from '../../shared/ui/act.tsx'
import { Answered } from '../../shared/ui/answered.tsx'
import { ClashPanel } from '../../shared/ui/clash-panel.tsx'
import { LeaveGuard } from '../../shared/ui/leave-guard.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { createReset, groupsOfUserQuery, removeUser, setPermissions, taggedGrant, userQuery } from './api/people.ts'
import { GrantForm } from './grant-form.tsx'
import { LinkOnce } from './link-once.tsx'
import { OnceDialog } from './once-dialog.tsx'
import { type Grant, grantOf, isSameGrant, keptGrant, permissionsOf, shownIn } from './rights.ts'
import { SaveButton } from './save-button.tsx'

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
            <Permission key={user.id} user={user} />
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
  const { id, name, permissions } = user
  const [grant, setGrant] = useState(() => grantOf(permissions))
  const queryClient = useQueryClient()
  const read = async () => taggedGrant((await queryClient.fetchQuery({ ...userQuery(id), staleTime: 0 })).permissions)
  const { save, problem, clash, isDirty } = useSafeSave({
    loaded: taggedGrant(permissions),
    read,
    isDirty: (seen: Grant) => !isSameGrant(seen, grant),
    shown: shownIn,
    mine: shownIn(grant),
    save: async (seen) => {
      if ((await read()).tag !== seen.tag) throw new Problem(STALE)
      return setPermissions(id, permissionsOf(grant))
    },
    onTake: setGrant,
    onKeep: (theirs, opened) => setGrant(keptGrant(opened, theirs, grant)),
    onSaved: async () => {
      notifications.show({ message: `${name} may do this now.` })
      await queryClient.invalidateQueries({ queryKey: ['people'] })
    },
  })
  return (
    <Paper withBorder p="md" maw={560}>
      <LeaveGuard isDirty={isDirty} />
      <form
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate()
        }}
      >
        <Stack gap="sm">
          <Title order={2}>What {name} may do</Title>
          {problem !== undefined && <ProblemPanel problem={problem} />}
          {clash !== undefined && <ClashPanel clash={clash} resourceId={id} />}
          <GrantForm value={grant} onChange={setGrant} />
          <Text size="sm">When it changes, the sessions of {name} end; they sign in again.</Text>
          <SaveButton save={save} disabled={!isDirty || clash !== undefined} />
        </Stack>
      </form>
    </Paper>
  )
}

const STALE = { status: 412, code: 'stale', message: 'What they may do was changed since you opened it.' }

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
      {made !== undefined && (
        <OnceDialog title={`A new password for ${user.name}`} onClose={() => setMade(undefined)}>
          <LinkOnce page="reset" {...made} />
        </OnceDialog>
      )}
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
