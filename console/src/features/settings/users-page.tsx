import { Anchor, Badge, Group, Stack, Table, TextInput, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { User } from '../../../../src/api/answers/accounts.ts'
import { ConfirmedActButton, PermittedButton } from '../../shared/ui/act.tsx'
import { Answered } from '../../shared/ui/answered.tsx'
import { Empty } from '../../shared/ui/empty.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { invitesQuery, takeBackInvite, usersQuery } from './api/people.ts'
import { InviteDialog } from './invite-dialog.tsx'

/** Beyond so many people a field to look for one is of use. */
const FEW = 8

export function UsersPage() {
  const users = useQuery(usersQuery)
  const invites = useQuery(invitesQuery)
  const [isOpen, { open, close }] = useDisclosure(false)
  return (
    <Page
      title="Users"
      purpose="Who has an account here, and what they may do."
      help="accounts#roles"
      actions={
        <PermittedButton aria-haspopup="dialog" right="users:write" onClick={open}>
          Invite somebody
        </PermittedButton>
      }
    >
      <Answered query={users} label="Loading users">
        {(all) => <Users users={all} />}
      </Answered>
      <Title order={2}>Invitations that wait</Title>
      <Answered query={invites} label="Loading invitations" rows={2}>
        {(emails) =>
          emails.length === 0 ? (
            <Empty title="Nobody is invited" hint="An invitation waits here for 7 days, until its link is followed." />
          ) : (
            <Invites emails={emails} />
          )
        }
      </Answered>
      {isOpen && <InviteDialog onClose={close} />}
    </Page>
  )
}

function Users({ users }: { users: readonly User[] }) {
  const [text, setText] = useState('')
  const wanted = text.trim().toLowerCase()
  const shown = users.filter(({ name, email }) => `${name} ${email}`.toLowerCase().includes(wanted))
  if (users.length === 0)
    return <Empty title="Nobody has an account" hint="Start the server again: it prints a link for the first one." />
  return (
    <Stack gap="sm">
      {users.length > FEW && (
        <TextInput
          label="Find somebody"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          maw={320}
        />
      )}
      <Table.ScrollContainer minWidth={480} tabIndex={0} aria-label="Users">
        <Table verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>E-mail address</Table.Th>
              <Table.Th>May</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map(({ id, name, email, permissions }) => (
              <Table.Tr key={id}>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>
                  <Anchor component={Link} to={`/settings/users/${encodeURIComponent(id)}`} size="sm">
                    {name}
                  </Anchor>
                </Table.Td>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{email}</Table.Td>
                <Table.Td>
                  <Group gap={4}>
                    {permissions.map(({ roleId }) => (
                      <Badge key={roleId} color={roleId === 'pii' ? 'teal' : undefined}>
                        {roleId}
                      </Badge>
                    ))}
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {shown.length === 0 && <Empty title="Nobody fits" hint="Look for a part of a name or an address." />}
    </Stack>
  )
}

function Invites({ emails }: { emails: readonly string[] }) {
  const queryClient = useQueryClient()
  return (
    <Table verticalSpacing="xs" maw={640}>
      <Table.Tbody>
        {emails.map((email) => (
          <Table.Tr key={email}>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{email}</Table.Td>
            <Table.Td ta="right">
              <ConfirmedActButton
                label="Take back"
                size="xs"
                right="users:write"
                aria-label={`Take back the invitation of ${email}`}
                confirm="Take the invitation back"
                consequence={`The link that ${email} has works no more. You can invite them again.`}
                act={() => takeBackInvite(email)}
                done={`The invitation of ${email} is taken back.`}
                onDone={() => void queryClient.invalidateQueries({ queryKey: invitesQuery.queryKey })}
              />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
