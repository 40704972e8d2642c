import { Anchor, Button, Group, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useParams, useRouterState } from '@tanstack/react-router'
import { Answered } from '../../shared/ui/answered.tsx'
import { DestinationBadge } from '../../shared/ui/destination-badge.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { type Destination, destinationQuery, sourcesQuery } from './api/destinations.ts'
import { EnabledSwitch } from './enabled-switch.tsx'
import { TABS } from './tabs.ts'

/** The frame of one destination: its name and state, and the tabs. */
export function DestinationPage() {
  const { id } = useParams({ from: '/signed-in/destinations/$id' })
  const query = useQuery(destinationQuery(id))
  const { data: sources = [] } = useQuery(sourcesQuery)
  const source = sources.find((each) => each.id === query.data?.sourceId)
  return (
    <Page
      title={query.data?.name ?? 'Destination'}
      purpose={
        query.data && (
          <>
            {query.data.metadata.name}
            {source !== undefined && (
              <>
                , from{' '}
                <Anchor component={Link} to={`/sources/${source.id}`} size="sm">
                  {source.name}
                </Anchor>
              </>
            )}
          </>
        )
      }
      state={query.data && <DestinationBadge destination={query.data} />}
      help="console#a-destination"
      actions={query.data && <EnabledSwitch destination={query.data} />}
    >
      <Answered query={query} label="Loading the destination" rows={8}>
        {(destination) => (
          <Stack>
            <Tabs destination={destination} />
            <Outlet />
          </Stack>
        )}
      </Answered>
    </Page>
  )
}

function Tabs({ destination }: { destination: Destination }) {
  const path = useRouterState({ select: ({ location }) => location.pathname })
  const base = `/destinations/${destination.id}`
  const shown = TABS.filter(({ isFor }) => isFor === undefined || isFor(destination))
  return (
    <Group component="nav" gap={4} aria-label="Parts of the destination">
      {shown.map((tab) => {
        const to = tab.path === '' ? base : `${base}/${tab.path}`
        const isOpen = tab.path === '' ? path === base || path === `${base}/` : path === to || path.startsWith(`${to}/`)
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
