import { Badge, Group, Paper, Stack, Table, Text, TextInput, Title } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ActButton } from '../../shared/ui/act.tsx'
import { Answered } from '../../shared/ui/answered.tsx'
import { addMember, membersQuery, removeMember } from './api/groups.ts'

/** Who is in a group, also those who are invited only. */
export function GroupMembers({ id }: { id: string }) {
  const query = useQuery(membersQuery(id))
  const [email, setEmail] = useState('')
  const queryClient = useQueryClient()
  const changed = () => {
    setEmail('')
    void queryClient.invalidateQueries({ queryKey: ['people'] })
  }
  return (
    <Paper withBorder p="md" maw={640}>
      <Stack gap="sm">
        <Title order={2}>Members</Title>
        <Answered query={query} label="Loading members" rows={3}>
          {({ users, invited }) => {
            const members = [
              ...users.map(({ email: address, name }) => ({ address, name, isInvited: false })),
              ...invited.map((address) => ({ address, name: '', isInvited: true })),
            ]
            if (members.length === 0) return <Text size="sm">Nobody is in it yet. Add somebody by their address.</Text>
            return (
              <Table verticalSpacing="xs">
                <Table.Tbody>
                  {members.map(({ address, name, isInvited }) => (
                    <Table.Tr key={address}>
                      <Table.Td style={{ overflowWrap: 'anywhere' }}>
                        {name === '' ? address : `${name}, ${address}`}{' '}
                        {isInvited && <Badge color="gray">invited</Badge>}
                      </Table.Td>
                      <Table.Td ta="right">
                        <ActButton
                          label="Take out"
                          size="xs"
                          variant="light"
                          right="users:write"
                          aria-label={`Take out ${address}`}
                          act={() => removeMember(id, address)}
                          done={`${address} is out of the group.`}
                          onDone={changed}
                        />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            )
          }}
        </Answered>
        <Group align="flex-end">
          <TextInput
            label="E-mail address of somebody who is here or invited"
            type="email"
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <ActButton
            label="Add"
            right="users:write"
            disabled={email.trim() === ''}
            act={() => addMember(id, email.trim())}
            done={`${email.trim()} is in the group.`}
            onDone={changed}
          />
        </Group>
      </Stack>
    </Paper>
  )
}
