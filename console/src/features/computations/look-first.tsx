import { Button, Group, Modal, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type ReactNode, useId } from 'react'
import { Problem } from '../../shared/problem.ts'
import { PermittedButton } from '../../shared/ui/act.tsx'
import { Loading } from '../../shared/ui/loading.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'

/** Milliseconds until it is looked again while something is under way. */
const AGAIN_MS = 1_000

interface Look<Found> {
  /** What is said while it is looked. */
  readonly looking: string
  readonly look: () => Promise<Found>
  readonly act: () => Promise<unknown>
  readonly onDone: () => void
  /** The words on the button that acts; undefined where there is nothing to do. */
  readonly confirm: (found: Found) => string | undefined
  readonly isDangerous?: boolean
  readonly children: (found: Found) => ReactNode
}

interface LookFirstProps<Found> extends Look<Found> {
  readonly label: string
  readonly title: string
  readonly isDisabled: boolean
}

/** Looks what an act would do, and acts when somebody says so. */
export function LookFirst<Found>({ label, title, isDisabled, onDone, ...looked }: LookFirstProps<Found>) {
  const [isOpen, { open, close }] = useDisclosure(false)
  const done = () => {
    close()
    onDone()
  }
  return (
    <>
      <PermittedButton right="api:write" size="xs" variant="default" disabled={isDisabled} onClick={open}>
        {label}
      </PermittedButton>
      <Modal opened={isOpen} onClose={close} title={title} centered size="lg">
        <Looked {...looked} onDone={done} onClose={close} />
      </Modal>
    </>
  )
}

const isConflict = (problem: unknown, code: string): problem is Problem =>
  problem instanceof Problem && problem.status === 409 && problem.code === code

/** For as long as the dialog is open: opened again, it is looked anew. */
function Looked<Found>(props: Look<Found> & { onClose: () => void }) {
  const { looking, confirm, isDangerous = false, children, onDone, onClose } = props
  const look = useQuery({
    queryKey: ['look-first', useId()],
    queryFn: props.look,
    gcTime: 0,
    refetchOnWindowFocus: false,
    // What is under way comes to its end.
    refetchInterval: ({ state }) => (isConflict(state.error, 'under_way') ? AGAIN_MS : false),
  })
  const act = useMutation({ mutationFn: props.act, onSuccess: onDone })
  const words = look.data === undefined ? undefined : confirm(look.data)
  // That it has to wait, or that there is nothing to do, is an answer.
  const waits = isConflict(look.error, 'under_way')
  const answer = waits || isConflict(look.error, 'conflict') ? look.error?.message : undefined
  return (
    <Stack>
      <div role="status">{answer}</div>
      {(look.isPending || waits) && <Loading label={looking} rows={3} />}
      {look.isError && answer === undefined && (
        <ProblemPanel problem={look.error} onRetry={() => void look.refetch()} />
      )}
      {act.isError && <ProblemPanel problem={act.error} />}
      {look.data !== undefined && children(look.data)}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          {words === undefined ? 'Close' : 'Leave it'}
        </Button>
        {words !== undefined && (
          <Button {...(isDangerous ? { color: 'red.9' } : {})} loading={act.isPending} onClick={() => act.mutate()}>
            {words}
          </Button>
        )}
      </Group>
    </Stack>
  )
}
