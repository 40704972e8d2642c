import { ActionIcon, Button, Kbd } from '@mantine/core'
import { useDisclosure, useHotkeys } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { IconSearch } from '@tabler/icons-react'
import { type ComponentType, useState } from 'react'
import type { Area } from '../areas.ts'
import type { DialogProps } from './dialog.tsx'

const KEYS = 'Control+K Meta+K'
const isApple = () => /Mac|iPhone|iPad/.test(navigator.userAgent)

/** The search over everything: a button, a key, and the dialog, whose code comes when it is wanted first. */
export function FindAnything({ areas, rights }: { areas: readonly Area[]; rights: readonly string[] }) {
  const [isOpen, { open: begin, close }] = useDisclosure(false)
  const [Dialog, setDialog] = useState<ComponentType<DialogProps>>()
  const load = async () => {
    const { SearchDialog } = await import('./dialog.tsx')
    setDialog(() => SearchDialog)
  }
  const open = () => {
    begin()
    load().catch((error: unknown) => {
      close()
      const message = error instanceof Error ? error.message : String(error)
      notifications.show({ color: 'red', title: 'The search did not open', message, autoClose: false })
    })
  }
  useHotkeys(
    [
      [
        'mod+K',
        () => {
          // Whatever is open over the page wants an answer first.
          if (document.querySelector('[role=dialog]') === null) open()
        },
      ],
    ],
    [],
    true,
  )
  const said = { 'aria-haspopup': 'dialog', 'aria-keyshortcuts': KEYS, onClick: open } as const
  return (
    <>
      <Button
        {...said}
        visibleFrom="sm"
        variant="default"
        size="xs"
        fw={400}
        leftSection={<IconSearch size={14} aria-hidden />}
        rightSection={
          <Kbd size="xs" aria-hidden>
            {isApple() ? '⌘ K' : 'Ctrl K'}
          </Kbd>
        }
      >
        Find anything
      </Button>
      <ActionIcon {...said} hiddenFrom="sm" variant="subtle" size="lg" aria-label="Find anything">
        <IconSearch size={18} />
      </ActionIcon>
      {isOpen && Dialog !== undefined && <Dialog areas={areas} rights={rights} onClose={close} />}
    </>
  )
}
