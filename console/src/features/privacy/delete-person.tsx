import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { forgetUnseen } from '../../shared/forget.ts'
import { useMay } from '../../shared/session.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { deletePerson, type Person, personPreviewQuery } from './api.ts'
import { Consequences } from './consequences.tsx'
import { CONFIRMATION, isConfirmed } from './delete-draft.ts'

interface Props {
  /** By which people know the person. */
  readonly name: string
  readonly person: Person
  /** By one destinations are asked to delete them. */
  readonly hasUserId: boolean
}

/** From a profile: the person with all their ids, those without a user id too. */
export function DeletePerson(props: Props) {
  const [isOpen, { open, close }] = useDisclosure(false)
  if (!useMay('regulations:write')) return null
  return (
    <>
      <Button color="red" variant="light" aria-haspopup="dialog" onClick={open}>
        Delete this person
      </Button>
      <Modal opened={isOpen} onClose={close} title={`Delete ${props.name}`} size="lg" centered>
        <Confirm {...props} onLeave={close} />
      </Modal>
    </>
  )
}

function Confirm({ person, hasUserId, onLeave }: Props & { onLeave: () => void }) {
  const [typed, setTyped] = useState('')
  const navigate = useNavigate()
  const client = useQueryClient()
  const query = useQuery(personPreviewQuery(person))
  const run = useMutation({
    mutationFn: () => deletePerson(person),
    onSuccess: async (id) => {
      await navigate({ to: '/privacy/$id', params: { id } })
      forgetUnseen(client)
    },
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
          {(preview) => <Consequences preview={preview} hasUserId={hasUserId} />}
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
