import { Anchor, Button, Group, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useParams, useRouterState } from '@tanstack/react-router'
import { Answered } from '../../shared/ui/answered.tsx'
import { DestinationBadge } from '../../shared/ui/destination-badge.tsx'
import { Loading } from '../../shared/ui/loading.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { type Destination, destinationQuery, sourcesQuery } from './api/destinations.ts'
import { EnabledSwitch } from './enabled-switch.tsx'
import { TABS } from './tabs.ts'

/** The frame of one destination: its name and state, and the tabs. */
export function DestinationPage() {
  const { id } = useParams({ from: '/signed-in/destinations/$id' })
  const query = useQuery(destinationQuery(id))
  const sources = useQuery(sourcesQuery)
  // Drawn in one piece: a name that came later would push the page down.
  const known = sources.isPending ? undefined : query.data
  const source = sources.data?.find((each) => each.id === known?.sourceId)
  return (
    <Page
      title={known?.name ?? 'Destination'}
      purpose={
        known && (
          <>
            {known.metadata.name}
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
      state={known && <DestinationBadge destination={known} />}
      help="console#a-destination"
      actions={known && <EnabledSwitch destination={known} />}
    >
      <Answered query={query} label="Loading the destination" rows={8}>
        {(destination) =>
          sources.isPending ? (
            <Loading label="Loading the destination" rows={8} />
          ) : (
            <Stack>
              <Tabs destination={destination} />
              <Outlet />
            </Stack>
          )
        }
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
