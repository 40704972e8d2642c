import { Alert, Button, Stack } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { alertsQuery } from '../../shared/alerts.ts'
import { destinationWords } from '../../shared/destination-state.ts'
import { useNow } from '../../shared/now.ts'
import { RANGE_DEFAULT, rangeIn } from '../../shared/range.ts'
import { useSourceName, useSources } from '../../shared/source-names.ts'
import { deliveriesOf, type Status, statusQuery } from '../../shared/status.ts'
import { AlertsPanel } from '../../shared/ui/alerts-panel.tsx'
import { Answered } from '../../shared/ui/answered.tsx'
import { Loading } from '../../shared/ui/loading.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { ChartsPanel, type Shown } from './charts-panel.tsx'
import { DestinationsPanel } from './destinations-panel.tsx'
import { EquationsPanel } from './equations-panel.tsx'
import { FirstEvent } from './first-event.tsx'
import type { OverviewSearch } from './route.ts'
import { troubleText } from './trouble.ts'
import { WarningsPanel } from './warnings-panel.tsx'

export function OverviewPage() {
  const query = useQuery(statusQuery)
  const alerts = useQuery(alertsQuery)
  const search = useSearch({ from: '/signed-in/' })
  const { range = RANGE_DEFAULT, destination, view, sums } = search
  const navigate = useNavigate()
  const go = (next: OverviewSearch) => void navigate({ to: '/', search: next, replace: true, resetScroll: false })
  const show = ({ range: next, destinationId, isTable }: Shown) =>
    go({
      ...rangeIn({ range: next }),
      destination: destinationId,
      view: isTable ? 'table' : undefined,
      sums,
    })
  const sourceName = useSourceName()
  const { sources, spaces, isPending: isNaming } = useSources()
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
        {(status) =>
          alerts.isPending || isNaming ? (
            <Loading label="Loading alerts" rows={14} />
          ) : (
            <Stack gap="md">
              <Answered query={alerts} label="Loading alerts">
                {({ alerts: open }) => (
                  <>
                    <AlertsPanel alerts={open} destinations={status.destinations} sourceName={sourceName} />
                    {!open.some(({ kind }) => kind === 'hold' || kind === 'breaker_open') && (
                      <Trouble status={status} />
                    )}
                  </>
                )}
              </Answered>
              {isNew(status) && <FirstEvent sources={sources} destinations={status.destinations.length} />}
              <EquationsPanel
                conservation={status.conservation}
                spaceIds={new Set(spaces.map(({ id }) => id))}
                isOpen={sums === 'each'}
                onToggle={() => go({ ...search, sums: sums === 'each' ? undefined : 'each' })}
                nameOf={(equation, id) => {
                  if (equation === 'source') return sourceName(id)
                  const known = status.destinations.find(({ number }) => String(number) === id)
                  return known === undefined
                    ? 'A deleted destination'
                    : `${known.name}, from ${sourceName(known.sourceId)}`
                }}
              />
              <DestinationsPanel status={status} sourceName={sourceName} />
              <ChartsPanel
                destinations={status.destinations}
                sourceName={sourceName}
                shown={{ range, destinationId: destination, isTable: view === 'table' }}
                onShow={show}
              />
              <WarningsPanel warnings={status.warnings} />
            </Stack>
          )
        }
      </Answered>
    </Page>
  )
}

/** Nothing ever came in. */
const isNew = ({ conservation: { lines } }: Status) =>
  lines.every(({ equation, left }) => equation !== 'source' || left === 0)

/** In the first minute of an outage there is no alert yet: breakers open and close by themselves. */
function Trouble({ status }: { status: Status }) {
  const nowMs = useNow()
  const text = troubleText(
    status.destinations.map((destination) => ({
      words: destinationWords(status, destination, nowMs),
      pending: deliveriesOf(status, destination)['pending'] ?? 0,
    })),
  )
  if (text === null) return null
  return (
    <Alert color="red" icon={<IconAlertTriangle size={18} />} py="xs" role="status">
      {text}
    </Alert>
  )
}
