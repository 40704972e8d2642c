import { Anchor, Paper, Stack, Text, TextInput, Title } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { Group as UserGroup } from '../../../../src/api/answers/accounts.ts'
import { counted } from '../../shared/format.ts'
import { type Tagged, useSafeSave } from '../../shared/safe-save.ts'
import { ConfirmedActButton } from '../../shared/ui/act.tsx'
import { Answered } from '../../shared/ui/answered.tsx'
import { ClashPanel } from '../../shared/ui/clash-panel.tsx'
import { LeaveGuard } from '../../shared/ui/leave-guard.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { deleteGroup, groupQuery } from './api/groups.ts'
import { GrantForm } from './grant-form.tsx'
import { draftOf, type GroupDraft, isChanged, keptDraft, shown } from './group-draft.ts'
import { GroupMembers } from './group-members.tsx'
import { SaveButton } from './save-button.tsx'
import { saveGroup } from './save-group.ts'

export function GroupPage() {
  const { groupId } = useParams({ from: '/signed-in/settings/groups/$groupId' })
  const query = useQuery(groupQuery(groupId))
  return (
    <Page
      title={query.data?.value.name ?? 'Group'}
      purpose="Who comes into the group, or goes from it, signs in anew."
      help="accounts#groups"
      actions={
        <Anchor component={Link} to="/settings/groups" size="sm">
          All groups
        </Anchor>
      }
    >
      <Answered query={query} label="Loading the group">
        {(loaded) => (
          <>
            <Gives key={loaded.value.id} loaded={loaded} />
            <GroupMembers id={loaded.value.id} />
            <Delete group={loaded.value} />
          </>
        )}
      </Answered>
    </Page>
  )
}

function Gives({ loaded }: { loaded: Tagged<UserGroup> }) {
  const { id } = loaded.value
  const [draft, setDraft] = useState(() => draftOf(loaded.value))
  const queryClient = useQueryClient()
  const read = () => queryClient.fetchQuery({ ...groupQuery(id), staleTime: 0 })
  const { save, problem, clash, isDirty } = useSafeSave({
    loaded,
    read,
    isDirty: (seen: UserGroup) => isChanged(draftOf(seen), draft),
    shown: (saved) => shown(draftOf(saved)),
    mine: shown(draft),
    save: (seen) => saveGroup({ id, draft, seen, read }),
    onTake: (saved) => setDraft(draftOf(saved)),
    onKeep: (theirs, opened) => setDraft(keptDraft(draftOf(opened), draftOf(theirs), draft)),
    onSaved: async () => {
      notifications.show({ message: 'The group is saved.' })
      await queryClient.invalidateQueries({ queryKey: ['people'] })
    },
  })
  const set = (part: Partial<GroupDraft>) => setDraft((before) => ({ ...before, ...part }))
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
          <Title order={2}>What the group gives</Title>
          {problem !== undefined && <ProblemPanel problem={problem} />}
          {clash !== undefined && <ClashPanel clash={clash} resourceId={id} />}
          <TextInput
            label="Name"
            maxLength={255}
            value={draft.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <GrantForm value={draft.grant} onChange={(grant) => set({ grant })} mayBeNone />
          <SaveButton save={save} disabled={!isDirty || draft.name.trim() === '' || clash !== undefined} />
        </Stack>
      </form>
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
