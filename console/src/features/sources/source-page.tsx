import { Anchor, Button, Group, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useParams, useRouterState } from '@tanstack/react-router'
import { Answered } from '../../shared/ui/answered.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { sourceQuery } from './api/sources.ts'
import { EnabledBadge } from './sources-page.tsx'

/** Below the address of the source; empty for the first. */
const TABS = [
  { label: 'Set up', path: '' },
  { label: 'Debugger', path: 'debugger' },
  { label: 'Destinations', path: 'destinations' },
  { label: 'Settings', path: 'settings' },
] as const

/** The frame of one source: its name and state, and the tabs. */
export function SourcePage() {
  const { id } = useParams({ from: '/signed-in/sources/$id' })
  const query = useQuery(sourceQuery(id))
  const source = query.data
  return (
    <Page
      title={source?.name ?? 'Source'}
      purpose={
        <>
          <Anchor component={Link} to="/sources" size="sm">
            Sources
          </Anchor>
          {source !== undefined && ` / ${source.metadata.name}, ${source.slug}`}
        </>
      }
      help="console#a-source"
      actions={source !== undefined && <EnabledBadge isEnabled={source.enabled} />}
    >
      <Answered query={query} label="Loading the source" rows={8}>
        {() => (
          <Stack>
            <Tabs id={id} />
            <Outlet />
          </Stack>
        )}
      </Answered>
    </Page>
  )
}

function Tabs({ id }: { id: string }) {
  const path = useRouterState({ select: ({ location }) => location.pathname.replace(/\/$/, '') })
  const base = `/sources/${encodeURIComponent(id)}`
  return (
    <Group component="nav" gap={4} aria-label="Parts of the source">
      {TABS.map((tab) => {
        const to = tab.path === '' ? base : `${base}/${tab.path}`
        const isOpen = path === to
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
