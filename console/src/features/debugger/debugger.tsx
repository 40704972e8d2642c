import { Alert, Grid, Stack } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useMemo, useReducer, useRef, useState } from 'react'
import { counted } from '../../shared/format.ts'
import { useMay } from '../../shared/session.ts'
import { Empty } from '../../shared/ui/empty.tsx'
import { AnchorLink } from '../../shared/ui/links.tsx'
import { EventDetails } from './event-details.tsx'
import { EventList } from './event-list.tsx'
import { FilterBar } from './filter-bar.tsx'
import { useLive } from './live.ts'
import { useNames } from './names.ts'
import { type Filter, isFiltering } from './search.ts'
import { StatusBar } from './status-bar.tsx'
import { type Connection, reduce, resumed, type Stream, shownOf } from './stream.ts'

interface Props {
  /** Of all sources when undefined. */
  readonly sourceId: string | undefined
  readonly filter: Filter
  readonly onFilter: (filter: Filter) => void
}

/** Events as they come, and what becomes of them. */
export function Debugger({ sourceId, filter, onFilter }: Props) {
  const isAllowed = useMay('pii:read')
  const client = useQueryClient()
  const navigate = useNavigate()
  const [key] = useState(() => ['debugger', sourceId ?? null])
  const [stream, dispatch] = useReducer(reduce, filter, (given) => resumed(client.getQueryData<Stream>(key), given))
  const [after] = useState(() => stream.lines.at(-1)?.position)
  const latest = useRef(stream)
  latest.current = stream
  // Whoever looks at one event and comes back goes on where they were.
  useEffect(() => () => void client.setQueryData(key, latest.current), [client, key])
  const names = useNames()
  useLive({ isAllowed, sourceId, after, dispatch })
  useEffect(() => dispatch({ type: 'filter', filter }), [filter])
  const shown = useMemo(() => shownOf(stream), [stream])
  if (!isAllowed) {
    return (
      <Empty
        title="Your account does not see what events contain"
        hint="The debugger shows events with the people they are about. Somebody who manages accounts can give you the right pii:read."
      />
    )
  }
  const selected = shown.find(({ position }) => position === stream.selected)
  return (
    <Stack gap="sm">
      <FilterBar filter={filter} onFilter={onFilter} />
      <StatusBar stream={stream} dispatch={dispatch} />
      {stream.leftOut > 0 && (
        <Alert color="yellow" p="xs">
          {counted(stream.leftOut, 'outcome')} not shown: too many in a second. Events are all here, and the explanation
          of an event has all of its outcomes.
        </Alert>
      )}
      <Grid gap="sm">
        <Grid.Col span={{ base: 12, md: selected === undefined ? 12 : 6 }}>
          {shown.length === 0 ? (
            <Nothing sourceId={sourceId} connection={stream.connection} isFiltering={isFiltering(filter)} />
          ) : (
            <EventList
              lines={shown}
              selected={stream.selected}
              names={names}
              isOfAll={sourceId === undefined}
              isNarrow={selected !== undefined}
              onSelect={(position) => dispatch({ type: 'select', position })}
              onOpen={({ messageId }) =>
                messageId !== undefined && void navigate({ to: '/events/$messageId', params: { messageId } })
              }
              onScroll={() => dispatch({ type: 'pause' })}
            />
          )}
        </Grid.Col>
        {selected !== undefined && (
          <Grid.Col span={{ base: 12, md: 6 }}>
            <EventDetails
              line={selected}
              names={names}
              onClose={() => dispatch({ type: 'select', position: undefined })}
            />
          </Grid.Col>
        )}
      </Grid>
    </Stack>
  )
}

function Nothing(props: { sourceId: string | undefined; connection: Connection; isFiltering: boolean }) {
  const { sourceId, connection, isFiltering } = props
  if (connection === 'lost')
    return (
      <Empty
        title="Events are not shown just now"
        hint="The server cannot be reached, or refuses to show events. The page tries again every 2 seconds; what came meanwhile shows then."
      />
    )
  if (isFiltering)
    return <Empty title="Nothing fits these filters" hint="What comes from now on and fits will show here." />
  return (
    <Empty
      title="Waiting for events"
      hint="What comes from now on will show here. The debugger keeps the last 500 events while it is open."
    >
      {sourceId === undefined ? (
        <AnchorLink to="/sources">To the sources, to send one</AnchorLink>
      ) : (
        <AnchorLink to="/sources/$id" params={{ id: sourceId }}>
          How to send one
        </AnchorLink>
      )}
    </Empty>
  )
}
