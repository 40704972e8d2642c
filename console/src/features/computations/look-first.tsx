import { Button, Group, Modal, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { PermittedButton } from '../../shared/ui/act.tsx'
import { Loading } from '../../shared/ui/loading.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'

interface LookFirstProps<Found> {
  readonly label: string
  readonly title: string
  readonly isDisabled: boolean
  /** What is said while it is looked. */
  readonly looking: string
  readonly look: () => Promise<Found>
  readonly act: () => Promise<unknown>
  readonly onDone: () => void
  /** The words on the button that acts; undefined where there is nothing to do. */
  readonly confirm: (found: Found) => string | undefined
  readonly isDangerous?: boolean
  /** What is an answer though it came as a problem; undefined for what is a problem. */
  readonly answerIn?: (problem: unknown) => string | undefined
  readonly children: (found: Found) => ReactNode
}

/** Looks what an act would do, and acts when somebody says so. */
export function LookFirst<Found>(props: LookFirstProps<Found>) {
  const { label, title, isDisabled, looking, confirm, isDangerous = false, answerIn, children } = props
  const [isOpen, { open, close }] = useDisclosure(false)
  const look = useMutation({ mutationFn: props.look })
  const act = useMutation({
    mutationFn: props.act,
    onSuccess: () => {
      close()
      props.onDone()
    },
  })
  const words = look.data === undefined ? undefined : confirm(look.data)
  const answer = look.isError ? answerIn?.(look.error) : undefined
  return (
    <>
      <PermittedButton
        right="api:write"
        size="xs"
        variant="default"
        disabled={isDisabled}
        onClick={() => {
          act.reset()
          look.mutate()
          open()
        }}
      >
        {label}
      </PermittedButton>
      <Modal opened={isOpen} onClose={close} title={title} centered size="lg">
        <Stack>
          {look.isPending && <Loading label={looking} rows={3} />}
          {answer}
          {look.isError && answer === undefined && <ProblemPanel problem={look.error} onRetry={() => look.mutate()} />}
          {act.isError && <ProblemPanel problem={act.error} />}
          {look.data !== undefined && children(look.data)}
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              {words === undefined ? 'Close' : 'Leave it'}
            </Button>
            {words !== undefined && (
              <Button {...(isDangerous ? { color: 'red.9' } : {})} loading={act.isPending} onClick={() => act.mutate()}>
                {words}
              </Button>
            )}
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
