import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Space } from '../../../../src/api/answers/spaces.ts'
import { useMay } from '../../shared/session.ts'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { restoreComputation } from './api/computations.ts'
import type { Kind } from './kinds.ts'

/** Brings back one that was deleted. */
export function RestoreButton({ kind, space }: { kind: Kind; space: Space }) {
  const [isOpen, { open, close }] = useDisclosure(false)
  const [key, setKey] = useState('')
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const may = useMay('api:write')
  const restore = useMutation({
    mutationFn: () => restoreComputation({ space: space.id, kind, id: key.trim() }),
    onSuccess: async ({ id }) => {
      await queryClient.invalidateQueries({ queryKey: ['spaces', space.id, kind.collection] })
      await navigate({ to: kind.one, params: { id }, search: { space: space.id } })
    },
  })
  if (!may) return null
  return (
    <>
      <Button variant="default" onClick={open}>
        Restore
      </Button>
      <Modal opened={isOpen} onClose={close} title={`Restore a deleted ${kind.noun}`} centered>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            restore.mutate()
          }}
        >
          <Stack>
            <Text size="sm">
              It comes back as it was, with its key. It reads history again, and then everybody who is in is told.
            </Text>
            {restore.isError && <ProblemPanel problem={restore.error} />}
            <TextInput
              label="Key"
              description="As destinations know it, e.g. order_completed_last_30days"
              required
              data-autofocus
              value={key}
              onChange={(event) => setKey(event.currentTarget.value)}
            />
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Leave it
              </Button>
              <Button type="submit" loading={restore.isPending}>
                Restore
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  )
}
