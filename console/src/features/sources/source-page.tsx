import { Anchor, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useParams } from '@tanstack/react-router'
import { Answered } from '../../shared/ui/answered.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { PageTabs } from '../../shared/ui/page-tabs.tsx'
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
            <PageTabs label="Parts of the source" base={`/sources/${encodeURIComponent(id)}`} tabs={TABS} />
            <Outlet />
          </Stack>
        )}
      </Answered>
    </Page>
  )
}
