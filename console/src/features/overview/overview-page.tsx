import { Button, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { alertsQuery } from '../../shared/alerts.ts'
import { RANGE_DEFAULT, rangeIn } from '../../shared/range.ts'
import { useSourceName } from '../../shared/source-names.ts'
import { statusQuery } from '../../shared/status.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { AlertsPanel } from './alerts-panel.tsx'
import { ChartsPanel, type Shown } from './charts-panel.tsx'
import { DestinationsPanel } from './destinations-panel.tsx'
import { EquationsPanel } from './equations-panel.tsx'
import { WarningsPanel } from './warnings-panel.tsx'

export function OverviewPage() {
  const query = useQuery(statusQuery)
  const alerts = useQuery(alertsQuery)
  const { range = RANGE_DEFAULT, destination, view } = useSearch({ from: '/signed-in/' })
  const navigate = useNavigate()
  const show = ({ range: next, destinationId, isTable }: Shown) =>
    void navigate({
      to: '/',
      search: {
        ...rangeIn({ range: next }),
        destination: destinationId,
        view: isTable ? 'table' : undefined,
      },
      replace: true,
      resetScroll: false,
    })
  const sourceName = useSourceName()
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
              {({ alerts: open }) => (
                <AlertsPanel
                  alerts={open}
                  sourceOf={(id) => sourceName(status.destinations.find((each) => each.id === id)?.sourceId ?? '')}
                />
              )}
            </Answered>
            <DestinationsPanel status={status} sourceName={sourceName} />
            <ChartsPanel
              destinations={status.destinations}
              sourceName={sourceName}
              shown={{ range, destinationId: destination, isTable: view === 'table' }}
              onShow={show}
            />
            <WarningsPanel warnings={status.warnings} />
          </Stack>
        )}
      </Answered>
    </Page>
  )
}
