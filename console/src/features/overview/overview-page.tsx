import { Button, Stack } from '@mantine/core'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { listSources } from '../../../../src/api/answers/sources.ts'
import { listSpaces } from '../../../../src/api/answers/spaces.ts'
import { ask } from '../../shared/api.ts'
import { statusQuery } from '../../shared/status.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { AlertsPanel, alertsQuery } from './alerts-panel.tsx'
import { DestinationsPanel } from './destinations-panel.tsx'
import { EquationsPanel } from './equations-panel.tsx'
import { WarningsPanel } from './warnings-panel.tsx'

/** Of sources and of spaces, which are sources of their own. */
const sourceNamesQuery = queryOptions({
  queryKey: ['sources', 'names'],
  queryFn: async ({ signal }) => {
    const [{ data: of }, { data: also }] = await Promise.all([
      ask(listSources, '/sources', { signal }),
      ask(listSpaces, '/spaces', { signal }),
    ])
    return new Map([...of.sources, ...also.spaces].map(({ id, name, slug }) => [id, name || slug]))
  },
})

export function OverviewPage() {
  const query = useQuery(statusQuery)
  const alerts = useQuery(alertsQuery)
  const names = useQuery(sourceNamesQuery)
  const sourceName = (id: string) => names.data?.get(id) ?? id
  return (
    <Page
      title="Overview"
      purpose="Whether everything adds up, how each destination is doing, and what needs you."
      help="operations#what-to-do-when"
      actions={
        <>
          <Button component={Link} to="/delivery" variant="default" size="xs">
            Delivery
          </Button>
          <Button component={Link} to="/replays" variant="default" size="xs">
            Replays
          </Button>
        </>
      }
    >
      <Answered query={query} label="Loading the counts" rows={14}>
        {(status) => (
          <Stack gap="md">
            <EquationsPanel
              conservation={status.conservation}
              nameOf={(equation, id) =>
                equation === 'source'
                  ? sourceName(id)
                  : (status.destinations.find(({ number }) => String(number) === id)?.name ?? 'A deleted destination')
              }
            />
            <Answered query={alerts} label="Loading alerts" rows={0}>
              {({ alerts: open }) => <AlertsPanel alerts={open} />}
            </Answered>
            <DestinationsPanel status={status} sourceName={sourceName} />
            <WarningsPanel warnings={status.warnings} />
          </Stack>
        )}
      </Answered>
    </Page>
  )
}
