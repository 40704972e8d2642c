import { Button, type ButtonProps, Group, Modal, Stack, Text, Tooltip } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useMay } from '../session.ts'
import { ProblemPanel } from './problem-panel.tsx'

interface Act<T> extends Omit<ButtonProps, 'children'> {
  readonly label: string
  /** The right it asks for: who lacks it sees the button, greyed, and why. */
  readonly right: string
  readonly act: () => Promise<T>
  readonly onDone?: (result: T) => void
  /** Said when it is done. */
  readonly done?: string
}

/** A button that acts: shows that it is under way, and what went wrong. */
export function ActButton<T>({ label, right, act, onDone, done, ...button }: Act<T>) {
  const run = useMutation({
    mutationFn: act,
    onSuccess: (result) => {
      if (done !== undefined) notifications.show({ message: done })
      onDone?.(result)
    },
    onError: (error) => notifications.show({ color: 'red', title: label, message: error.message, autoClose: false }),
  })
  return (
    <Permitted right={right}>
      {(may) => (
        <Button
          {...button}
          disabled={!may || button.disabled === true}
          loading={run.isPending}
          onClick={() => run.mutate()}
        >
          {label}
        </Button>
      )}
    </Permitted>
  )
}

interface ConfirmedAct<T> extends Act<T> {
  /** What will happen, and to how many. */
  readonly consequence: ReactNode
  /** The word on the button that does it, e.g. `Delete 3 filters`. */
  readonly confirm: string
}

/** For what cannot be taken back: asks first, and says what will happen to how many. */
export function ConfirmedActButton<T>(props: ConfirmedAct<T>) {
  const { label, right, act, onDone, done, consequence, confirm, ...button } = props
  const [isOpen, { open, close }] = useDisclosure(false)
  const run = useMutation({
    mutationFn: act,
    onSuccess: (result) => {
      close()
      if (done !== undefined) notifications.show({ message: done })
      onDone?.(result)
    },
  })
  return (
    <>
      <Permitted right={right}>
        {(may) => (
          <Button color="red" variant="light" {...button} disabled={!may || button.disabled === true} onClick={open}>
            {label}
          </Button>
        )}
      </Permitted>
      <Modal opened={isOpen} onClose={close} title={label} centered>
        <Stack>
          <Text component="div" size="sm">
            {consequence}
          </Text>
          {run.isError && <ProblemPanel problem={run.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              Leave it
            </Button>
            <Button color="red.9" loading={run.isPending} onClick={() => run.mutate()}>
              {confirm}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}

/** Draws a control for who has the right; for others it says why they cannot use it. */
export function Permitted({ right, children }: { right: string; children: (may: boolean) => ReactNode }) {
  const may = useMay(right)
  if (may) return children(true)
  return (
    <Tooltip label={`Your account lacks the right ${right}.`}>
      <span>{children(false)}</span>
    </Tooltip>
  )
}
