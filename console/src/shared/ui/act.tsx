import { Button, type ButtonProps, Group, Modal, Stack, Text, TextInput, Tooltip } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useMutation } from '@tanstack/react-query'
import { type ComponentPropsWithoutRef, type ReactNode, useId, useState } from 'react'
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
    <PermittedButton {...button} right={right} loading={run.isPending} onClick={() => run.mutate()}>
      {label}
    </PermittedButton>
  )
}

interface ConfirmedAct<T> extends Act<T> {
  /** What will happen, and to how many. */
  readonly consequence: ReactNode
  /** The word on the button that does it, e.g. `Delete 3 filters`. */
  readonly confirm: string
  /** What has to be typed first, where a slip would cost much: the name of what is lost. */
  readonly typed?: string
}

/** For what cannot be taken back: asks first, and says what will happen to how many. */
export function ConfirmedActButton<T>(props: ConfirmedAct<T>) {
  const { label, right, act, onDone, done, consequence, confirm, typed, ...button } = props
  const [entered, setEntered] = useState('')
  const [isOpen, { open, close }] = useDisclosure(false)
  const run = useMutation({
    mutationFn: act,
    onSuccess: (result) => {
      close()
      if (done !== undefined) notifications.show({ message: done })
      onDone?.(result)
    },
  })
  const openAnew = () => {
    setEntered('')
    run.reset()
    open()
  }
  return (
    <>
      <PermittedButton aria-haspopup="dialog" color="red" variant="light" {...button} right={right} onClick={openAnew}>
        {label}
      </PermittedButton>
      <Modal opened={isOpen} onClose={close} title={label} centered>
        <Stack>
          <Text component="div" size="sm">
            {consequence}
          </Text>
          {typed !== undefined && (
            <TextInput
              label={`Type ${typed} to confirm`}
              autoComplete="off"
              value={entered}
              onChange={(event) => setEntered(event.currentTarget.value)}
            />
          )}
          {run.isError && <ProblemPanel problem={run.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              Leave it
            </Button>
            <Button
              color="red.9"
              loading={run.isPending}
              disabled={typed !== undefined && entered.trim() !== typed.trim()}
              onClick={() => run.mutate()}
            >
              {confirm}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}

interface Permitted extends ButtonProps, Omit<ComponentPropsWithoutRef<'button'>, keyof ButtonProps> {
  /** The right it asks for, e.g. `api:write`. */
  readonly right: string
}

/** A button for who has the right. For others it is greyed, and says why to the mouse, the keyboard and to screen readers. */
export function PermittedButton({ right, children, ...button }: Permitted) {
  const may = useMay(right)
  const why = useId()
  if (may) return <Button {...button}>{children}</Button>
  const label = `Your account lacks the right ${right}.`
  return (
    <>
      <Tooltip label={label} events={{ hover: true, focus: true, touch: true }}>
        <Button
          {...button}
          loading={false}
          disabled={false}
          data-disabled
          aria-disabled
          aria-describedby={why}
          onClick={(event) => event.preventDefault()}
        >
          {children}
        </Button>
      </Tooltip>
      <span hidden id={why}>
        {label}
      </span>
    </>
  )
}
