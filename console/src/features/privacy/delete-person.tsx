import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useMay } from '../../shared/session.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { previewQuery, untilBegun } from './api.ts'
import { Consequences } from './consequences.tsx'
import { CONFIRMATION, isConfirmed } from './delete-draft.ts'

interface Props {
  /** By which people know the person. */
  readonly name: string
  readonly userIds: readonly string[]
  /** Asks for it. @returns id of the regulation */
  readonly act: () => Promise<string>
}

/** From a profile: the person with all their ids, those without a user id too. */
export function DeletePerson(props: Props) {
  const [isOpen, { open, close }] = useDisclosure(false)
  if (!useMay('regulations:write')) return null
  return (
    <>
      <Button color="red" variant="light" onClick={open}>
        Delete this person
      </Button>
      <Modal opened={isOpen} onClose={close} title={`Delete ${props.name}`} size="lg" centered>
        <Confirm {...props} onLeave={close} />
      </Modal>
    </>
  )
}

function Confirm({ userIds, act, onLeave }: Props & { onLeave: () => void }) {
  const [typed, setTyped] = useState('')
  const navigate = useNavigate()
  const query = useQuery(previewQuery(userIds))
  const run = useMutation({
    mutationFn: async () => untilBegun(await act()),
    onSuccess: (id) => navigate({ to: '/privacy/$id', params: { id } }),
  })
  return (
    <form
      aria-label="Confirm the deletion"
      onSubmit={(event) => {
        event.preventDefault()
        if (isConfirmed(typed)) run.mutate()
      }}
    >
      <Stack>
        <Answered query={query} label="Looking what will happen" rows={5}>
          {(preview) => <Consequences preview={preview} />}
        </Answered>
        <TextInput
          label={`Type ${CONFIRMATION} to confirm`}
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        {run.isError && <ProblemPanel problem={run.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onLeave}>
            Leave it
          </Button>
          <Button
            type="submit"
            color="red.9"
            disabled={!isConfirmed(typed) || !query.isSuccess}
            loading={run.isPending}
          >
            Delete this person
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
