import { useQuery } from '@tanstack/react-query'
import { statusQuery } from '../../shared/status.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { Empty } from '../../shared/ui/empty.tsx'
import { AnchorLink } from '../../shared/ui/links.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { replaysQuery } from './api/replays.ts'
import { ReplaysTable } from './replays-table.tsx'

/** All replays, the newest first. */
export function ReplaysPage() {
  const query = useQuery(replaysQuery)
  const status = useQuery(statusQuery)
  const nameOf = (id: string | null) =>
    id === null ? 'A deleted destination' : (status.data?.destinations.find((each) => each.id === id)?.name ?? id)
  return (
    <Page title="Replays" purpose="Deliveries that were made once more because a person asked." help="replay">
      <Answered query={query} label="Loading replays" rows={8}>
        {(replays) =>
          replays.length === 0 ? (
            <Empty
              title="No replays yet"
              hint="A replay begins at the dead letters of a destination: under Delivery, choose the destination."
            >
              <AnchorLink to="/delivery">To the delivery of each destination</AnchorLink>
            </Empty>
          ) : (
            <ReplaysTable replays={replays} nameOf={nameOf} />
          )
        }
      </Answered>
    </Page>
  )
}
