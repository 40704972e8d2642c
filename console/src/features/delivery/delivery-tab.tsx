import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useLocation, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import { destinationWords } from '../../shared/destination-state.ts'
import { useNow } from '../../shared/now.ts'
import { RANGE_DEFAULT, rangeIn } from '../../shared/range.ts'
import { deliveriesOf, statusQuery } from '../../shared/status.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { mappingsQuery } from './api/mappings.ts'
import { letterGroups } from './dead-letters.ts'
import { DeadLettersPanel } from './dead-letters-panel.tsx'
import { PipelinePanel } from './pipeline-panel.tsx'
import { ReplaysOf } from './replays-table.tsx'
import { StatePanel } from './state-panel.tsx'

const ROUTE = '/signed-in/destinations/$id/delivery'

/** What becomes of the events of one destination. */
export function DeliveryTab() {
  const { id } = useParams({ from: ROUTE })
  const search = useSearch({ from: ROUTE })
  const navigate = useNavigate()
  const query = useQuery(statusQuery)
  const nowMs = useNow()
  const { data: mappings = [] } = useQuery(mappingsQuery(id))
  const destination = query.data?.destinations.find((each) => each.id === id)
  const { hash } = useLocation()
  const isThere = destination !== undefined
  // What an alert leads to is not there yet when the page is.
  useEffect(() => {
    if (isThere && hash !== '') document.getElementById(hash)?.scrollIntoView()
  }, [isThere, hash])
  const show = (next: typeof search) =>
    void navigate({ to: '/destinations/$id/delivery', params: { id }, search: next, replace: true, resetScroll: false })
  return (
    <Answered query={query} label="Loading the destination" rows={16}>
      {(status) => {
        if (destination === undefined) return null
        const parts = deliveriesOf(status, destination)
        const pending = parts['pending'] ?? 0
        return (
          <Stack gap="md">
            <StatePanel
              destination={destination}
              words={destinationWords(status, destination, nowMs)}
              pending={pending}
              atMs={query.dataUpdatedAt}
            />
            <PipelinePanel
              of={{ id, sourceId: destination.sourceId, mappingId: search.mapping }}
              mappings={mappings}
              onMapping={(mapping) => show({ ...search, mapping })}
              pending={pending}
              range={search.range ?? RANGE_DEFAULT}
              onRange={(range) => show({ ...search, ...rangeIn({ range }) })}
            />
            <DeadLettersPanel
              destinationId={id}
              groups={letterGroups(status, destination)}
              open={search.reason}
              onOpen={(reason) => show({ ...search, reason })}
            />
            <ReplaysOf destinationId={id} />
          </Stack>
        )
      }}
    </Answered>
  )
}
