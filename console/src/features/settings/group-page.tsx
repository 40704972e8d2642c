import { Anchor, Group, Paper, Stack, Text, TextInput, Title } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { Group as UserGroup } from '../../../../src/api/answers/accounts.ts'
import { counted } from '../../shared/format.ts'
import { ActButton, ConfirmedActButton } from '../../shared/ui/act.tsx'
import { Answered } from '../../shared/ui/answered.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { deleteGroup, groupQuery, renameGroup, setGroupPermissions } from './api/groups.ts'
import { GrantForm } from './grant-form.tsx'
import { GroupMembers } from './group-members.tsx'
import { grantOf, permissionsOf } from './rights.ts'

export function GroupPage() {
  const { groupId } = useParams({ from: '/signed-in/settings/groups/$groupId' })
  const query = useQuery(groupQuery(groupId))
  return (
    <Page
      title={query.data?.name ?? 'Group'}
      purpose="Who comes into the group, or goes from it, signs in anew."
      help="accounts#groups"
      actions={
        <Anchor component={Link} to="/settings/groups" size="sm">
          All groups
        </Anchor>
      }
    >
      <Answered query={query} label="Loading the group">
        {(group) => (
          <>
            <Gives key={JSON.stringify([group.permissions, group.name])} group={group} />
            <GroupMembers id={group.id} />
            <Delete group={group} />
          </>
        )}
      </Answered>
    </Page>
  )
}

function Gives({ group }: { group: UserGroup }) {
  const before = grantOf(group.permissions)
  const [name, setName] = useState(group.name)
  const [grant, setGrant] = useState(before)
  const queryClient = useQueryClient()
  const isSame = grant.role === before.role && grant.pii === before.pii
  const save = async () => {
    if (name !== group.name) await renameGroup(group.id, name)
    if (!isSame) await setGroupPermissions(group.id, permissionsOf(grant))
  }
  return (
    <Paper withBorder p="md" maw={560}>
      <Stack gap="sm">
        <Title order={2}>What the group gives</Title>
        <TextInput label="Name" maxLength={255} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <GrantForm value={grant} onChange={setGrant} mayBeNone />
        <Group>
          <ActButton
            label="Save"
            right="users:write"
            disabled={(isSame && name === group.name) || name.trim() === ''}
            act={save}
            done="The group is saved."
            onDone={() => void queryClient.invalidateQueries({ queryKey: ['people'] })}
          />
        </Group>
      </Stack>
    </Paper>
  )
}

function Delete({ group }: { group: UserGroup }) {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  return (
    <Stack gap="xs" align="flex-start">
      <Text size="sm">A group that is deleted takes with it what it gave.</Text>
      <ConfirmedActButton
        label="Delete the group"
        right="users:write"
        confirm="Delete the group"
        consequence={`${counted(group.memberCount, 'person loses', 'people lose')} what ${group.name} gave. Their accounts stay; they sign in anew.`}
        act={() => deleteGroup(group.id)}
        done={`${group.name} is deleted.`}
        onDone={async () => {
          // First away from here: what is gone would be asked for once more.
          await navigate({ to: '/settings/groups' })
          await queryClient.invalidateQueries({ queryKey: ['people'] })
        }}
      />
    </Stack>
  )
}
