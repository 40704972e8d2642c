import { Box, Group, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ListedDelivery } from '../../../../src/api/answers/deliveries.ts'
import { callText, reasonText } from '../../shared/delivery-words.ts'
import { useDestinationNames } from '../../shared/destination-names.ts'
import { counted } from '../../shared/format.ts'
import { useMay } from '../../shared/session.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { BecameBadge } from '../../shared/ui/became-badge.tsx'
import { Empty } from '../../shared/ui/empty.tsx'
import { AnchorLink, ButtonLink } from '../../shared/ui/links.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { ledgerQuery } from './api.ts'
import { type LedgerSearch, ledgerSearchOf, narrowedBy } from './ledger-search.ts'
import { SearchForm } from './search-form.tsx'

/** The ledger: one row for each event and mapping. */
export function SearchPage() {
  const search = useSearch({ from: '/signed-in/events' })
  const navigate = useNavigate()
  return (
    <Page
      title="Events"
      purpose={
        <>
          Deliveries to destinations, newest first. Choose one to see every step its event took. What was refused, or
          filtered everywhere, has no delivery: it is in the{' '}
          <AnchorLink to="/debugger" size="sm">
            debugger
          </AnchorLink>{' '}
          as it comes, and found by its message id.
        </>
      }
      help="console#why-did-this-user-not-get-it"
    >
      <SearchForm search={search} onSearch={(next) => void navigate({ to: '/events', search: ledgerSearchOf(next) })} />
      <Found search={search} />
    </Page>
  )
}

function Found({ search }: { search: LedgerSearch }) {
  const query = useQuery(ledgerQuery(search))
  return (
    <Answered query={query} label="Searching the ledger" rows={10}>
      {({ deliveries, pagination }) => (
        <>
          {deliveries.length === 0 ? (
            <Nothing search={search} hasMore={pagination.next !== undefined} />
          ) : (
            <Rows rows={deliveries} />
          )}
          <Group gap="xs">
            {search.cursor !== undefined && (
              <ButtonLink to="/events" search={{ ...search, cursor: undefined }} variant="default" size="compact-md">
                Newest
              </ButtonLink>
            )}
            {pagination.next !== undefined && (
              <ButtonLink
                to="/events"
                search={{ ...search, cursor: pagination.next }}
                variant="default"
                size="compact-md"
              >
                Older
              </ButtonLink>
            )}
          </Group>
        </>
      )}
    </Answered>
  )
}

function Nothing({ search, hasMore }: { search: LedgerSearch; hasMore: boolean }) {
  if (hasMore) return <Empty title="Nothing among the newest" hint="The search goes on with Older." />
  if (narrowedBy(search) === 0)
    return (
      <Empty title="There are no deliveries yet" hint="They come with the first event that a destination gets.">
        <AnchorLink to="/sources">To the sources, to send one</AnchorLink>
        <AnchorLink to="/destinations">To the destinations</AnchorLink>
      </Empty>
    )
  return (
    <Empty
      title="No delivery is like this"
      hint="An event that was refused, or filtered for every destination, has no delivery. By its message id it can be explained all the same."
    >
      {search.messageId !== undefined && (
        <AnchorLink to="/events/$messageId" params={{ messageId: search.messageId }}>
          Every step of {search.messageId}
        </AnchorLink>
      )}
    </Empty>
  )
}

function Rows({ rows }: { rows: readonly ListedDelivery[] }) {
  const names = useDestinationNames()
  const mayRead = useMay('pii:read')
  return (
    <>
      {!mayRead && (
        <Text size="sm">
          Whose they are and what is in them is for people with the right pii:read, which your account lacks.
        </Text>
      )}
      <Table.ScrollContainer minWidth={480} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table aria-label="Deliveries" verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Event</Table.Th>
              {mayRead && <Table.Th>Person</Table.Th>}
              <Table.Th>Destination</Table.Th>
              <Table.Th visibleFrom="sm">What became of it</Table.Th>
              <Table.Th>Received</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.id}>
                <Table.Td>
                  <EventName row={row} isLink={mayRead} />
                  <Box hiddenFrom="sm">
                    <Became row={row} />
                  </Box>
                </Table.Td>
                {mayRead && <Table.Td>{row.event?.person ?? ''}</Table.Td>}
                <Table.Td>
                  {row.destinationId === null
                    ? 'a destination that was deleted'
                    : (names.get(row.destinationId) ?? row.destinationId)}
                </Table.Td>
                <Table.Td maw={360} visibleFrom="sm">
                  <Became row={row} />
                </Table.Td>
                <Table.Td>{row.event === null ? '' : <Ago at={row.event.receivedAt} />}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  )
}

function Became({ row }: { row: ListedDelivery }) {
  return (
    <>
      <BecameBadge became={row.state} />
      <Text size="xs">{howText(row)}</Text>
    </>
  )
}

function EventName({ row: { event, kind, position }, isLink }: { row: ListedDelivery; isLink: boolean }) {
  if (kind === 'erasure')
    return (
      <AnchorLink to="/privacy" size="sm" fw={600}>
        Deletion of a person
      </AnchorLink>
    )
  if (event === null) return <>Event {position}, which the log has no longer</>
  if (!isLink) return <>{callText(event)}</>
  return (
    <AnchorLink to="/events/$messageId" params={{ messageId: event.messageId }} size="sm" fw={600}>
      {callText(event)}
    </AnchorLink>
  )
}

function howText({ attempts, status, reason }: ListedDelivery): string {
  if (reason !== null) return reasonText(reason)
  if (attempts === 0) return 'not tried yet'
  return `${counted(attempts, 'attempt')}${status === null ? '' : `, answered ${status}`}`
}
