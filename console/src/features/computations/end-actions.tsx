import { Checkbox, Group, Stack, Text, Title } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { counted } from '../../shared/format.ts'
import { ActButton, ConfirmedActButton } from '../../shared/ui/act.tsx'
import { type Computation, changeComputation, deleteComputation, type Named } from './api/computations.ts'
import { useRefresh } from './refresh.ts'

/** How it ends: paused, or deleted; with or without telling destinations that it is over. */
export function EndActions(props: { computation: Computation; one: Named; onDeleting: (isDeleting: boolean) => void }) {
  const { computation, one, onDeleting } = props
  const [sendsExits, setSendsExits] = useState(true)
  const refresh = useRefresh(one)
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const { enabled, name, key } = computation
  const { noun } = one.kind
  const exits = (
    <Checkbox
      label="Tell destinations that it is over"
      description={`Exits: ${one.kind.kind === 'audience' ? 'false' : 'null'} for everybody. Without them, destinations keep what they know.`}
      checked={sendsExits}
      onChange={(event) => setSendsExits(event.currentTarget.checked)}
    />
  )
  const ending = (what: string) => (
    <Stack gap="sm">
      <Text size="sm">{what}</Text>
      {enabled && exits}
    </Stack>
  )
  const remove = async () => {
    onDeleting(true)
    await queryClient.cancelQueries({ queryKey: ['spaces', one.space, one.kind.collection, one.id] })
    try {
      return await deleteComputation(one, enabled && sendsExits)
    } catch (error) {
      onDeleting(false)
      throw error
    }
  }
  const members = counted(computation.size.count, 'profile')
  return (
    <Stack gap="xs">
      <Title order={2}>Pause or delete</Title>
      <Group gap="xs">
        {enabled ? (
          <ConfirmedActButton
            label="Disable"
            right="api:write"
            consequence={ending(`${name} is worked out no more; ${members} are affected. It can be enabled again.`)}
            confirm={sendsExits ? `Disable and tell of ${members}` : 'Disable'}
            act={() => changeComputation(one, { enabled: false, sendExits: sendsExits })}
            done={`${name} is disabled.`}
            onDone={refresh}
          />
        ) : (
          <ActButton
            label="Enable"
            right="api:write"
            variant="default"
            act={() => changeComputation(one, { enabled: true })}
            done={`${name} is enabled: it is worked out, and then everybody who is in is told.`}
            onDone={refresh}
          />
        )}
        <ConfirmedActButton
          label="Delete"
          right="api:write"
          consequence={ending(
            `The ${noun} is deleted; ${members} are affected. It can be restored, and no other gets its key ${key}.`,
          )}
          confirm={`Delete the ${noun}`}
          act={remove}
          done={`${name} is deleted. It can be restored under Deleted on this page.`}
          onDone={() => void navigate({ to: one.kind.list, search: { space: one.space } }).then(refresh)}
        />
      </Group>
    </Stack>
  )
}
