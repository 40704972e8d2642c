import { Button, Group } from '@mantine/core'
import { Link, useRouterState } from '@tanstack/react-router'

interface Tab {
  readonly label: string
  /** Below `base`; empty for the first. */
  readonly path: string
}

/** The parts of one thing, each with an address of its own. @param base address of the thing, without a slash at its end */
export function PageTabs({ label, base, tabs }: { label: string; base: string; tabs: readonly Tab[] }) {
  const at = useRouterState({ select: ({ location }) => location.pathname.replace(/\/$/, '') })
  return (
    <Group component="nav" gap={4} aria-label={label}>
      {tabs.map((tab) => {
        const to = tab.path === '' ? base : `${base}/${tab.path}`
        const isOpen = at === to || (tab.path !== '' && at.startsWith(`${to}/`))
        return (
          <Button
            key={tab.path}
            component={Link}
            to={to}
            size="compact-md"
            variant={isOpen ? 'filled' : 'subtle'}
            aria-current={isOpen ? 'page' : undefined}
          >
            {tab.label}
          </Button>
        )
      })}
    </Group>
  )
}
