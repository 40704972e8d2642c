import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useFocusBack } from '../../shared/ui/focus-back.ts'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { invite, invitesQuery } from './api/people.ts'
import { GrantForm } from './grant-form.tsx'
import { LinkOnce } from './link-once.tsx'
import { OnceDialog } from './once-dialog.tsx'
import { type Grant, permissionsOf } from './rights.ts'

export function InviteDialog({ onClose }: { onClose: () => void }) {
  useFocusBack()
  const [email, setEmail] = useState('')
  const [grant, setGrant] = useState<Grant>({ role: 'viewer', pii: false })
  const queryClient = useQueryClient()
  const make = useMutation({
    mutationFn: () => invite(email.trim(), permissionsOf(grant)),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: invitesQuery.queryKey }),
  })
  const [made] = make.data ?? []
  if (made !== undefined)
    return (
      <OnceDialog title={`${made.email} is invited`} onClose={onClose}>
        <LinkOnce page="join" {...made} />
      </OnceDialog>
    )
  return (
    <Modal opened onClose={onClose} title="Invite somebody" centered>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          make.mutate()
        }}
      >
        <Stack>
          {make.isError && <ProblemPanel problem={make.error} />}
          <TextInput
            label="E-mail address"
            type="email"
            required
            data-autofocus
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <GrantForm value={grant} onChange={setGrant} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Leave it
            </Button>
            <Button type="submit" loading={make.isPending}>
              Make the invitation
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
