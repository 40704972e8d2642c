import { Button, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { RANGE_DEFAULT, rangeIn } from '../../shared/range.ts'
import { deliveriesOf, statusQuery } from '../../shared/status.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { NotFound } from '../../shared/ui/not-found.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { DeadLettersPanel } from './dead-letters-panel.tsx'
import { PipelinePanel } from './pipeline-panel.tsx'
import { ReplaysOf } from './replays-table.tsx'
import { StatePanel } from './state-panel.tsx'

const ROUTE = '/signed-in/destinations/$id/delivery'

/** What becomes of the events of one destination. */
export function DestinationDeliveryPage() {
  const { id } = useParams({ from: ROUTE })
  const search = useSearch({ from: ROUTE })
  const navigate = useNavigate()
  const query = useQuery(statusQuery)
  const destination = query.data?.destinations.find((each) => each.id === id)
  const show = (next: typeof search) =>
    void navigate({ to: '/destinations/$id/delivery', params: { id }, search: next, replace: true, resetScroll: false })
  if (query.data !== undefined && destination === undefined) return <NotFound />
  return (
    <Page
      title={destination === undefined ? 'Delivery' : `Delivery of ${destination.name}`}
      purpose="What becomes of its events, what waits and why, and what was refused."
      help="operations#what-to-do-when"
      actions={
        <Button component={Link} to="/delivery" variant="default" size="xs">
          All destinations
        </Button>
      }
    >
      <Answered query={query} label="Loading the destination" rows={16}>
        {(status) => {
          if (destination === undefined) return null
          const parts = deliveriesOf(status, destination)
          return (
            <Stack gap="md">
              <StatePanel destination={destination} parts={parts} atMs={query.dataUpdatedAt} />
              <PipelinePanel
                of={destination}
                pending={parts['pending'] ?? 0}
                range={search.range ?? RANGE_DEFAULT}
                onRange={(range) =>
                  show({ ...rangeIn({ range }), ...(search.reason === undefined ? {} : { reason: search.reason }) })
                }
              />
              <DeadLettersPanel
                destinationId={id}
                dead={parts['dead'] ?? 0}
                open={search.reason}
                onOpen={(reason) => show({ ...rangeIn({ ...search }), ...(reason === undefined ? {} : { reason }) })}
              />
              <ReplaysOf destinationId={id} />
            </Stack>
          )
        }}
      </Answered>
    </Page>
  )
}
