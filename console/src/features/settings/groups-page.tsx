import { Anchor, Badge, Button, Group, Modal, Stack, Table, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { count } from '../../shared/format.ts'
import { PermittedButton } from '../../shared/ui/act.tsx'
import { Answered } from '../../shared/ui/answered.tsx'
import { Empty } from '../../shared/ui/empty.tsx'
import { useFocusBack } from '../../shared/ui/focus-back.ts'
import { Page } from '../../shared/ui/page.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { createGroup, groupsQuery } from './api/groups.ts'

export function GroupsPage() {
  const query = useQuery(groupsQuery)
  const [isOpen, { open, close }] = useDisclosure(false)
  return (
    <Page
      title="Groups"
      purpose="A group gives its members a role, the right to see contents, or both."
      help="accounts#groups"
      actions={
        <PermittedButton aria-haspopup="dialog" right="users:write" onClick={open}>
          Make a group
        </PermittedButton>
      }
    >
      <Answered query={query} label="Loading groups">
        {(groups) =>
          groups.length === 0 ? (
            <Empty
              title="No groups"
              hint="Everybody has what they were given themselves. Make a group for people who should have the same."
            />
          ) : (
            <Table.ScrollContainer minWidth={420} tabIndex={0} aria-label="Groups">
              <Table verticalSpacing="xs">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Name</Table.Th>
                    <Table.Th>Gives</Table.Th>
                    <Table.Th ta="right">Members with an account</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {groups.map(({ id, name, permissions, memberCount }) => (
                    <Table.Tr key={id}>
                      <Table.Td style={{ overflowWrap: 'anywhere' }}>
                        <Anchor component={Link} to={`/settings/groups/${encodeURIComponent(id)}`} size="sm">
                          {name}
                        </Anchor>
                      </Table.Td>
                      <Table.Td>
                        <Group gap={4}>
                          {permissions.length === 0 && 'nothing yet'}
                          {permissions.map(({ roleId }) => (
                            <Badge key={roleId} color={roleId === 'pii' ? 'teal' : undefined}>
                              {roleId}
                            </Badge>
                          ))}
                        </Group>
                      </Table.Td>
                      <Table.Td ta="right">{count(memberCount)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </Answered>
      {isOpen && <MakeGroup onClose={close} />}
    </Page>
  )
}

function MakeGroup({ onClose }: { onClose: () => void }) {
  useFocusBack()
  const [name, setName] = useState('')
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const make = useMutation({
    mutationFn: createGroup,
    onSuccess: async ({ id }) => {
      await queryClient.invalidateQueries({ queryKey: groupsQuery.queryKey })
      await navigate({ to: '/settings/groups/$groupId', params: { groupId: id } })
    },
  })
  return (
    <Modal opened onClose={onClose} title="Make a group" centered>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          make.mutate(name)
        }}
      >
        <Stack>
          {make.isError && <ProblemPanel problem={make.error} />}
          <TextInput
            label="Name"
            required
            maxLength={255}
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Leave it
            </Button>
            <Button type="submit" loading={make.isPending}>
              Make the group
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
