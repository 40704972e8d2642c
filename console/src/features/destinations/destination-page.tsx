import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Outlet, useParams } from '@tanstack/react-router'
import { useSources } from '../../shared/source-names.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { DestinationBadge } from '../../shared/ui/destination-badge.tsx'
import { Loading } from '../../shared/ui/loading.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { PageTabs } from '../../shared/ui/page-tabs.tsx'
import { destinationQuery } from './api/destinations.ts'
import { EnabledSwitch } from './enabled-switch.tsx'
import { SourceLink } from './source-link.tsx'
import { TABS } from './tabs.ts'

/** The frame of one destination: its name and state, and the tabs. */
export function DestinationPage() {
  const { id } = useParams({ from: '/signed-in/destinations/$id' })
  const query = useQuery(destinationQuery(id))
  const sources = useSources()
  // Drawn in one piece: a name that came later would push the page down.
  const known = sources.isPending ? undefined : query.data
  return (
    <Page
      title={known?.name ?? 'Destination'}
      purpose={
        known && (
          <>
            {known.metadata.name}, from <SourceLink id={known.sourceId} size="sm" />
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
              <PageTabs
                label="Parts of the destination"
                base={`/destinations/${destination.id}`}
                tabs={TABS.filter(({ isFor }) => isFor === undefined || isFor(destination))}
              />
              <Outlet />
            </Stack>
          )
        }
      </Answered>
    </Page>
  )
}
